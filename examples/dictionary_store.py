"""Cases on a shelf of documents behind an HTTP-like client: a store without SQL.

The shelf knows one trick, which most document services know: a batch of documents is written if
none of those that it names has changed since they were read, else nothing of it (HTTP's If-Match
and 412). So a transaction collects what it reads and writes, and is sent when it ends.

Run it: ``.venv/bin/python examples/dictionary_store.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import attrs
from cattrs.preconf.json import make_converter

from propflow import Actor, Engine
from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage import Change, Message, Outcome, Query, Ref, Snapshot, StoredEntry
from propflow.workflows import Issue, roles

json = make_converter()
json.register_structure_hook(Ref, lambda parts, _: Ref(*parts))


class Shelf:
    """The service: documents by path, each with an ETag; 0 and no text where there is none."""

    def __init__(self) -> None:
        self._documents: dict[str, tuple[int, str]] = {}
        self._lock = threading.Lock()

    def get(self, path: str) -> tuple[int, str]:
        """Return the ETag and the text of a document."""
        return self._documents.get(path, (0, ""))

    def list(self, prefix: str) -> list[str]:
        """Return the paths that begin so."""
        return [path for path in tuple(self._documents) if path.startswith(prefix)]

    def post(self, documents: Mapping[str, str], if_match: Mapping[str, int]) -> bool:
        """Write documents, or nothing and return False if one of the ETags is not the latest."""
        with self._lock:
            if any(self.get(path)[0] != etag for path, etag in if_match.items()):
                return False
            for path, text in documents.items():
                self._documents[path] = self.get(path)[0] + 1, text
            return True


class Work:
    """A transaction: what was read, and what will be written; the host may put documents too."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.etags: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.written: dict[str, str] = {}

    def get(self, path: str) -> str:
        """Return a document as this transaction sees it, and hold on to it."""
        if path not in self.etags:
            self.etags[path], self.texts[path] = self.shelf.get(path)
        return self.written.get(path, self.texts[path])

    def peek(self, path: str) -> str:
        """Return a document without holding on to it."""
        return self.get(path) if path in self.etags else self.shelf.get(path)[1]

    def put(self, path: str, text: str) -> None:
        """Write a document when the transaction ends."""
        self.get(path)
        self.written[path] = text


@attrs.frozen
class Document:
    """All that is kept about a case."""

    case: Snapshot
    entries: tuple[StoredEntry, ...]
    messages: tuple[tuple[int, Message], ...]
    indexed: tuple[tuple[str, str], ...]


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)


class DictionaryStore:
    """Keeps each case as one document of a shelf; `Tx` is a `Work`."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._closed = False

    @contextmanager
    def begin(self, *, write: bool) -> Generator[Work]:
        """Open a transaction; it gives way if another one was faster."""
        if self._closed:
            raise StoreUnavailable("the store is closed; make a new one")
        work = Work(self._shelf)
        yield work
        if work.written and not self._shelf.post(work.written, if_match=work.etags):
            raise StoreUnavailable("another step was faster, nothing was written; try it again")

    @contextmanager
    def join(self, handle: Any, *, write: bool) -> Generator[Work]:
        """Write in a transaction of the host's; what the block put is taken back if it raises."""
        if not isinstance(handle, Work) or handle.shelf is not self._shelf:
            raise InvalidArgument("handle", handle, "is no work on the shelf of this store")
        before = dict(handle.written)
        try:
            yield handle
        except BaseException:
            handle.written = before
            raise

    def close(self) -> None:
        """Refuse further use."""
        self._closed = True

    def load(self, tx: Work, refs: Sequence[Ref], *, lock: bool = False) -> list[Snapshot | None]:
        """Return the cases in the order asked for."""
        documents = [self._document(tx, ref) for ref in refs]
        return [None if document is None else document.case for document in documents]

    def apply(self, tx: Work, changes: Sequence[Change], *, last: bool = False) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        return [self._apply(tx, change) for change in changes]

    def _apply(self, tx: Work, change: Change) -> Outcome:
        case, entry = change.snapshot, change.entry
        old = self._document(tx, case.ref)
        if old is not None and change.expected == 0:
            return Outcome.DUPLICATE
        if change.expected != (0 if old is None else old.case.revision):
            return Outcome.STALE
        if entry.key is not None:
            key = _path("key", case.ref.tenant, entry.key)
            if tx.get(key):
                return Outcome.DUPLICATE
            tx.put(key, json.dumps((case.ref.id, entry.revision)))
        entries, messages = ((), ()) if old is None else (old.entries, old.messages)
        added = tuple((entry.revision, message) for message in change.messages)
        document = Document(case, (*entries, entry), messages + added, change.indexed)
        tx.put(_path("case", *case.ref), json.dumps(document))
        return Outcome.MOVED

    def history(
        self, tx: Work, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        document = self._document(tx, ref)
        return [] if document is None else list(document.entries[after : after + limit])

    def keyed(self, tx: Work, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        text = tx.get(_path("key", tenant, key))
        if not text:
            return None
        case_id, revision = json.loads(text, tuple[str, int])
        ref = Ref(tenant, case_id)
        return ref, self.history(tx, ref, after=revision - 1, limit=1)[0]

    def find(self, tx: Work, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match; a real service would have an index for this."""
        if lock:  # of two transactions that wrote this, one gives way
            turn = _path("turn", query.tenant, query.workflow)
            tx.put(turn, tx.get(turn) + ".")
        prefix = _path("case", query.tenant, "")
        paths = {*self._shelf.list(prefix), *(p for p in tx.written if p.startswith(prefix))}
        found = [json.loads(tx.peek(path), Document) for path in paths]
        cases = [document.case for document in found if _matches(document, query)]
        return sorted(cases, key=_place)[: query.limit]

    def outbox(self, tx: Work, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order."""
        document = self._document(tx, ref)
        return [] if document is None else list(document.messages)

    def _document(self, tx: Work, ref: Ref) -> Document | None:
        text = tx.get(_path("case", *ref))
        return json.loads(text, Document) if text else None


def _place(case: Snapshot) -> tuple[Any, str]:
    return case.opened_at, case.ref.id


def _matches(document: Document, query: Query) -> bool:
    case = document.case
    return (
        case.workflow == query.workflow
        and (query.states is None or case.state in query.states)
        and set(query.where) <= set(document.indexed)
        and (query.after is None or _place(case) > query.after)
    )


def main() -> None:
    """Record an issue and a document of the host's in one batch, and look at both."""
    shelf = Shelf()
    store = DictionaryStore(shelf)
    engine = Engine(store, [Issue])
    lin = Actor("lin", roles=[roles.inspector])
    with store.begin(write=True) as work:
        found = Issue.record(place="地下车库", description="照明不亮")
        issue = engine.joined(work).start(found, by=lin, key="phone-7/1")
        work.put("photos/1", issue.id)
    again = engine.start(found, by=lin, key="phone-7/1")
    print(again.id == issue.id, shelf.get("photos/1")[1] == issue.id)
    for case in engine.find(Issue):
        print(case.state, case.data.place, [entry.event for entry in engine.history(case)])


if __name__ == "__main__":
    main()
