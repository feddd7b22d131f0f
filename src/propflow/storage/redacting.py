"""What a store must do so that personal data can be taken out of its histories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from propflow.errors import CannotRedact, Problem
from propflow.storage.records import Ref

Tx_contra = TypeVar("Tx_contra", contravariant=True)


class RedactingStore(Protocol[Tx_contra]):
    """Can take what was said out of histories; `Engine.redact` needs it.

    `AsyncRedactingStore` is the same, awaited.
    """

    def redact(
        self, tx: Tx_contra, ref: Ref, revisions: Sequence[int], *, by: int, undelivered: bool
    ) -> tuple[int, ...]:
        """Take the payloads and messages of entries away, and the data hashes of all entries.

        The entry that says so is written after it, as the next change of the case.

        Args:
            tx: The host's handle.
            ref: The case, which is held.
            revisions: Revisions of entries of it that were not redacted before.
            by: The revision that the entry will have; `StoredEntry.redacted` of those taken.
            undelivered: Take messages away too that are yet to be delivered.

        Returns:
            Those of the revisions that had a payload or messages, in order.

        Raises:
            CannotRedact: Messages are yet to be delivered, or the data of the case are not those
                of its latest entry; nothing was written.
        """
        ...


class AsyncRedactingStore(Protocol[Tx_contra]):
    """A `RedactingStore` whose method is awaited."""

    async def redact(
        self, tx: Tx_contra, ref: Ref, revisions: Sequence[int], *, by: int, undelivered: bool
    ) -> tuple[int, ...]:
        """Take the payloads and messages of entries away, and the data hashes of all entries."""
        ...


def refuse_undelivered(ref: Ref, messages: Sequence[tuple[int, int]]) -> None:
    """Refuse to take away messages, named by revision and index, that are yet to be delivered.

    Raises:
        CannotRedact: There is any.
    """
    problems = [
        Problem(
            f"entries[{revision}]",
            f"its message {index} is yet to be delivered: relay it first, or take it away with "
            "undelivered=True",
        )
        for revision, index in messages
    ]
    if problems:
        raise CannotRedact(f"case {ref.case_id!r}", problems)
