"""``propflow diagram``: a workflow as a picture."""

from __future__ import annotations

import enum
import sys
from typing import Annotated

import typer

from propflow.cli.console import traced
from propflow.cli.loading import load_workflow
from propflow.reports import mermaid


class OneLanguage(enum.StrEnum):
    """Whose labels are drawn."""

    zh = "zh"
    en = "en"


def draw(
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW", help="The name of a shipped workflow, or MODULE:CLASS of your own."
        ),
    ],
    lang: Annotated[
        OneLanguage, typer.Option("--lang", help="Whose labels are drawn.")
    ] = OneLanguage.en,
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """以 Mermaid 文本画出流程图。Draw a workflow as Mermaid text.

    Paste the text into a Markdown page between ```mermaid and ```, or into mermaid.live.
    """
    with traced(wanted=traceback):
        found = load_workflow(workflow)
    sys.stdout.write(mermaid(found.definition(), "zh" if lang is OneLanguage.zh else "en"))
