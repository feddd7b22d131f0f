"""``propflow audit``: whether the histories of a database are those that were written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from propflow.cli.console import complaints, output
from propflow.cli.loading import load_monitor
from propflow.cli.stores import store_url
from propflow.errors import CannotLoad
from propflow.storage import Ref
from propflow.storage.audit import Audited, Head
from propflow.testing import Watching


def audit(
    store: Annotated[
        str,
        typer.Argument(
            metavar="STORE", help="A database URL (SQLAlchemy's), or the path of a SQLite file."
        ),
    ],
    monitor: Annotated[
        str,
        typer.Argument(
            metavar="[MODULE:MONITOR]",
            help="A propflow.testing.Monitor to run over every history too.",
        ),
    ] = "",
    *,
    head: Annotated[
        bool,
        typer.Option("--head", help="Print the head of every case, to keep elsewhere."),
    ] = False,
    heads: Annotated[
        Path | None,
        typer.Option(
            "--heads", exists=True, dir_okay=False, help="Hold the database against kept heads."
        ),
    ] = None,
    prefix: Annotated[
        str, typer.Option("--prefix", help="What the names of the tables begin with.")
    ] = "propflow_",
    schema: Annotated[
        str | None, typer.Option("--schema", help="The schema of the tables.")
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--seal-key",
            envvar="PROPFLOW_SEAL_KEY",
            show_envvar=True,
            help="The store's seal_key; nobody sees it in the environment.",
        ),
    ] = None,
    outbox: Annotated[
        bool,
        typer.Option("--outbox/--no-outbox", help="Whether delivered messages are still there."),
    ] = True,
) -> None:
    """核对历史记录是否被改动。Hold the histories of a database against their seals.

    Names the first entry of each case that was altered, removed, inserted or put elsewhere, and
    each history of which the monitor does not hold. Ends with 1 if there is any. Changes nothing.
    """
    from propflow.storage.sqlalchemy import SQLStore

    watching = Watching(*load_monitor(monitor)) if monitor else None
    kept: Iterable[Head] = () if heads is None else _checked(heads)
    database = SQLStore(store_url(store), prefix=prefix, schema=schema, seal_key=key)
    console = complaints()
    cases = problems = redacted = 0
    every = sha256()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("cases", total=None)
        for found in database.audit(heads=kept, outbox=outbox, watch=watching):
            cases += 1
            redacted += len(found.redacted)
            progress.update(task, advance=1, description=f"{cases} cases")
            line = _line(found.head)
            every.update(line.encode())
            if head and line:
                output().print(line, soft_wrap=True, end="")
            for problem in _problems(found, watching):
                problems += 1
                (console if head else output()).print(problem, soft_wrap=True)
    database.close()
    told = f"{cases} cases, {problems or 'no'} problems"
    if redacted:
        told += f", {redacted} entries redacted"
    if watching is not None:
        told += f"; the monitor saw {watching.cases}, {watching.left_out} of other workflows"
    console.print(f"{told}; digest of all heads: {every.hexdigest()}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)


def _problems(found: Audited, watching: Watching | None) -> Iterator[str]:
    if found.alteration is not None:
        revision = found.alteration.revision
        place = "the row of the case" if revision is None else f"entry {revision}"
        yield f"{_named(found.ref)}: {place} was {found.alteration.what}: {found.alteration.why}"
    while watching is not None and watching.broken:
        broken = watching.broken.pop(0)
        yield (
            f"{_named(broken.ref)}: {broken.monitor.name} does not hold after entry "
            f"{broken.revision}: {broken.why}"
        )


def _named(ref: Ref) -> str:
    return f"case {ref.id!r}" + (f" of tenant {ref.tenant!r}" if ref.tenant else "")


def _line(head: Head | None) -> str:
    if head is None:
        return ""
    return json.dumps([*head.ref, head.revision, head.seal], ensure_ascii=False) + "\n"


def _checked(path: Path) -> Iterator[Head]:
    """Return the heads in a file, when every line of it has been looked at.

    Raises:
        CannotLoad: A line is none that ``--head`` printed, or is out of order.
    """
    last = Ref("", "")
    for number, head in enumerate(_heads(path), 1):
        if head.ref <= last:
            raise CannotLoad(f"{path}:{number}", "the heads are not in the order of `--head`")
        last = head.ref
    return _heads(path)


def _heads(path: Path) -> Iterator[Head]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                values: Any = json.loads(line)
            except ValueError:
                values = None
            match values:
                case [str(tenant), str(case_id), int(revision), str(seal)]:
                    yield Head(Ref(tenant, case_id), revision, seal)
                case _:
                    raise CannotLoad(f"{path}:{number}", "this is no line of `--head`")
