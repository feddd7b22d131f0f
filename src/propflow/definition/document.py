"""A definition as plain frozen data: equal after a trip through JSON, functions by their ids."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import attrs

from propflow.definition import fields
from propflow.definition.actor import Actor
from propflow.definition.deadline import TimeLimit, as_duration
from propflow.definition.guard import Guard
from propflow.definition.payload import problems_of
from propflow.definition.role import Role
from propflow.definition.spec import DeadlineSpec, EventSpec, WorkflowSpec
from propflow.errors import InvalidDefinition


@attrs.frozen
class FieldDefinition:
    """One field of a payload or of the data: its type as it is written."""

    name: str
    type: str
    required: bool


@attrs.frozen
class ClassDefinition:
    """A payload or data class, named by module and qualified name."""

    id: str
    fields: tuple[FieldDefinition, ...]


@attrs.frozen
class StateDefinition:
    """One state."""

    name: str
    zh: str
    en: str
    final: bool
    within: str | None
    initial: bool
    source: str


@attrs.frozen
class GuardDefinition:
    """One guard; `function` is the id of its function."""

    code: str
    zh: str
    en: str
    source: str
    function: str
    takes_payload: bool


@attrs.frozen
class TransitionDefinition:
    """One transition; without a target it acts in place, with `previous` it leads back there."""

    source: str
    target: str | None
    guards: tuple[GuardDefinition, ...]
    previous: str | None


@attrs.frozen
class EventDefinition:
    """One event; `update` and `effects` are ids of functions, or the effects' own text."""

    name: str
    zh: str
    en: str
    source: str
    payload: ClassDefinition | None
    transitions: tuple[TransitionDefinition, ...]
    by: tuple[Role, ...]
    guards: tuple[GuardDefinition, ...]
    update: str | None
    history_only: tuple[str, ...]
    effects: tuple[str, ...]


@attrs.frozen
class RungDefinition:
    """One rung; `share` is a fraction such as ``4/5``, `offset` a duration as in a deadline."""

    share: str | None
    offset: str | None
    to: tuple[str, ...]


@attrs.frozen
class DeadlineDefinition:
    """One deadline; durations are of ISO 8601 in days and seconds, such as ``P7DT0S``.

    `after` and `at` are the id of a function where one decides. Of `unit` ``working_days`` the days
    are working days. With `begun_by` it counts from these events, and `states` are those that they
    lead to. `unset` names the setting that would hold its limit.
    """

    name: str
    zh: str
    en: str
    states: tuple[str, ...]
    after: str | None
    unit: str
    at: str | None
    fires: str | None
    rungs: tuple[RungDefinition, ...]
    pauses: tuple[str, ...]
    longest_pause: str | None
    acknowledged_by: tuple[str, ...]
    calendar: str | None
    notify_in: str | None
    source: str
    begun_by: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    unset: str = ""


@attrs.frozen
class SettingDefinition:
    """One setting and its value, as JSON text."""

    name: str
    value: str


