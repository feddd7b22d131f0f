"""How good: rule books, findings and what they cost. Pure: no I/O, no clock, no rounding."""

from propflow.scoring.assessment import Assessment, SetAside, assess
from propflow.scoring.check_item import Answer, CheckItem, Dimension, Limit
from propflow.scoring.checking import CheckResult, DimensionResult, Rating, check, rate
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
from propflow.scoring.line import Adjustment, Bill, Line, Reason
from propflow.scoring.points import Number, Points, Unspecified, UnspecifiedType, percent
from propflow.scoring.publication import Improvement, Publication, next_publication, publish
from propflow.scoring.rule import Clause, Label, Matter, Provenance, Rule, Section
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.score import Basis, Score
from propflow.scoring.score_item import Band, Method, ScoreItem, ScoreSection, ScoreTotal, linear
from propflow.scoring.scorecard import ItemScore, Scorecard, SectionScore, Standing, evaluate

__all__ = [
    "Account",
    "Adjustment",
    "Answer",
    "Assessment",
    "Band",
    "Basis",
    "Bill",
    "CheckItem",
    "CheckResult",
    "Clause",
    "Condition",
    "Consequence",
    "Count",
    "Deduction",
    "Dimension",
    "DimensionResult",
    "Finding",
    "Improvement",
    "ItemScore",
    "Label",
    "Limit",
    "Line",
    "Link",
    "Matter",
    "Method",
    "Number",
    "Points",
    "Provenance",
    "Publication",
    "Rating",
    "Reason",
    "Repetition",
    "Rule",
    "RuleBook",
    "Rung",
    "Score",
    "ScoreItem",
    "ScoreSection",
    "ScoreTotal",
    "Scorecard",
    "Section",
    "SectionScore",
    "SetAside",
    "Severity",
    "Standing",
    "Unit",
    "Unspecified",
    "UnspecifiedType",
    "assess",
    "check",
    "evaluate",
    "linear",
    "next_publication",
    "percent",
    "publish",
    "rate",
]
