"""How we do: figures over the histories of cases, exact and with one definition each. Pure."""

from propflow.metrics.outcomes import (
    closure_rate,
    complaint_rate,
    first_pass_rate,
    follow_up_rate,
    mean_satisfaction,
    points_deducted,
    reopen_rate,
    repeat_complaint_rate,
    satisfied_rate,
)
from propflow.metrics.patrols import (
    missed_points,
    patrol_completion,
    patrol_punctuality,
    sample_pass_rate,
    sampling_rate,
)
from propflow.metrics.period import Period
from propflow.metrics.rate import Durations, Rate
from propflow.metrics.step import Meaning, Step
from propflow.metrics.timeliness import (
    Limit,
    arrival_timeliness,
    overdue_rate,
    rectification_timeliness,
    resolution_durations,
    resolution_timeliness,
    response_durations,
    response_timeliness,
)
from propflow.metrics.trace import Moment, Steps, Trace, trace

__all__ = [
    "Durations",
    "Limit",
    "Meaning",
    "Moment",
    "Period",
    "Rate",
    "Step",
    "Steps",
    "Trace",
    "arrival_timeliness",
    "closure_rate",
    "complaint_rate",
    "first_pass_rate",
    "follow_up_rate",
    "mean_satisfaction",
    "missed_points",
    "overdue_rate",
    "patrol_completion",
    "patrol_punctuality",
    "points_deducted",
    "rectification_timeliness",
    "reopen_rate",
    "repeat_complaint_rate",
    "resolution_durations",
    "resolution_timeliness",
    "response_durations",
    "response_timeliness",
    "sample_pass_rate",
    "sampling_rate",
    "satisfied_rate",
    "trace",
]
