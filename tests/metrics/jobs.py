"""A workflow with everything in it that figures look at, and random histories of it."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, timedelta
from random import Random

import attrs

from propflow import SAME, START, Actor, Engine, Event, State, Workflow
from propflow.metrics import Meaning, Step
from propflow.testing import FakeClock

ANYONE = Actor("u1")
MONDAY = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


class Grade(enum.StrEnum):
    """How content the resident is."""

    GOOD = "Good"
    FAIR = "good "  # the same to a careless collation
    NONE = "unreachable"


@attrs.frozen
class Job:
    """A job, or a patrol."""

    repeat: bool = False
    starts: datetime | None = None
    ends: datetime | None = None
    points: tuple[str, ...] = ()


@attrs.frozen
class Plan:
    """What opens one."""

    repeat: bool = False
    starts: datetime | None = None
    ends: datetime | None = None
    points: tuple[str, ...] = ()


@attrs.frozen
class Visit:
    """What a visit found."""

    grade: Grade


@attrs.frozen
class CheckIn:
    """Where one checked in."""

    point: str


@attrs.frozen
class Check:
    """What a check found."""

    passed: bool


class JobFlow(Workflow[Job]):
    """Everything may happen in any order."""

    active = State(zh="进行中", en="Open")
    done = State(zh="已完成", en="Done", final=True)
    void = State(zh="无效", en="Void", final=True)

    take_in = Event(Plan, START >> active, zh="受理", en="Take in")
    respond = Event(active >> SAME, zh="响应", en="Respond")
    arrive = Event(active >> SAME, zh="到场", en="Arrive")
    hold = Event(active >> SAME, zh="挂起", en="Hold")
    resume = Event(active >> SAME, zh="恢复", en="Resume")
    resolve = Event(active >> SAME, zh="处理", en="Resolve")
    require = Event(active >> SAME, zh="要求整改", en="Require")
    rectify = Event(active >> SAME, zh="整改", en="Rectify")
    check = Event(Check, active >> SAME, zh="验证", en="Check", history_only=("passed",))
    close = Event(active >> done, zh="关闭", en="Close")
    reopen = Event(done >> active, zh="重开", en="Reopen")
    visit = Event(Visit, [active, done] >> SAME, zh="回访", en="Visit", history_only=("grade",))
    check_in = Event(CheckIn, active >> SAME, zh="签到", en="Check in", history_only=("point",))
    dismiss = Event(active >> void, zh="作废", en="Dismiss")


STEPS = {
    Meaning.ACCEPTED: Step(sources="START"),
    Meaning.EXCLUDED: Step(targets="void"),
    Meaning.RESPONDED: Step(events="respond"),
    Meaning.ARRIVED: Step(events="arrive"),
    Meaning.RESOLVED: Step(events="resolve"),
    Meaning.CLOSED: Step(targets="done", sources="active"),
    Meaning.REOPENED: Step(events="reopen"),
    Meaning.HELD: Step(events="hold"),
    Meaning.RESUMED: Step(events="resume"),
    Meaning.REQUIRED: Step(events="require"),
    Meaning.RECTIFIED: Step(events="rectify"),
    Meaning.CHECKED: Step(events="check"),
    Meaning.PASSED: Step(events="check", where={"passed": True}),
    Meaning.VISIT_DUE: Step(targets="done", sources="active"),
    Meaning.VISITED: Step(events="visit"),
    Meaning.ANSWERED: Step(events="visit", where={"grade": ["Good", "good "]}, text="grade"),
    Meaning.SATISFIED: Step(events="visit", where={"grade": "Good"}),
    Meaning.REPEATED: Step(events="take_in", where={"repeat": True}),
    Meaning.PLANNED: Step(events="take_in", at="starts", count="points"),
    Meaning.PLANNED_END: Step(events="take_in", at="ends"),
    Meaning.BEGUN: Step(events="arrive"),
    Meaning.COMPLETED: Step(events="resolve"),
    Meaning.CHECKED_IN: Step(events="check_in", text="point"),
    Meaning.SAMPLED: Step(events="check"),
    Meaning.SAMPLE_PASSED: Step(events="check", where={"passed": True}),
}


def play(store, random: Random, cases: int) -> dict[str, list]:
    """Let cases happen, a few late entries among them; their histories by id."""
    clock = FakeClock(MONDAY)
    engine = Engine(store, [JobFlow], clock=clock)
    ids = []
    for _ in range(cases):
        starts = MONDAY + timedelta(minutes=random.randint(0, 5_000))
        planned = random.random() < 0.5
        plan = JobFlow.take_in(
            repeat=random.random() < 0.3,
            starts=starts if planned else None,
            ends=starts + timedelta(hours=1) if planned else None,
            points=tuple(f"p{n}" for n in range(random.randint(0, 3))),
        )
        at = MONDAY + timedelta(minutes=random.randint(0, 5_000))
        clock.set(at)
        case = engine.start(plan, by=ANYONE)
        for _ in range(random.randint(0, 10)):
            at += timedelta(seconds=random.randint(0, 40_000))
            clock.set(at)
            late = timedelta(seconds=random.choice((0, 0, 0, random.randint(0, 9_000))))
            action = random.choice(some_actions(random, case.state))
            if action is not None:
                case = engine.fire(case, action, by=ANYONE, occurred_at=at - late)
        ids.append(case.id)
    return {case_id: engine.history(case_id) for case_id in ids}


def some_actions(random, state):
    visit = JobFlow.visit(grade=random.choice(list(Grade)))
    if state == "void":
        return [None]
    if state == "done":
        return [JobFlow.reopen(), visit, None]
    plain = [
        "respond",
        "arrive",
        "hold",
        "resume",
        "resolve",
        "require",
        "rectify",
        "hold",
        "resume",
        "close",
    ]
    return [
        *(JobFlow.action(name, {}) for name in plain),
        JobFlow.check(passed=random.random() < 0.5),
        JobFlow.check_in(point=f"p{random.randint(0, 2)}"),
        *([JobFlow.dismiss()] if random.random() < 0.3 else []),
        visit,
    ]
