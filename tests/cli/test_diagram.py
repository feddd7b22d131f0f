"""`propflow diagram`: which workflow is drawn, and in whose words."""

from __future__ import annotations

import pytest

from propflow.cli.loading import shipped
from propflow.reports import mermaid
from propflow.workflows import Issue


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_shipped_workflow_is_drawn(command, lang):
    result = command("diagram", "issue", "--lang", lang)
    assert result.exit_code == 0
    assert result.output == mermaid(Issue.definition(), lang)


@pytest.mark.parametrize("target", ["propflow.workflows.issue", "propflow.workflows:Issue"])
def test_a_workflow_of_a_module_is_drawn(command, target):
    assert command("diagram", target).output == mermaid(Issue.definition(), "en")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("isue", f"neither shipped ({', '.join(shipped())}) nor a module"),
        ("propflow.workflows", "name one of propflow.workflows:Complaint, "),
        ("propflow.workflows:IssueData", "has no workflow 'IssueData'"),
    ],
)
def test_no_single_workflow_is_wrong_use(command, target, words):
    result = command("diagram", target)
    assert result.exit_code == 2
    assert words in result.output


def test_an_unknown_language_is_wrong_use(command):
    assert command("diagram", "issue", "--lang", "de").exit_code == 2


def test_the_text_is_the_same_in_a_pipe(process):
    result = process("diagram", "issue", "--lang", "zh")
    assert result.returncode == 0
    assert result.stdout.decode() == mermaid(Issue.definition(), "zh")
