"""How good: rule books, findings and what they cost. Pure: no I/O, no clock, no rounding."""

from propflow.scoring.assessment import Assessment, Line, SetAside, assess
from propflow.scoring.finding import Finding
from propflow.scoring.points import Number, Points
from propflow.scoring.rule_book import (
    Account,
    Clause,
    Condition,
    Count,
    Deduction,
    Label,
    Provenance,
    Rule,
    RuleBook,
    Section,
    Unit,
)
from propflow.unspecified import Unspecified, UnspecifiedType

__all__ = [
    "Account",
    "Assessment",
    "Clause",
    "Condition",
    "Count",
    "Deduction",
    "Finding",
    "Label",
    "Line",
    "Number",
    "Points",
    "Provenance",
    "Rule",
    "RuleBook",
    "Section",
    "SetAside",
    "Unit",
    "Unspecified",
    "UnspecifiedType",
    "assess",
]
