"""Load rule books from TOML, refusing a faulty one whole with every fault at its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, cast

import attrs

from propflow.errors import InvalidRuleBook, Problem, UnknownRuleBook
from propflow.rulebooks.structuring import Unreadable, structured
from propflow.scoring import (
    Account,
    CheckItem,
    Clause,
    Consequence,
    Deduction,
    Label,
    Matter,
    Rule,
    RuleBook,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
    Section,
)
from propflow.scoring.book_faults import faults

KINDS: Final[Mapping[str, type[Rule]]] = {
    "deduction": Deduction,
    "score_item": ScoreItem,
    "score_section": ScoreSection,
    "score_total": ScoreTotal,
    "check_item": CheckItem,
    "penalty": Consequence,
    "clause": Clause,
} | {matter.value: Clause for matter in Matter if matter is not Matter.ENTRY}
"""What each kind of rule is read as."""

_HEADER: Final = r"^\s*\[\[\s*{}\s*\]\]"
_MOST_BYTES: Final = 1024 * 1024  # the largest shipped book has a fortieth of that
_MOST_PARTS: Final = 32  # of a dotted key; `tomllib` takes memory in their square
_PART: Final = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.){0,250}"|'[^'\n]{0,250}')[ \t]*\.[ \t]*"""
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:{_PART}){{{_MOST_PARTS}}}")
_POSITION: Final = re.compile(r" \(at (line \d+, column \d+|end of document)\)$")


def shipped() -> tuple[str, ...]:
    """The names of the rule books that ship with propflow, in alphabetical order."""
    names = (Path(entry.name) for entry in files("propflow.rulebooks").iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".toml"))


def load(book: str | Path) -> RuleBook:
    """The rule book of this shipped name, or of this file.

    Args:
        book: a shipped name such as `sheet_staff_image`, or the `Path` of a TOML file in UTF-8.

    Raises:
        UnknownRuleBook: no book of this name ships; names those that do.
        InvalidRuleBook: the file cannot be read, or is faulty; names every fault and its place.
    """
    if isinstance(book, Path):
        subject = f"the rule book {book.name}"
        try:
            with book.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InvalidRuleBook(
                subject, [Problem(str(book), f"cannot be read: {reason}")]
            ) from error
        return _book(content, subject)
    if book not in shipped():
        raise UnknownRuleBook(book, shipped())
    source = files("propflow.rulebooks") / f"{book}.toml"
    return _book(source.read_bytes(), f"the rule book {source.name}")


@attrs.frozen
class _Head:
    """Everything of a book but its rules."""

    id: str
    title: Label
    account: Account | None = None
    sections: tuple[Section, ...] = ()
    source: str = ""
    incomplete: bool = False
    missing: tuple[Label, ...] = ()
    missing_clauses: tuple[str, ...] = ()
    rulings: tuple[str, ...] = ()


def _book(content: bytes, subject: str) -> RuleBook:
    text, document = _parsed(content, subject)
    rules: Any = document.pop("rules", None)
    contents: Any = document.pop("contents", [])
    problems: list[Problem] = []
    head = _head(document, problems)
    if not isinstance(rules, list) or not rules:
        problems.append(Problem("the book", "has no rules; write each under a line [[rules]]"))
        raise InvalidRuleBook(subject, problems)
    if not isinstance(contents, list):
        problems.append(Problem("the book", "contents is no list; write contents = [ … ]"))
        raise InvalidRuleBook(subject, problems)
    tables = _Tables.of(text, cast("Sequence[Any]", rules), cast("Sequence[Any]", contents))
    read = _read(tables, head, problems)
    if head is None or problems:
        raise InvalidRuleBook(subject, problems)
    first = tables.rules
    return RuleBook(
        rules=tuple(read[:first]),
        contents=tuple(cast("list[Clause]", read[first:])),
        **attrs.asdict(head, recurse=False),
    )