@attrs.frozen
class Definition:
    """One version of a workflow, as data."""

    name: str
    version: int
    zh: str
    en: str
    doc: str
    data: ClassDefinition
    states: tuple[StateDefinition, ...]
    events: tuple[EventDefinition, ...]
    needs: tuple[str, ...]
    indexed: tuple[str, ...]
    settings: tuple[SettingDefinition, ...]
    deadlines: tuple[DeadlineDefinition, ...] = ()

    def to_json(self) -> str:
        """Return the definition as JSON text, Chinese readable as it is."""
        import cattrs

        return json.dumps(cattrs.unstructure(self), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """Return the definition that `to_json` wrote, equal to the first.

        Raises:
            InvalidDefinition: The text is not JSON, or what it holds is not a definition.
        """
        import cattrs

        try:
            return cattrs.structure(json.loads(text), cls)
        except Exception as error:  # whatever JSON, cattrs and the classes raise
            raise InvalidDefinition("the definition", problems_of(error)) from error


def describe(spec: WorkflowSpec) -> Definition:
    """Return a workflow as data."""
    return Definition(
        name=spec.name,
        version=spec.version,
        zh=spec.zh,
        en=spec.en,
        doc=spec.doc,
        data=_class(spec.data),
        states=tuple(
            StateDefinition(
                name=state.name,
                zh=state.zh,
                en=state.en,
                final=state.final,
                within=None if state.within is None else state.within.name,
                initial=state.initial,
                source=state.source,
            )
            for state in spec.states.values()
        ),
        events=tuple(_event(spec.name, event) for event in spec.events.values()),
        needs=tuple(fact.name for fact in spec.needs),
        indexed=spec.indexed,
        settings=_settings(spec.settings),
        deadlines=tuple(_deadline(spec.name, each) for each in spec.deadlines.values()),
    )


def _event(workflow: str, event: EventSpec) -> EventDefinition:
    place = f"{workflow}.{event.name}"
    return EventDefinition(
        name=event.name,
        zh=event.zh,
        en=event.en,
        source=event.source,
        payload=None if event.payload is None else _class(event.payload),
        transitions=tuple(
            TransitionDefinition(
                source=transition.source,
                target=transition.target,
                guards=tuple(_guard(place, guard) for guard in transition.guards),
                previous=transition.previous,
            )
            for transition in event.transitions
        ),
        by=tuple(
            Role(who.id, "系统", "System") if isinstance(who, Actor) else who for who in event.by
        ),
        guards=tuple(_guard(place, guard) for guard in event.guards),
        update=None if event.update is None else function_id(event.update, f"{place}.update"),
        history_only=event.history_only,
        effects=(function_id(event.effects, f"{place}.effects"),)
        if callable(event.effects)
        else tuple(repr(effect) for effect in event.effects),
    )


def _guard(place: str, guard: Guard[Any, Any]) -> GuardDefinition:
    return GuardDefinition(
        code=guard.code,
        zh=guard.zh,
        en=guard.en,
        source=guard.source,
        function=function_id(guard.function, f"{place}.guards.{guard.code}"),
        takes_payload=bool(guard.takes_payload),
    )


def function_id(function: Any, place: str) -> str:
    """Return ``module:qualified.name``, or the place where a lambda stands."""
    name: str = getattr(function, "__qualname__", "<lambda>")
    return place if name.endswith("<lambda>") else f"{function.__module__}:{name}"


def _class(kind: type) -> ClassDefinition:
    types = fields.types_of(kind)
    return ClassDefinition(
        id=f"{kind.__module__}:{kind.__qualname__}",
        fields=tuple(
            FieldDefinition(
                name=field.name,
                type=fields.shown(types[field.name]),
                required=field.default is attrs.NOTHING,
            )
            for field in attrs.fields(kind)
        ),
    )


def _deadline(workflow: str, deadline: DeadlineSpec) -> DeadlineDefinition:
    place = f"{workflow}.{deadline.name}"
    after = None if deadline.limit is None else _iso(deadline.limit)
    if deadline.limit_of is not None:
        after = function_id(deadline.limit_of, f"{place}.after")
    moment_of, longest = deadline.moment_of, deadline.longest_pause
    return DeadlineDefinition(
        name=deadline.name,
        zh=deadline.zh,
        en=deadline.en,
        states=deadline.states,
        after=after,
        unit=deadline.unit,
        at=None if moment_of is None else function_id(moment_of, f"{place}.at"),
        fires=deadline.event,
        rungs=tuple(
            RungDefinition(
                share=None if rung.share is None else str(rung.share),
                offset=None if rung.offset is None else _iso(as_duration(rung.offset)),
                to=rung.names,
            )
            for rung in deadline.rungs
        ),
        pauses=deadline.pauses,
        longest_pause=None if longest is None else _iso(longest),
        acknowledged_by=tuple(sorted(deadline.acknowledged_by)),
        calendar=None if deadline.calendar is None else str(deadline.calendar),
        notify_in=None if deadline.notify_in is None else str(deadline.notify_in),
        source=deadline.source,
        begun_by=deadline.begun_by,
        until=tuple(sorted(deadline.until)),
        unset=deadline.unset,
    )


def _iso(after: timedelta) -> str:
    fraction = f".{after.microseconds:06}" if after.microseconds else ""
    return f"P{after.days}DT{after.seconds}{fraction}S"


def _settings(settings: object) -> tuple[SettingDefinition, ...]:
    if settings is None:
        return ()
    names = [field.name for field in attrs.fields(cast("Any", type(settings)))]
    return tuple(SettingDefinition(name, _as_json(getattr(settings, name))) for name in names)


def _as_json(value: object) -> str:
    """Return a setting as JSON text; what JSON lacks, such as a calendar, by its words."""
    from propflow.definition.payload import converter

    if isinstance(value, TimeLimit):  # it may hold a calendar, or roles
        return json.dumps(str(value), ensure_ascii=False)
    try:
        return json.dumps(converter().unstructure(value), ensure_ascii=False)
    except TypeError:
        return json.dumps(str(value), ensure_ascii=False)
