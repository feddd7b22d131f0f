"""A store that is awaited, as one that waits: so that one contract serves both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

from propflow.storage.sqlalchemy import AsyncSQLStore

T = TypeVar("T")


class Waiting:
    """Awaits each call in an event loop that runs in a thread of its own."""

    def __init__(self, store: AsyncSQLStore) -> None:
        self.store = store
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def result(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def begin(self, *, write: bool) -> AbstractContextManager[Any]:
        @contextmanager
        def block() -> Iterator[Any]:
            opened = self.store.begin(write=write)
            tx = self.result(opened.__aenter__())
            try:
                yield tx
            except BaseException as error:
                self.result(opened.__aexit__(type(error), error, error.__traceback__))
                raise
            self.result(opened.__aexit__(None, None, None))

        return block()

    def close(self) -> None:
        self.result(self.store.close())

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.store, name)
        return lambda *args, **options: self.result(method(*args, **options))


def waiting(url: str) -> Iterator[Waiting]:
    """Make a store that waits over tables that are there and empty."""
    store = Waiting(AsyncSQLStore(url))
    yield store
    store.close()
    store.stop()
