"""A store that is awaited, as one that waits: so that one contract serves both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from typing import Any, TypeVar

from propflow.storage import AsyncOwningStore

T = TypeVar("T")


class WaitingStore:
    """Awaits each call of an asynchronous store in an event loop, in a thread of its own."""

    def __init__(self, store: AsyncOwningStore[Any]) -> None:
        self.store = store
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def begin(self, *, write: bool) -> AbstractContextManager[Any]:
        """Open a transaction."""
        return self._block(self.store.begin(write=write))

    def join(self, handle: Any, *, write: bool) -> AbstractContextManager[Any]:
        """Write in a transaction of the host's."""
        return self._block(self.store.join(handle, write=write))

    def close(self) -> None:
        """Let go of everything."""
        self._result(self.store.close())

    def stop(self) -> None:
        """End the event loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)

        def wait(*args: Any, **options: Any) -> Any:
            return self._result(method(*args, **options))

        return wait

    def _result(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    @contextmanager
    def _block(self, opened: AbstractAsyncContextManager[T]) -> Generator[T]:
        tx = self._result(opened.__aenter__())
        try:
            yield tx
        except BaseException as error:
            self._result(opened.__aexit__(type(error), error, error.__traceback__))
            raise
        self._result(opened.__aexit__(None, None, None))
