"""``propflow rules`` and ``rules-diff``: what a rule book says, and what changed in one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.table import Column, Table

from propflow.cli.books import BookName, open_book
from propflow.cli.console import Lang, output, print_table
from propflow.scoring import (
    Deduction,
    Rule,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
    changes,
)
from propflow.scoring.points import shown
from propflow.unspecified import Unspecified


def show(
    book: BookName,
    lang: Annotated[Lang, typer.Option("--lang", help="The language of labels.")] = Lang.both,
    *,
    unspecified: Annotated[
        bool,
        typer.Option("--unspecified", help="Only the rules for which you must supply something."),
    ] = False,
) -> None:
    """列出检查细则的条款。List the rules of a rule book.

    Shows of each its clause, kind, points or maximum, provenance, what it needs from you, and its
    wording.
    """
    chosen = open_book(book)
    table = Table(
        Column(lang.pick("条款", "rule"), no_wrap=True),
        lang.pick("出处", "clause"),
        lang.pick("类别", "kind"),
        Column(lang.pick("分值", "points"), justify="right"),
        lang.pick("依据情况", "provenance"),
        lang.pick("须补充", "needs"),
        lang.pick("内容", "wording"),
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for rule in chosen.rules:
        if rule.is_unspecified or not unspecified:
            table.add_row(
                rule.id,
                rule.clause,
                type(rule).__name__,
                _points(rule, lang),
                rule.provenance.value,
                ", ".join(_needs(rule)),
                lang.pick(rule.text_zh_clean, rule.text_en),
            )
    print_table(output(), table)


def compare(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A shipped rule book or a .toml file: the old one.")
    ],
    after: Annotated[
        str, typer.Argument(metavar="B", help="A shipped rule book or a .toml file: the new one.")
    ],
    lang: Annotated[Lang, typer.Option("--lang", help="The language of labels.")] = Lang.both,
) -> None:
    """比较两版检查细则。Tell two rule books apart, like a notice of changes.

    Prints one line for each change in each language, and ends with 0 whether there are any or not.
    """
    found = changes(open_book(before), open_book(after))
    console = output()
    for change in found:
        if lang in (Lang.zh, Lang.both):
            console.print(change.notice.zh, soft_wrap=True)
        if lang in (Lang.en, Lang.both):
            console.print(change.notice.en, soft_wrap=True)
    if not found:
        console.print(lang.pick("没有变化", "no change"))


def _points(rule: Rule, lang: Lang) -> str:
    if isinstance(rule, Deduction):
        if rule.points is Unspecified:
            return lang.pick("未给出", "not given")
        return shown(rule.points)
    if isinstance(rule, ScoreItem | ScoreSection | ScoreTotal):
        return shown(rule.max_points)
    return ""


def _needs(rule: Rule) -> tuple[str, ...]:
    if isinstance(rule, Deduction) and rule.points is Unspecified:
        return tuple(dict.fromkeys(("points", *rule.needs)))
    return rule.needs
