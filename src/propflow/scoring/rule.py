"""A rule of a source document: its wording, its place, its provenance; and rules without numbers.

Every kind of rule that has arithmetic is a subclass in a file of its own.
"""

from __future__ import annotations

from enum import StrEnum

import attrs


class Provenance(StrEnum):
    """How a rule stands in its source; a value set by the host does not change it."""

    EXPLICIT = "explicit"  # written there
    ASSUMED = "assumed"  # a visible default of ours
    RECONSTRUCTED = "reconstructed"  # read out of damaged text
    UNSPECIFIED = "unspecified"  # written there, with its number missing
    MISSING = "missing"  # named there, its content lost


class Matter(StrEnum):
    """What a rule without arithmetic is about."""

    SCHEDULE = "schedule"  # what recurs
    TIMER = "timer"  # a deadline or a limit of time
    GUARD = "guard"  # a condition on a step
    WORKFLOW = "workflow"  # a state or a step
    ROLE = "role"  # who
    PERMISSION = "permission"  # who may
    FORM = "form"  # a document or a register
    REPORT = "report"  # a summary of many
    NOTIFICATION = "notification"  # who is told
    CONFIG = "config"  # what the host is to set
    POLICY = "policy"  # a statement
    META = "meta"  # titles and residue
    ENTRY = "entry"  # an entry of a list of contents


@attrs.frozen
class Label:
    """What people see, in both languages."""

    zh: str
    en: str


@attrs.frozen
class Section:
    """A numbered part of a book, such as 一 仪容仪表."""

    number: str
    zh: str
    en: str


@attrs.frozen(kw_only=True)
class Rule:
    """One rule of a source document; its subclass says what the rule does.

    Attributes:
        id: unique across all books.
        clause: where it stands in the source, e.g. `一.4`.
        text_zh: the wording as found, slips of the pen included.
        text_zh_clean: our reading of it, for display.
        text_en: the same in English.
        provenance: how the rule stands in its source.
        section: the number of the book's section that holds it, if any.
        rulings: the numbers of the decisions taken where the wording is open, e.g. `A37`.
        needs: what the source leaves open here and the host must supply, e.g. `weekday`.
    """

    id: str
    clause: str
    text_zh: str
    text_zh_clean: str
    text_en: str
    provenance: Provenance
    section: str | None = None
    rulings: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def is_unspecified(self) -> bool:
        """Whether the host must supply something before the rule can be used in full."""
        return bool(self.needs)


@attrs.frozen(kw_only=True)
class Clause(Rule):
    """Wording without arithmetic: the head of a form, a schedule, a permission, a statement.

    Attributes:
        about: what it is about; None where a host's own book does not say.
    """

    about: Matter | None = None
