"""Changes that one statement can write together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from propflow.storage.records import Change, Ref


def batches(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Yield the changes in order, those together that do not depend on each other.

    Two depend on each other that are of one case, or carry one key: the outcome of the first is
    what the second finds.
    """
    batch: list[Change] = []
    seen: set[Ref | tuple[str, str, str]] = set()
    for change in changes:
        ref, key = change.snapshot.ref, change.entry.key
        names: set[Ref | tuple[str, str, str]] = {ref}
        if key is not None:
            names.add((ref.tenant, key, "key"))
        if names & seen:
            yield batch
            batch, seen = [], set()
        batch.append(change)
        seen |= names
    if batch:
        yield batch
