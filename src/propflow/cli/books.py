"""Finding rule books: those that ship, and files of the reader's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from propflow.errors import CannotLoad, UnknownRuleBook
from propflow.rulebooks import load, shipped
from propflow.scoring import RuleBook

BookName: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="BOOK", help="The name of a shipped rule book, or a .toml file."),
]


def open_book(target: str) -> RuleBook:
    """Return a shipped rule book by name, or the one of a ``.toml`` file.

    Raises:
        CannotLoad: No such book ships, and there is no such file.
        InvalidRuleBook: The file is no rule book, or a faulty one.
    """
    file = Path(target)
    if file.is_file():
        return load(file)
    if file.suffix == ".toml":
        raise CannotLoad(target, "there is no such file")
    try:
        return load(target)
    except UnknownRuleBook:
        known = ", ".join(shipped())
        raise CannotLoad(target, f"it is neither shipped ({known}) nor a .toml file") from None
