"""The cells of a CSV file with their places, each line read for itself.

`csv` of the standard library tells no columns, and one missing quote makes it swallow the lines
that follow. Here a record is one line, so that every bad line of a file is reported at once.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import attrs

from propflow.errors import Problem

_LETTERS = 26


@attrs.frozen
class Cell:
    """One cell.

    Attributes:
        text: What it holds, without the blanks and quotes around it.
        line: Its line in the file, from 1.
        column: Where in the line it begins, in characters from 1.
        number: Which cell of the line it is, from 0.
    """

    text: str
    line: int
    column: int
    number: int

    @property
    def name(self) -> str:
        """What a spreadsheet calls the cell, such as ``F12``."""
        letters = ""
        rest = self.number + 1
        while rest:
            rest, digit = divmod(rest - 1, _LETTERS)
            letters = chr(ord("A") + digit) + letters
        return f"{letters}{self.line}"


@attrs.frozen
class Fault:
    """Something wrong at one place of the file: what was expected there."""

    line: int
    column: int
    message: str

    @classmethod
    def at(cls, cell: Cell, message: str) -> Fault:
        """Return a fault of a cell."""
        return cls(cell.line, cell.column, f"{message} (cell {cell.name})")

    def in_file(self, name: str) -> Problem:
        """Return the fault as a problem, its place as editors write it."""
        return Problem(f"{name}:{self.line}:{self.column}", self.message)


def read_rows(content: bytes) -> Iterator[tuple[Cell, ...] | Fault]:
    """Yield the cells of each line; a fault instead for a line that cannot be read.

    Blank lines, and those that begin with ``#``, are left out.
    """
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        yield Fault(line, 1, "expected text in UTF-8, found a NUL; save the table as CSV UTF-8")
        return
    content = content.removeprefix(b"\xef\xbb\xbf")  # spreadsheets begin a UTF-8 file with it
    for number, raw in enumerate(content.split(b"\n"), 1):
        try:
            text = raw.decode().removesuffix("\r")
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode()) + 1
            yield Fault(number, column, "expected text in UTF-8; save the table as CSV UTF-8")
            continue
        if text.strip(' \t,"') and not text.lstrip(' \t"').startswith("#"):
            yield _row(text, number)


def _row(text: str, line: int) -> tuple[Cell, ...] | Fault:
    cells: list[Cell] = []
    start = 0
    while start <= len(text):
        found = _cell(text, line, start, len(cells))
        if isinstance(found, Fault):
            return found
        cell, start = found
        cells.append(cell)
    while len(cells) > 1 and not cells[-1].text:  # spreadsheets fill lines up with empty cells
        cells.pop()
    return tuple(cells)


def _cell(text: str, line: int, start: int, number: int) -> tuple[Cell, int] | Fault:
    """Return the cell that begins at `start`, and where the next one does."""
    begin = start
    while begin < len(text) and text[begin] in " \t":
        begin += 1
    if text.startswith('"', begin):
        quoted = _quoted(text, line, begin)
        if isinstance(quoted, Fault):
            return quoted
        value, end = quoted
    else:
        end = text.find(",", begin)
        end = len(text) if end < 0 else end
        value = text[begin:end]
    cell = Cell(value.strip(), line, begin + 1, number)
    control = next((char for char in cell.text if unicodedata.category(char) == "Cc"), None)
    if control is not None:
        return Fault.at(cell, f"expected plain text, found the control character {control!r}")
    return cell, end + 1


def _quoted(text: str, line: int, begin: int) -> tuple[str, int] | Fault:
    """Return what stands between quotes, a doubled one for each within, and where the cell ends."""
    value = ""
    at = begin + 1
    while True:
        close = text.find('"', at)
        if close < 0:
            return Fault(line, begin + 1, 'expected a closing " for this one on the same line')
        value += text[at:close]
        if not text.startswith('""', close):
            break
        value += '"'
        at = close + 2
    end = text.find(",", close)
    end = len(text) if end < 0 else end
    if text[close + 1 : end].strip():
        return Fault(line, close + 2, 'expected a comma after the closing "')
    return value, end
