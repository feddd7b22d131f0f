"""Every error that propflow raises, in one tree under `PropflowError`.

Errors carry fields, not only text, and each message says what was wrong, where, and what to do.
Where an input has several problems, one error reports them all. One file a room that raises them.
"""

from propflow.errors.command import CannotLoad, InvalidDayFile, MissingExtra
from propflow.errors.decision import (
    BrokenHistory,
    FunctionRaised,
    NaiveDatetime,
    Refused,
    WrongWorkflow,
)
from propflow.errors.definition import (
    InvalidDefinition,
    InvalidPayload,
    MissingFact,
    MissingSettings,
    UnknownEvent,
)
from propflow.errors.root import Problem, PropflowError
from propflow.errors.runtime import (
    CaseExists,
    Conflict,
    EffectChainError,
    InvalidArgument,
    InvalidId,
    InvalidRegistration,
    KeyReused,
    NotFound,
    TenancyError,
    UnknownWorkflow,
)
from propflow.errors.scoring import (
    AmbiguousRule,
    InexactNumber,
    InvalidFinding,
    InvalidPoints,
    InvalidRuleBook,
    ScoringError,
    UnknownRule,
    UnknownRuleBook,
    UnspecifiedError,
    UnspecifiedPointsError,
    UnspecifiedRuleError,
)
from propflow.errors.storage import (
    InvalidQuery,
    PayloadTooLarge,
    SchemaMissing,
    StoreError,
    StoreUnavailable,
    UnreadableData,
)
from propflow.errors.testing import InvalidTrial, MatrixChanged, ProofFailed

__all__ = [
    "AmbiguousRule",
    "BrokenHistory",
    "CannotLoad",
    "CaseExists",
    "Conflict",
    "EffectChainError",
    "FunctionRaised",
    "InexactNumber",
    "InvalidArgument",
    "InvalidDayFile",
    "InvalidDefinition",
    "InvalidFinding",
    "InvalidId",
    "InvalidPayload",
    "InvalidPoints",
    "InvalidQuery",
    "InvalidRegistration",
    "InvalidRuleBook",
    "InvalidTrial",
    "KeyReused",
    "MatrixChanged",
    "MissingExtra",
    "MissingFact",
    "MissingSettings",
    "NaiveDatetime",
    "NotFound",
    "PayloadTooLarge",
    "Problem",
    "ProofFailed",
    "PropflowError",
    "Refused",
    "SchemaMissing",
    "ScoringError",
    "StoreError",
    "StoreUnavailable",
    "TenancyError",
    "UnknownEvent",
    "UnknownRule",
    "UnknownRuleBook",
    "UnknownWorkflow",
    "UnreadableData",
    "UnspecifiedError",
    "UnspecifiedPointsError",
    "UnspecifiedRuleError",
    "WrongWorkflow",
]
