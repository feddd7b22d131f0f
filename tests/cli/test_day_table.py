"""The cells of a day file and their places."""

from __future__ import annotations

import pytest

from propflow.cli.day.table import Cell, Fault, read_rows


def cells(content):
    """Return each line's cells as text and column; a fault as it is."""
    return [
        row if isinstance(row, Fault) else [(cell.text, cell.column) for cell in row]
        for row in read_rows(content)
    ]


def test_a_cell_knows_where_it_begins():
    assert cells("09:02, zhang ,地点=大堂,x".encode()) == [
        [("09:02", 1), ("zhang", 8), ("地点=大堂", 15), ("x", 21)]
    ]


@pytest.mark.parametrize(
    ("line", "texts"),
    [
        ('a,"b,c",d', ["a", "b,c", "d"]),
        ('a,"say ""yes""",d', ["a", 'say "yes"', "d"]),
        ('a, "b" ,d', ["a", "b", "d"]),
        ('a,b "c" d', ["a", 'b "c" d']),
        ("a,,c", ["a", "", "c"]),
        ("a,b,,,", ["a", "b"]),
    ],
)
def test_quotes_and_blanks(line, texts):
    assert [text for text, _ in cells(line.encode())[0]] == texts


def test_blank_lines_and_remarks_are_left_out_and_lines_are_counted():
    content = b'\xef\xbb\xbf# a, b\r\n\r\n,,"",\r\n"# as, a spreadsheet saves it"\r\na,b\r\n'
    (row,) = read_rows(content)
    assert row == (Cell("a", 5, 1, 0), Cell("b", 5, 3, 1))


def test_every_bad_line_is_found_and_the_others_are_read():
    content = b'a,"b\nc,d\n"x"y,z\n\xb9\xa4,e\nf,g\x07\nh\n'
    assert cells(content) == [
        Fault(1, 3, 'expected a closing " for this one on the same line'),
        [("c", 1), ("d", 3)],
        Fault(3, 4, 'expected a comma after the closing "'),
        Fault(4, 1, "expected text in UTF-8; save the table as CSV UTF-8"),
        Fault(5, 3, "expected plain text, found the control character '\\x07' (cell B5)"),
        [("h", 1)],
    ]


def test_a_file_in_utf_16_is_told_once():
    (fault,) = read_rows("a,b\nc,d\n".encode("utf-16"))
    assert fault.message == "expected text in UTF-8, found a NUL; save the table as CSV UTF-8"


@pytest.mark.parametrize(("number", "name"), [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7")])
def test_a_cell_has_the_name_that_a_spreadsheet_gives_it(number, name):
    assert Cell("", 7, 1, number).name == name
