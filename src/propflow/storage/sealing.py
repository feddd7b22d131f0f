"""Seals: what ties each entry of a history to its content and to the entry before it.

A seal is a hash over values, joined by NUL, and not over what a database makes of them. No value
that is written has a NUL in it, and their number is fixed or stands before them, so no two lists of
values give the same text.

What may have to be forgotten is in a seal by a hash with a salt, which goes with it: the hash that
stays says nothing then, not even of a value that could be guessed. The salt of an entry has two
halves, the first for its payload and messages, the second for the data before and after it.
Entries from before there were salts have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from json import JSONEncoder
from os import urandom
from typing import NamedTuple

from propflow.errors import InvalidArgument
from propflow.storage.records import Message, Ref, StoredEntry

_SHORTEST_KEY = 16
_HALF = 32


class Link(NamedTuple):
    """What the next entry of a case is tied to.

    Attributes:
        revision: The revision of the case.
        seal: The seal of its latest entry.
        data_hash: The hash of the data that the next step finds.
    """

    revision: int
    seal: str
    data_hash: str


OPENING = Link(0, "", "")
"""What the first entry is tied to."""


class Standing(NamedTuple):
    """A case as it was read: its revision, the seal of its latest entry, and its data."""

    revision: int
    seal: str
    data: str


class Sealed(NamedTuple):
    """The seals of a change: of its entry and of its case's row, with hash of messages and salt."""

    entry: str
    case: str
    sent: str | None
    salt: str


class Hashes(NamedTuple):
    """What of an entry is in its seal by hashes.

    Attributes:
        payload: That of its payload, `None` if it has none.
        sent: That of the messages of the step, `None` if there are none.
        data: That of the data before and after it; `None` for an entry without a salt, whose seal
            is over their own hashes.
    """

    payload: str | None
    sent: str | None
    data: str | None


def is_open(salt: str | None) -> bool:
    """Whether the data hash beside a salt is as it was written; an entry without one never closes.

    A redaction takes the second half of each salt away, and of the entries that it is for the
    whole: then what was the data hash is the salted one that the seal is over.
    """
    return salt is None or len(salt) == 2 * _HALF


def closed(salt: str) -> str:
    """Return what is left of a salt when the data hash beside it has gone."""
    return salt[:_HALF]


class Seals:
    """Makes seals: BLAKE2b of 256 bits in hex, with the store's key if it has one.

    Raises:
        InvalidArgument: The key has not 16 to 64 bytes.
    """

    def __init__(self, key: str | bytes | None = None) -> None:
        secret = b"" if key is None else key.encode() if isinstance(key, str) else key
        if key is not None and not _SHORTEST_KEY <= len(secret) <= blake2b.MAX_KEY_SIZE:
            why = f"has {len(secret)} bytes, not {_SHORTEST_KEY} to {blake2b.MAX_KEY_SIZE}"
            raise InvalidArgument("seal_key", "(a secret)", why)
        self._new = blake2b(digest_size=32, key=secret)

    def new_salt(self) -> str:
        """Return a salt for one entry: 256 bits in hex."""
        return urandom(_HALF).hex()

    def of_entry(
        self, ref: Ref, workflow: str, entry: StoredEntry, link: Link, hashes: Hashes
    ) -> str:
        """Return the seal of an entry.

        Args:
            ref: Its case.
            workflow: Name of the case's workflow.
            entry: The entry.
            link: What it is tied to.
            hashes: Of what may have to be forgotten.
        """
        tenant, case_id = ref
        payload, sent, data = hashes
        if data is None:
            data = f"{link.data_hash}\0{entry.data_hash}"
        return self._digest(
            f"{link.seal}\0{tenant}\0{case_id}\0{workflow}\0{entry.revision}\0{entry.version}\0"
            f"{entry.event}\0{entry.source}\0{entry.target}\0{entry.actor}\0"
            f"{roles_text(entry.roles)}\0"
            f"{_moment(entry.occurred_at)}\0{_moment(entry.recorded_at)}\0"
            f"{_given(entry.key)}\0{'late' if entry.late else ''}\0"
            f"{_given(payload)}\0{_given(sent)}\0{data}"
        )

    def of_case(
        self,
        head: str,
        previous: str | None,
        opened_at: datetime,
        occurred_at: datetime,
        indexed: Sequence[tuple[str, str]],
    ) -> str:
        """Return the seal of what a case's row holds and its latest entry does not.

        Args:
            head: The seal of the latest entry.
            previous: Name of the state before.
            opened_at: When the case was opened.
            occurred_at: When the latest of its steps happened.
            indexed: The fields in its index and their values, in the order of the names.
        """
        fields = "".join([f"\0{field}\0{value}" for field, value in indexed])
        return self._digest(
            f"{head}\0{_given(previous)}\0{_moment(opened_at)}\0{_moment(occurred_at)}\0"
            f"{len(indexed)}{fields}"
        )

    def of_payload(self, payload: str | None, salt: str | None, sent: str | None) -> str | None:
        """Return the hash of a payload, which stays when the payload is taken away.

        Where there is nothing to hash with it, the salt stands for itself, so that it is sealed.
        """
        if payload is not None:
            return self._digest(payload if salt is None else salt[:_HALF] + payload)
        return None if salt is None or sent is not None else salt[:_HALF]

    def of_messages(self, messages: Sequence[Message], salt: str | None) -> str | None:
        """Return the hash of a step's messages, `None` where there are none."""
        if not messages:
            return None
        parts = [f"\0{each.index}\0{each.kind}\0{each.body}" for each in messages]
        begin = "" if salt is None else f"{salt[:_HALF]}\0"
        return self._digest(f"{begin}{len(messages)}{''.join(parts)}")

    def of_data(self, found: str, left: str, salt: str) -> str:
        """Return the hash of the hashes of the data that a step found and left."""
        return self._digest(f"{salt[_HALF:]}\0{found}\0{left}")

    def _digest(self, text: str) -> str:
        made = self._new.copy()  # quicker than one with its options anew
        made.update(text.encode())
        return made.hexdigest()


def hash_data(text: str) -> str:
    """Return the BLAKE2b of data as JSON text, 256 bits in hex."""
    return blake2b(text.encode(), digest_size=32).hexdigest()


roles_text = lru_cache(maxsize=256)(JSONEncoder(ensure_ascii=False).encode)
"""Return roles as JSON text; few sets of them come in any number of steps."""


@lru_cache(maxsize=256)
def _moment(moment: datetime) -> str:
    # Moments that are equal are one in this cache, whatever their offset.
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _given(text: str | None) -> str:
    """Return the text such that an empty one differs from none."""
    return "" if text is None else f"={text}"
