"""Holding a stored history against its seals: which entry is not what was written."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from propflow.definition import REDACTED
from propflow.storage.records import Message, Ref, Snapshot, StoredEntry
from propflow.storage.redactions import Redactions
from propflow.storage.sealing import OPENING, Hashes, Link, Seals, hash_data, is_open

Watch = Callable[[Snapshot, StoredEntry], None]
"""Is shown every entry of every case that is audited, the oldest of a case first."""


class Tampering(enum.StrEnum):
    """What was done to a history, as far as it shows."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"


@attrs.frozen
class Alteration:
    """The first thing in a case that is not what was written.

    Attributes:
        what: What was done to it, as far as it shows.
        revision: The entry's revision; `None` for the row of the case itself.
        why: What shows it.
    """

    what: Tampering
    revision: int | None
    why: str


@attrs.frozen
class Head:
    """The seal of an entry, to be kept outside of the database.

    Attributes:
        ref: The case.
        revision: The entry's revision.
        seal: Its seal.
    """

    ref: Ref
    revision: int
    seal: str


@attrs.frozen
class Audited:
    """A case that was held against its seals.

    Attributes:
        ref: The case.
        head: Its latest entry, `None` if it has none.
        alteration: The first thing that is not what was written, if any.
        redacted: Revisions of the entries whose payloads were taken away, and which say so.
    """

    ref: Ref
    head: Head | None
    alteration: Alteration | None
    redacted: tuple[int, ...] = ()


@attrs.frozen
class SealedEntry:
    """An entry as it was read, with its seal and what that is over.

    Attributes:
        entry: The entry.
        sent: The hash of its messages.
        seal: Its seal.
        salt: What is left of its salt.
        payload_hash: The hash of a payload that was taken away.
        data_hash: The hash of the data after it, or what a redaction has left of that.
    """

    entry: StoredEntry
    sent: str | None
    seal: str
    salt: str | None
    payload_hash: str | None
    data_hash: str


@attrs.frozen
class Unreadable:
    """A row that cannot be read as what it should be."""

    revision: int
    why: str


@attrs.frozen
class SentMessage:
    """A message as it was read."""

    revision: int
    message: Message
    recorded_at: datetime


@attrs.frozen
class SealedCase:
    """A case as it was read, with its seals and the rows of its index."""

    snapshot: Snapshot
    head: str
    seal: str
    indexed: tuple[tuple[str, str], ...]


