"""How good: rule books, findings and what they cost. Pure: no I/O, no clock, no rounding."""

from propflow.scoring.assessment import Assessment, Reckoning, SetAside, assess
from propflow.scoring.book_changes import Change, changes
from propflow.scoring.charge import Charge, charged, charges, charges_against
from propflow.scoring.check_item import Answer, CheckItem, Dimension, Limit
from propflow.scoring.checking import CheckResult, DimensionResult, Rating, check, rate
from propflow.scoring.conduct import Concealment, ConcealmentReport, concealment, obstruction
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
from propflow.scoring.joint_liability import (
    JOINT_LIABILITY,
    ComplaintSince,
    Doubled,
    LiabilityTerms,
    LinkedComplaint,
    Shift,
    joint_liability,
)
from propflow.scoring.ledger import Ledger, Posting, is_month, month_of
from propflow.scoring.line import Adjustment, Bill, Line, Reason
from propflow.scoring.points import Number, Points, percent
from propflow.scoring.publication import Improvement, Publication, next_publication, publish
from propflow.scoring.rule import Clause, Label, Matter, Provenance, Rule, Section
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.score import Basis, Score
from propflow.scoring.score_item import Band, Method, ScoreItem, ScoreSection, ScoreTotal, linear
from propflow.scoring.scorecard import ItemScore, Scorecard, SectionScore, Standing, evaluate
from propflow.scoring.statement import (
    HandedIn,
    Statement,
    statement,
    statements,
    weekly_list,
)
from propflow.scoring.verdict import Ground, Penalty, Verdict, penalise
from propflow.scoring.what_if import AccountEffect, RuleEffect, WhatIf, replay
from propflow.unspecified import Unspecified, UnspecifiedType

__all__ = [
    "JOINT_LIABILITY",
    "Account",
    "AccountEffect",
    "Adjustment",
    "Answer",
    "Assessment",
    "Band",
    "Basis",
    "Bill",
    "Change",
    "Charge",
    "CheckItem",
    "CheckResult",
    "Clause",
    "ComplaintSince",
    "Concealment",
    "ConcealmentReport",
    "Condition",
    "Consequence",
    "Count",
    "Deduction",
    "Dimension",
    "DimensionResult",
    "Doubled",
    "Finding",
    "Ground",
    "HandedIn",
    "Improvement",
    "ItemScore",
    "Label",
    "Ledger",
    "LiabilityTerms",
    "Limit",
    "Line",
    "Link",
    "LinkedComplaint",
    "Matter",
    "Method",
    "Number",
    "Penalty",
    "Points",
    "Posting",
    "Provenance",
    "Publication",
    "Rating",
    "Reason",
    "Reckoning",
    "Repetition",
    "Rule",
    "RuleBook",
    "RuleEffect",
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
    "Shift",
    "Standing",
    "Statement",
    "Unit",
    "Unspecified",
    "UnspecifiedType",
    "Verdict",
    "WhatIf",
    "assess",
    "changes",
    "charged",
    "charges",
    "charges_against",
    "check",
    "concealment",
    "evaluate",
    "is_month",
    "joint_liability",
    "linear",
    "month_of",
    "next_publication",
    "obstruction",
    "penalise",
    "percent",
    "publish",
    "rate",
    "replay",
    "statement",
    "statements",
    "weekly_list",
]
