"""Scripts: the steps that lead to a failure, to be run, read and kept as a test."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs

from propflow.definition import SYSTEM, Action, Actor, Workflow
from propflow.definition.context import NO_FACTS
from propflow.definition.payload import converter
from propflow.testing.play import MOMENT, Played, Step, play
from propflow.testing.properties import Invariant, Monitor

D = TypeVar("D")

_PLAIN = frozenset(" ,.()[]/'-_=")


@attrs.frozen(eq=False)
class Ends:
    """The claim that a case can come to an end, with what may be tried for it."""

    actors: tuple[Actor, ...]
    payloads: tuple[Action[Any, Any], ...]
    abstract: Any


Claim: TypeAlias = Invariant[Any] | Monitor[Any] | Ends
"""What does not hold at the end of a script."""


@attrs.frozen(eq=False)
class Script(Generic[D]):
    """Some steps from the opening of a case on.

    Attributes:
        workflow: The definition.
        steps: The steps, the opening first.
        now: When all of them are taken, an aware datetime in UTC.
        facts: The host's answers by the names of the facts.
        claim: What does not hold after the last one, `None` if the last step itself breaks.
    """

    workflow: type[Workflow[D]]
    steps: tuple[Step[D], ...]
    now: datetime = MOMENT
    facts: Mapping[str, Any] = NO_FACTS
    claim: Claim | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        return " → ".join(f"{step.action.event} ({step.actor.id})" for step in self.steps)

    def play(self) -> Played[D]:
        """Play it, and return what came of it.

        Raises:
            FunctionRaised: A guard, update or effects function is broken.
        """
        steps = [(step.action, step.actor) for step in self.steps]
        return play(self.workflow, steps, now=self.now, facts=self.facts)

    def as_pytest(self) -> str:
        """Return the script as the text of a test that fails until the workflow is mended.

        The test runs as it stands where the workflow and what is claimed of it are names of
        modules; a name that stands in a function must be moved to one first.
        """
        return _Printer(self).text()

    def as_mermaid(self) -> str:
        """Return the script as Mermaid text of the kind ``sequenceDiagram``."""
        actors = dict.fromkeys(step.actor.id for step in self.steps)
        ids = {actor: f"a{place}" for place, actor in enumerate(actors)}
        lines = [f"actor {ids[actor]} as {_escaped(actor)}" for actor in actors]
        lines.append(f"participant case as {_escaped(self.workflow.spec.name)}")
        entries = self.play_as_far_as_it_goes().entries
        for place, step in enumerate(self.steps):
            lines.append(f"{ids[step.actor.id]}->>case: {_escaped(_said(step))}")
            if place < len(entries):
                lines.append(f"Note over case: {_escaped(entries[place].target)}")
        return "\n    ".join(["sequenceDiagram", *lines]) + "\n"

    def play_as_far_as_it_goes(self) -> Played[D]:
        """Play it, without its last step if that one breaks a function of the definition."""
        if self.claim is not None:
            return self.play()
        return attrs.evolve(self, steps=self.steps[:-1]).play()


def _said(step: Step[Any]) -> str:
    plain = _plain(step.action)
    shown = ", ".join(f"{name}={value!r}" for name, value in plain.items() if value)
    return f"{step.action.event}({shown})"


def _plain(action: Action[Any, Any]) -> dict[str, Any]:
    """Return a payload's fields for `Workflow.action`, without those at their default."""
    if action.payload is None:
        return {}
    kind = cast("Any", type(action.payload))
    written: dict[str, Any] = converter().unstructure(action.payload, unstructure_as=kind)
    return {
        field.name: written[field.name]
        for field in attrs.fields(kind)
        if field.name in written and getattr(action.payload, field.name) != field.default
    }


def _escaped(text: str) -> str:
    """Return the text with every character that may mean something to Mermaid as an entity."""
    return "".join(
        char if char.isalnum() or char in _PLAIN or not char.isascii() else f"#{ord(char)};"
        for char in " ".join(text.split())
    )


class _Printer(Generic[D]):
    """Writes one script as a test, collecting what it must import."""

    def __init__(self, script: Script[D]) -> None:
        self._script = script
        self._imports: dict[str, set[str]] = {}

    def text(self) -> str:
        script, spec = self._script, self._script.workflow.spec
        workflow = self._name(script.workflow)
        self._use("propflow.testing", "play")
        lines = [
            "played = play(",
            f"    {workflow},",
            "    [",
            *(
                f"        ({self._action(workflow, step.action)}, {self._actor(step.actor)}),"
                for step in script.steps
            ),
            "    ],",
            *self._conditions(),
            ")",
            *self._claim(workflow),
        ]
        imports = [
            f"    from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self._imports.items())
        ]
        title = re.sub(r"\W+", "_", f"{spec.name}_{self._about()}").strip("_").lower()
        body = "\n".join(f"    {line}" for line in lines)
        return "\n".join([f"def test_{title}():", *imports, "", body, ""])

    def _about(self) -> str:
        if isinstance(self._script.claim, Ends):
            return "can_end"
        if self._script.claim is not None:
            return self._script.claim.name
        return f"{self._script.steps[-1].action.event}_works"

    def _conditions(self) -> Iterator[str]:
        if self._script.now != MOMENT:
            self._use("datetime", "datetime")
            yield f"    now=datetime.fromisoformat({self._script.now.isoformat()!r}),"
        if self._script.facts:
            yield f"    facts={self._name(self._script.facts)},"

    def _claim(self, workflow: str) -> Iterator[str]:
        claim = self._script.claim
        if isinstance(claim, Ends):
            self._use("propflow.testing", "can_end")
            yield "assert played.case is None or can_end("
            yield f"    {workflow},"
            yield "    played.case,"
            yield f"    actors=[{', '.join(map(self._actor, claim.actors))}],"
            yield "    payloads=["
            for action in claim.payloads:
                yield f"        {self._action(workflow, action)},"
            yield "    ],"
            yield f"    abstract={self._name(claim.abstract)},"
            yield from self._conditions()
            yield ")"
        elif claim is not None:
            yield f"assert played.keeps({self._name(claim)})"

    def _action(self, workflow: str, action: Action[Any, Any]) -> str:
        plain = _plain(action)
        return f"{workflow}.action({action.event!r}{f', {plain!r}' if plain else ''})"

    def _actor(self, actor: Actor) -> str:
        self._use("propflow", "SYSTEM" if actor == SYSTEM else "Actor")
        if actor == SYSTEM:
            return "SYSTEM"
        return f"Actor({actor.id!r}, {sorted(actor.roles)!r})"

    def _use(self, module: str, name: str) -> None:
        self._imports.setdefault(module, set()).add(name)

    def _name(self, value: Any) -> str:
        module, name = _where(value)
        self._use(module, name)
        return name


def _where(value: Any) -> tuple[str, str]:
    """Return the module and the name under which a value can be imported, as well as one can say.

    A value that no loaded module names is taken to stand where it was written.
    """
    written = getattr(value, "function", getattr(value, "step", value))
    home = str(getattr(written, "__module__", "__main__"))
    others = sorted(sys.modules, key=lambda module: (module == "__main__", module))
    for module in (home, *others):
        for name, found in tuple(vars(sys.modules.get(module, object)).items()):
            if found is value:
                return module, name
    return home, str(getattr(written, "__name__", "VALUE"))
