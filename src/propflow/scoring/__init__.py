"""How good: rule books, findings and what they cost. Pure: no I/O, no clock, no rounding."""

from propflow.scoring.assessment import Assessment, Line, SetAside, assess
from propflow.scoring.check_item import Answer, CheckItem, Dimension, Limit
from propflow.scoring.consequence import Consequence, Link
from propflow.scoring.deduction import (
    Account,
    Condition,
    Count,
    Deduction,
    Repetition,
    Rung,
    Severity,
    Unit,
)
from propflow.scoring.finding import Finding
from propflow.scoring.points import Number, Points, Unspecified, UnspecifiedType
from propflow.scoring.rule import Clause, Label, Matter, Provenance, Rule, Section
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.score_item import Band, Method, ScoreItem, ScoreSection, ScoreTotal, linear

__all__ = [
    "Account",
    "Answer",
    "Assessment",
    "Band",
    "CheckItem",
    "Clause",
    "Condition",
    "Consequence",
    "Count",
    "Deduction",
    "Dimension",
    "Finding",
    "Label",
    "Limit",
    "Line",
    "Link",
    "Matter",
    "Method",
    "Number",
    "Points",
    "Provenance",
    "Repetition",
    "Rule",
    "RuleBook",
    "Rung",
    "ScoreItem",
    "ScoreSection",
    "ScoreTotal",
    "Section",
    "SetAside",
    "Severity",
    "Unit",
    "Unspecified",
    "UnspecifiedType",
    "assess",
    "linear",
]
