"""The changes that are planted in a workflow, and how they are planted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from propflow.decision.plan import compile_plan, plan_of
from propflow.definition import START, SYSTEM, Case, Context, Role, Workflow
from propflow.definition import workflow as declaring
from propflow.definition.spec import DeadlineSpec, EventSpec, TransitionSpec, WorkflowSpec
from propflow.scoring import Label
from propflow.testing.deadline_mutation import DeadlineChange, changes

Change = Callable[[EventSpec], EventSpec]
Planted = Callable[[WorkflowSpec], WorkflowSpec]


@attrs.frozen(eq=False)
class WorkflowMutant:
    """A workflow with one change.

    Attributes:
        event: The event that was changed, empty for a deadline.
        field: What of it: ``transition``, ``target``, ``guard``, ``effects``, ``by`` or
            ``update``; of a deadline ``deadline``, ``limit``, ``rung`` or ``pauses``.
        notice: The change, for people.
        deadline: The deadline that was changed, empty for an event.
    """

    event: str
    field: str
    notice: Label
    _change: Planted
    deadline: str = ""

    def planted_in(self, spec: WorkflowSpec) -> WorkflowSpec:
        """Return a workflow with the change."""
        return self._change(spec)

    def plant(self, workflow: type[Workflow[Any]]) -> None:
        """Change a class, and what settings make of it; for a process that does nothing else."""
        for kind in (workflow, *_derived(workflow)):
            plan, changed = plan_of(kind), compile_plan(self.planted_in(kind.spec))
            type.__setattr__(kind, "spec", changed.spec)
            # Whoever keeps the plan, as engines do, meets the change too.
            for name in ("spec", "events", "openers"):
                object.__setattr__(plan, name, getattr(changed, name))
        module: Any = declaring
        build = module.build

        def build_changed(owner: Any, hidden: Any) -> WorkflowSpec:
            spec: WorkflowSpec = build(owner, hidden)
            return self.planted_in(spec) if issubclass(owner, workflow) else spec

        module.build = build_changed


def _derived(workflow: type[Workflow[Any]]) -> Iterator[type[Workflow[Any]]]:
    for kind in workflow.__subclasses__():
        yield kind
        yield from _derived(kind)


def mutants(workflow: type[Workflow[Any]]) -> tuple[WorkflowMutant, ...]:
    """Return every change that can be planted in a workflow: in its events, then its deadlines."""
    of_events = (
        WorkflowMutant(name, field, _notice(event, zh, en), _in_event(name, change))
        for name, event in workflow.spec.events.items()
        for field, zh, en, change in _changes(workflow.spec, event)
    )
    of_deadlines = (
        WorkflowMutant("", field, _notice(deadline, zh, en), _in_deadline(name, change), name)
        for name, deadline in workflow.spec.deadlines.items()
        for field, zh, en, change in changes(deadline)
    )
    return (*of_events, *of_deadlines)


def _notice(where: EventSpec | DeadlineSpec, zh: str, en: str) -> Label:
    return Label(f"{where.zh}（{where.name}）:{zh}", f"{where.name}: {en}")


def _in_event(name: str, change: Change) -> Planted:
    return lambda spec: attrs.evolve(spec, events={**spec.events, name: change(spec.events[name])})


def _in_deadline(name: str, change: DeadlineChange) -> Planted:
    def planted(spec: WorkflowSpec) -> WorkflowSpec:
        others = {each: deadline for each, deadline in spec.deadlines.items() if each != name}
        changed = change(spec.deadlines[name])
        return attrs.evolve(spec, deadlines=others | ({name: changed} if changed else {}))

    return planted


_Found = tuple[str, str, str, Change]


def _changes(spec: WorkflowSpec, event: EventSpec) -> Iterator[_Found]:
    for place, transition in enumerate(event.transitions):
        yield from _of_transition(spec, place, transition)
    for place, guard in enumerate(event.guards):
        yield (
            "guard",
            f"去掉条件 {guard.code}",
            f"without the guard {guard.code}",
            _without_guard(place),
        )
    if event.effects:
        yield (
            "effects",
            "去掉后续",
            "without its effects",
            lambda each: attrs.evolve(each, effects=()),
        )
    if event.by:
        who = ", ".join(role.name if isinstance(role, Role) else SYSTEM.id for role in event.by)
        yield (
            "by",
            f"任何人都可以,不限 {who}",
            f"open to anyone, not to {who} alone",
            lambda each: attrs.evolve(each, by=()),
        )
    if event.update is not None:
        yield (
            "update",
            "数据不变",
            "leaves the data as they are",
            lambda each: attrs.evolve(each, update=_unchanged),
        )


def _unchanged(case: Case[Any], _payload: object, _context: Context) -> Any:
    return case.data


def _of_transition(spec: WorkflowSpec, place: int, transition: TransitionSpec) -> Iterator[_Found]:
    way = f"{transition.source} → {transition.target or transition.source}"
    yield "transition", f"去掉 {way}", f"without {way}", _without_transition(place)
    other = _another(spec, transition)
    if other is not None:
        yield (
            "target",
            f"{way} 改为去往 {other}",
            f"{way} leads to {other}",
            lambda each: _with_transition(each, place, target=other),
        )
    for position, guard in enumerate(transition.guards):
        rest = (*transition.guards[:position], *transition.guards[position + 1 :])
        yield (
            "guard",
            f"{way} 去掉条件 {guard.code}",
            f"{way} without the guard {guard.code}",
            _with_guards(place, rest),
        )


def _another(spec: WorkflowSpec, transition: TransitionSpec) -> str | None:
    """Return the state declared next, neither where it led nor where it came from."""
    if transition.target is None:
        return None
    target = spec.tree.entered(transition.target)
    states = spec.tree.all_leaves()
    start = states.index(target)
    turned = (*states[start + 1 :], *states[:start])
    source = None if transition.source == START.name else transition.source
    return next((state for state in turned if state != source), None)


def _with_transition(event: EventSpec, place: int, **changes: Any) -> EventSpec:
    transitions = list(event.transitions)
    transitions[place] = attrs.evolve(transitions[place], **changes)
    return attrs.evolve(event, transitions=tuple(transitions))


def _without_transition(place: int) -> Change:
    return lambda each: attrs.evolve(
        each, transitions=(*each.transitions[:place], *each.transitions[place + 1 :])
    )


def _without_guard(place: int) -> Change:
    return lambda each: attrs.evolve(each, guards=(*each.guards[:place], *each.guards[place + 1 :]))


def _with_guards(place: int, guards: Any) -> Change:
    return lambda each: _with_transition(each, place, guards=guards)
