"""``propflow score``: what findings cost under a rule book."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Column, Table

from propflow.cli.books import BookName, open_book
from propflow.cli.console import Lang, complaints, output, print_table
from propflow.cli.findings import Row, read_findings
from propflow.errors import UnspecifiedPointsError
from propflow.scoring import Assessment, Bill, Finding, Label, Line, Points, RuleBook, assess
from propflow.scoring.points import shown
from propflow.unspecified import Unspecified


def score(
    book: BookName,
    findings: Annotated[
        Path,
        typer.Argument(
            metavar="FINDINGS.csv",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A CSV file in UTF-8 whose header names columns of a finding.",
        ),
    ],
    points: Annotated[
        list[str] | None,
        typer.Option(
            "--points",
            metavar="RULE=POINTS",
            help="Points that the book leaves open; may be given again.",
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="The language of labels.")] = Lang.both,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why, and which lines of the file are behind it.")
    ] = False,
) -> None:
    """按检查细则计算扣分。Score findings under a rule book.

    The columns are rule, persons, places, inspection, department, fact, found_at, by and severity,
    in any order; only rule must be there. Several persons or places are parted by ;.
    Every bad line is reported, and nothing is scored unless all are good.
    Ends with 1 if the points of a rule that was broken are not given: set them with --points.
    """
    chosen = open_book(book)
    if points:
        chosen = chosen.with_values(_values(points))
    rows = read_findings(findings.read_bytes(), str(findings), chosen)
    result = assess(chosen, [row.finding for row in rows])
    lines = _file_lines(rows)
    if as_json:
        typer.echo(json.dumps(_document(chosen, result, lines), ensure_ascii=False, indent=2))
    else:
        _print(output(), result, lang, lines if explain else None)
    if result.unspecified:
        error = UnspecifiedPointsError(result.unspecified, "set them with --points RULE=POINTS")
        complaints().print(f"propflow: {error}", style="bold red", soft_wrap=True)
        raise typer.Exit(1)


def _values(points: Iterable[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for given in points:
        rule, equals, value = (part.strip() for part in given.partition("="))
        if not (rule and equals and value) or rule in values:
            problem = f"{given!r}: write each rule once, such as ded_no_badge=0.5"
            raise typer.BadParameter(problem, param_hint="--points")
        values[rule] = value
    return values


def _file_lines(rows: Iterable[Row]) -> dict[Finding, list[int]]:
    """Return on which lines of the file each finding stands; equal findings share theirs."""
    lines: dict[Finding, list[int]] = {}
    for row in rows:
        lines.setdefault(row.finding, []).append(row.rule.line)
    return lines


def _behind(findings: Iterable[Finding], lines: Mapping[Finding, Sequence[int]]) -> list[int]:
    return sorted({line for finding in findings for line in lines[finding]})


def _total(of: Assessment | Bill) -> Points:
    try:
        return of.total
    except UnspecifiedPointsError:
        return Unspecified


def _text(points: Points) -> str | None:
    return None if points is Unspecified else shown(points)


def _said(points: Points, lang: Lang) -> str:
    text = _text(points)
    return lang.pick("未给出", "not given") if text is None else text


def _print(
    console: Console, result: Assessment, lang: Lang, lines: Mapping[Finding, Sequence[int]] | None
) -> None:
    heads = [
        lang.pick(zh, en) for zh, en in (("计扣", "count"), ("每", "each"), ("扣分", "points"))
    ]
    table = Table(
        lang.pick("条款", "rule"),
        *(Column(head, justify="right") for head in heads),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for line in result.lines:
        table.add_row(line.rule, str(line.count), _said(line.each, lang), _said(line.points, lang))
    table.add_section()
    table.add_row(lang.pick("合计", "total"), "", "", _said(_total(result), lang))
    print_table(console, table)
    for bill in result.bills:
        console.print(
            f"{bill.account}: {bill.holder or lang.pick('未注明', 'not named')}  "
            f"{_said(_total(bill), lang)}",
            soft_wrap=True,
        )
    if lines is not None:
        _explain(console, result, lang, lines)


def _explain(
    console: Console, result: Assessment, lang: Lang, lines: Mapping[Finding, Sequence[int]]
) -> None:
    for line in result.lines:
        whence = ", ".join(map(str, _behind(line.findings, lines)))
        reasons = [line.why, *(adjustment.why for adjustment in line.adjustments)]
        console.print(f"\n{line.rule}  ({lang.pick('行', 'lines')} {whence})", soft_wrap=True)
        for why in reasons:
            _print_label(console, why, lang)
    for aside in result.set_aside:
        whence = ", ".join(map(str, _behind([aside.finding], lines)))
        head = f"{aside.finding.rule} {lang.pick('不重复计扣', 'set aside')} {aside.ruling}"
        console.print(f"\n{head}  ({lang.pick('行', 'lines')} {whence})", soft_wrap=True)
        _print_label(console, aside.why, lang)


def _print_label(console: Console, label: Label, lang: Lang) -> None:
    for language, text in ((Lang.zh, label.zh), (Lang.en, label.en)):
        if lang in (language, Lang.both):
            console.print(f"  {text}", soft_wrap=True)


def _document(
    book: RuleBook, result: Assessment, lines: Mapping[Finding, Sequence[int]]
) -> dict[str, Any]:
    """Return the result as JSON has it: points as text, because JSON numbers are floats."""
    return {
        "book": book.id,
        "total": _text(_total(result)),
        "unspecified": list(result.unspecified),
        "lines": [_line(line, lines) for line in result.lines],
        "bills": [
            {
                "account": bill.account.value,
                "holder": bill.holder,
                "total": _text(_total(bill)),
                "lines": [_line(line, lines) for line in bill.lines],
            }
            for bill in result.bills
        ],
        "set_aside": [
            {
                "rule": aside.finding.rule,
                "subject": aside.subject,
                "instead": aside.instead,
                "ruling": aside.ruling,
                "why": _label(aside.why),
                "file_lines": _behind([aside.finding], lines),
            }
            for aside in result.set_aside
        ],
    }


def _line(line: Line, lines: Mapping[Finding, Sequence[int]]) -> dict[str, Any]:
    return {
        "rule": line.rule,
        "unit": line.unit.value,
        "count": line.count,
        "each": _text(line.each),
        "points": _text(line.points),
        "why": _label(line.why),
        "adjustments": [
            {
                "reason": each.reason.value,
                "points": shown(each.points),
                "why": _label(each.why),
            }
            for each in line.adjustments
        ],
        "file_lines": _behind(line.findings, lines),
    }


def _label(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}