class CaseAudit:
    """Holds one case against its seals, entry by entry, and keeps none of them.

    Attributes:
        found: The first thing that is not what was written.
    """

    def __init__(
        self, seals: Seals, case: SealedCase, kept: Head | None, watch: Watch | None
    ) -> None:
        """Begin before the first entry.

        Args:
            seals: Makes seals as the store does.
            case: The case.
            kept: A head of it that was kept outside.
            watch: Is shown each entry.
        """
        self._seals = seals
        self._case = case
        self._kept = kept
        self._watch = watch
        self._before = OPENING
        self._last: SealedEntry | None = None
        self._odd: tuple[SealedEntry, Link] | None = None
        self._redactions = Redactions()
        self.found: Alteration | None = None

    def add(
        self,
        row: SealedEntry | Unreadable,
        messages: Sequence[SentMessage | Unreadable] | None,
    ) -> None:
        """Hold the next entry against what it is tied to, with its messages if they are given."""
        if isinstance(row, Unreadable):
            self._tell(Tampering.ALTERED, row.revision, row.why)
            return
        entry, kept = row.entry, self._kept
        if self._watch is not None:
            self._watch(self._case.snapshot, entry)
        if self.found is None:
            self._check(row, messages)
        elif self._odd is not None:
            self._look_back(*self._odd, row)
        if kept is not None and kept.revision == entry.revision and kept.seal != row.seal:
            why = "it is sealed otherwise than when its head was kept"
            self._tell(Tampering.ALTERED, entry.revision, why)
        self._before = Link(entry.revision, row.seal, entry.data_hash)
        self._last = row

    def stray(self, revision: int) -> None:
        """Note that there are messages of an entry that is not there."""
        why = "a message in the outbox belongs to no entry"
        self._tell(Tampering.INSERTED, revision, why)

    def _check(self, row: SealedEntry, messages: Sequence[SentMessage | Unreadable] | None) -> None:
        entry, wanted = row.entry, self._after(self._before, row.entry)
        if entry.revision < wanted:
            self._tell(Tampering.INSERTED, entry.revision, "the first entry has 1")
        elif entry.revision > wanted:
            self._tell(Tampering.REMOVED, wanted, f"the next entry is {entry.revision}")
        elif not self._fits(row, self._before):
            self._odd = row, self._before
            why = "its seal does not fit what it holds and the entry before it"
            self._tell(Tampering.ALTERED, wanted, why)
        elif messages is not None and not self._sent(row, messages):
            why = (
                "its messages in the outbox are not those that it sent; where messages are pruned, "
                "audit without the outbox: outbox=False, or --no-outbox"
            )
            self._tell(Tampering.ALTERED, wanted, why)
        else:
            wrong = self._redactions.add(row)
            if wrong is not None:
                self._tell(Tampering.ALTERED, wanted, wrong)

    def _after(self, before: Link, entry: StoredEntry) -> int:
        """Return the revision of an entry after another; the host may raise that of its own row."""
        following = before.revision + 1
        return max(following, entry.revision) if self._case.snapshot.ref.table else following

    def _sent(self, row: SealedEntry, messages: Sequence[SentMessage | Unreadable]) -> bool:
        """Tell whether the messages are those that an entry sent."""
        if row.entry.redacted is not None:
            return not messages
        found = [each for each in messages if isinstance(each, SentMessage)]
        at = row.entry.recorded_at
        return (
            len(found) == len(messages)
            and all(each.recorded_at == at for each in found)
            and self._seals.of_messages([each.message for each in found], row.salt) == row.sent
        )

    def _fits(self, row: SealedEntry, before: Link) -> bool:
        """Tell whether an entry was sealed with what it holds, as the one after another."""
        entry = attrs.evolve(row.entry, revision=self._after(before, row.entry))
        ref, workflow = self._case.snapshot.ref, self._case.snapshot.workflow
        return row.seal == self._seals.of_entry(
            ref, workflow, entry, before, self._hashes(row, before)
        )

    def _hashes(self, row: SealedEntry, before: Link) -> Hashes:
        """Return what is in an entry's seal by hashes, as far as it was not left as one."""
        entry, salt = row.entry, row.salt
        payload = row.payload_hash
        if entry.redacted is None:
            payload = self._seals.of_payload(entry.payload, salt, row.sent)
        data = None if salt is None else row.data_hash
        if salt is not None and is_open(salt):
            found = "" if entry.event == REDACTED else before.data_hash
            data = self._seals.of_data(found, entry.data_hash, salt)
        return Hashes(payload, row.sent, data)

    def _look_back(self, odd: SealedEntry, before: Link, row: SealedEntry) -> None:
        """Tell whether this entry belongs where the odd one stands, and the odd one here."""
        if not self._fits(row, before):
            return
        here = row.entry.revision
        if here == odd.entry.revision + 1:
            other = Link(before.revision + 1, row.seal, row.entry.data_hash)
        else:
            other = self._before
        what = Tampering.REORDERED if self._fits(odd, other) else Tampering.INSERTED
        self._odd = None
        why = f"what belongs here stands as entry {here}"
        self.found = Alteration(what, odd.entry.revision, why)

    def finish(self) -> Audited:
        """Hold the row of the case against its latest entry, and return what was found."""
        last = self._last
        if last is None:
            self._tell(Tampering.REMOVED, 1, "the case has no entry")
            return Audited(self._case.snapshot.ref, None, self.found)
        reached, kept = last.entry.revision, self._kept
        if kept is not None and kept.revision > reached:
            why = f"entry {kept.revision} was there when its head was kept"
            self._tell(Tampering.REMOVED, reached + 1, why)
        for revision, why in self._redactions.unsaid():
            self._tell(Tampering.ALTERED, revision, why)
        self._check_case(last)
        ref = self._case.snapshot.ref
        head, redacted = Head(ref, reached, last.seal), self._redactions.revisions
        return Audited(ref, head, self.found, redacted)

    def _check_case(self, last: SealedEntry) -> None:
        case, entry = self._case, last.entry
        at = case.snapshot
        if at.revision > entry.revision:
            why = f"the case is at revision {at.revision}"
            self._tell(Tampering.REMOVED, entry.revision + 1, why)
        elif at.revision < entry.revision:
            why = f"the case is at revision {at.revision}"
            self._tell(Tampering.INSERTED, at.revision + 1, why)
        elif case.head != last.seal:
            self._tell(Tampering.ALTERED, entry.revision, "the case has the head of another entry")
        elif (at.state, at.version) != (entry.target, entry.version):
            why = f"its state or version is not that of entry {entry.revision}"
            self._tell(Tampering.ALTERED, None, why)
        elif hash_data(at.data) != entry.data_hash:
            why = f"its data are not those of entry {entry.revision}"
            self._tell(Tampering.ALTERED, None, why)
        elif case.seal not in {self._seal_with(case.indexed), self._seal_with(())}:
            why = "its seal does not fit what its row and its index hold"
            self._tell(Tampering.ALTERED, None, why)

    def _seal_with(self, indexed: tuple[tuple[str, str], ...]) -> str:
        case = self._case
        at = case.snapshot
        return self._seals.of_case(case.head, at.previous, at.opened_at, at.occurred_at, indexed)

    def _tell(self, what: Tampering, revision: int | None, why: str) -> None:
        if self.found is None:
            self.found = Alteration(what, revision, why)