def _parsed(content: bytes, subject: str) -> tuple[str, dict[str, Any]]:
    try:
        if len(content) > _MOST_BYTES:
            message = f"is larger than {_MOST_BYTES // 1024**2} MiB; write several books"
            raise InvalidRuleBook(subject, [Problem("the file", message)])
        text = content.decode("utf-8-sig")  # Windows editors begin a file with a byte-order mark
        _refuse_long_keys(text, subject)
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problem = Problem(f"line {line}", "is not UTF-8; save the file in that encoding")
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        where = position[1] if position else "the file"
        problem = Problem(where, f"is not TOML: {_POSITION.sub('', str(error))}")
    except RecursionError:
        problem = Problem("the file", "is nested too deeply; a book needs no more than four levels")
    except ValueError as error:  # of a whole number with thousands of digits
        problem = Problem("the file", f"holds a number that cannot be read: {error}")
    raise InvalidRuleBook(subject, [problem])


def _refuse_long_keys(text: str, subject: str) -> None:
    """Pass a text without dotted keys of very many parts: a small file could fill the memory."""
    found = _LONG_KEY.search(text)
    if found is not None:
        line = text.count("\n", 0, found.start()) + 1
        message = f"has a key of {_MOST_PARTS} parts or more; a book needs no more than two"
        raise InvalidRuleBook(subject, [Problem(f"line {line}", message)])


def _head(document: dict[str, Any], problems: list[Problem]) -> _Head | None:
    try:
        return structured(document, _Head)
    except Unreadable as error:
        problems += [Problem("the head of the book", message) for message in error.messages]
        return None


@attrs.frozen
class _Tables:
    """The tables of a book's rules and then of its contents, and where each stands."""

    tables: Sequence[Any]
    places: Sequence[str]
    read: Sequence[Callable[[Any], Rule]]
    rules: int

    @classmethod
    def of(cls, text: str, rules: Sequence[Any], contents: Sequence[Any]) -> _Tables:
        return cls(
            tables=[*rules, *contents],
            places=[*_places(text, "rules", rules), *_places(text, "contents", contents)],
            read=[*[_rule] * len(rules), *[_entry] * len(contents)],
            rules=len(rules),
        )


def _places(text: str, key: str, tables: Sequence[Any]) -> list[str]:
    """Where each table stands: its line (TOML itself keeps none), and its id."""
    name = "rule" if key == "rules" else "entry"
    header = re.compile(_HEADER.format(key))
    lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    if len(lines) != len(tables):  # written as one inline list
        return [f"{name} {_id(table, number)}" for number, table in enumerate(tables, 1)]
    return [
        f"line {line}, {name} {_id(table, number)}"
        for number, (line, table) in enumerate(zip(lines, tables, strict=True), 1)
    ]


def _id(table: Any, number: int) -> str:
    return str(
        cast("dict[str, Any]", table).get("id", number) if isinstance(table, dict) else number
    )


def _read(tables: _Tables, head: _Head | None, problems: list[Problem]) -> list[Rule]:
    found: list[tuple[str, Rule | None]] = []
    each = zip(tables.tables, tables.places, tables.read, strict=True)
    for number, (table, where, read) in enumerate(each, 1):
        try:
            rule = read(table)
        except Unreadable as error:
            problems += [Problem(where, message) for message in error.messages]
            rule = None
        found.append((_id(table, number), rule))
    between = faults(found, head.sections, head.account) if head else faults(found, None)
    problems += [Problem(tables.places[position], message) for position, _, message in between]
    return [rule for _, rule in found if rule is not None]


def _rule(table: Any) -> Rule:
    if not isinstance(table, dict):
        return structured(table, Rule)  # which says what it wants
    content = cast("dict[str, Any]", table)
    kind = content.get("kind")
    rest = {key: content[key] for key in content if key != "kind"}
    for name, rule in KINDS.items():
        if kind == name:
            read = structured(rest, rule)
            if isinstance(read, Clause) and kind != "clause":
                return attrs.evolve(read, about=Matter(kind))
            return read
    raise Unreadable([f"kind is {kind!r}; write one of {', '.join(KINDS)}"])


def _entry(table: Any) -> Clause:
    return attrs.evolve(structured(table, Clause), about=Matter.ENTRY)
