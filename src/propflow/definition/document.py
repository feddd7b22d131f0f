"""A definition as plain frozen data: equal after a trip through JSON, functions by their ids."""

from __future__ import annotations

import json
from typing import Any

import attrs

from propflow.definition import fields
from propflow.definition.actor import Actor
from propflow.definition.guard import Guard
from propflow.definition.role import Role
from propflow.definition.spec import EventSpec, WorkflowSpec


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

    def to_json(self) -> str:
        """Return the definition as JSON text, Chinese readable as it is."""
        import cattrs

        return json.dumps(cattrs.unstructure(self), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Definition:
        """Return the definition that `to_json` wrote, equal to the first.

        Raises:
            cattrs.BaseValidationError: The text is not a definition.
            json.JSONDecodeError: The text is not JSON.
        """
        import cattrs

        return cattrs.structure(json.loads(text), cls)


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


def _settings(settings: object) -> tuple[SettingDefinition, ...]:
    if settings is None:
        return ()
    from propflow.definition.payload import converter

    values: dict[str, Any] = converter().unstructure(settings)
    return tuple(
        SettingDefinition(name, json.dumps(value, ensure_ascii=False))
        for name, value in values.items()
    )
