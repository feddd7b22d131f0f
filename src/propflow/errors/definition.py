"""Errors about a definition, an event or a payload that cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from propflow.errors.root import Problem, Problems, PropflowError


class InvalidDefinition(Problems):
    """A workflow class that cannot work; `problems` names the place of each fault."""


class UnknownEvent(PropflowError):
    """An action names an event that its workflow does not have."""

    def __init__(self, workflow: str, event: str, known: Sequence[str]) -> None:
        self.workflow = workflow
        self.event = event
        self.known = tuple(known)
        super().__init__(f"{workflow} has no event {event!r}; it has {', '.join(known)}")


class InvalidPayload(Problems):
    """A payload that is not the event's; `problems` lists every field that is wrong."""

    def __init__(self, workflow: str, event: str, problems: Iterable[Problem]) -> None:
        self.workflow = workflow
        self.event = event
        super().__init__(f"the payload of {workflow}.{event}", problems)


class MissingFact(PropflowError):
    """A function reads a fact that it has not been given."""

    def __init__(self, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"the fact {fact!r} is not at hand; list it in Workflow.needs and answer it in "
            "Engine(facts=…); an update= may read no facts"
        )


class MissingSettings(PropflowError):
    """A function reads settings that its workflow does not declare."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(
            f"the workflow has no settings of class {kind}; declare "
            f"with_settings = Settings({kind})"
        )
