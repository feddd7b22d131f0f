"""Scripts: the steps that lead to a failure, to be run, read and kept as a test."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs

from propflow.definition import SYSTEM, Action, Actor, Workflow
from propflow.definition.context import NO_FACTS
from propflow.definition.payload import converter
from propflow.errors import FunctionRaised, InvalidPayload
from propflow.runtime.operations import FactProvider
from propflow.storage import OwningStore
from propflow.testing.play import MOMENT, Played, Step, play
from propflow.testing.properties import Invariant, Monitor
from propflow.testing.trial import Trial

D = TypeVar("D")

_PLAIN = frozenset(" ,.()[]/'-_=")


@attrs.frozen(eq=False)
class Ends:
    """The claim that a case can come to an end, with what may be tried for it."""

    trial: Trial[Any]
    abstract: Any


@attrs.frozen(eq=False)
class Ground:
    """What steps are taken on by `walk`: a store, and all that is claimed of cases in it."""

    store: Callable[[], OwningStore[Any]]
    invariants: tuple[Invariant[Any], ...] = ()
    monitors: tuple[Monitor[Any], ...] = ()
    beside: tuple[type[Workflow[Any]], ...] = ()
    facts: FactProvider | None = None


Claim: TypeAlias = Invariant[Any] | Monitor[Any] | Ends | Ground
"""What does not hold at the end of a script."""


@attrs.frozen(eq=False)
class Script(Generic[D]):
    """Some steps from the opening of a case on.

    Attributes:
        workflow: The definition.
        steps: The steps, the opening first.
        now: When the first of them is taken, an aware datetime in UTC.
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
        return " → ".join(
            f"{step.action.event} ({step.actor.id}{_when(step)})" for step in self.steps
        )

    def play(self) -> Played[D]:
        """Play it, and return what came of it.

        Raises:
            FunctionRaised: A guard, update or effects function is broken.
        """
        return play(self.workflow, self.steps, now=self.now, facts=self.facts)

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
        """Play it up to a step that breaks a function of the definition, if there is one."""
        for length in range(len(self.steps), 0, -1):
            try:
                return attrs.evolve(self, steps=self.steps[:length]).play()
            except (FunctionRaised, InvalidPayload):
                continue
        return Played(None, (), None)


def _said(step: Step[Any]) -> str:
    plain = _plain(step.action)
    shown = ", ".join(f"{name}={value!r}" for name, value in plain.items() if value)
    return f"{step.action.event}({shown}){_when(step)}"


def _when(step: Step[Any]) -> str:
    after = f", {step.after} later" if step.after else ""
    due = f", {step.deadline} is due" if step.deadline else ""
    return after + due + (f", said {step.late} late" if step.late else "")


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
        steps = [
            f"    {workflow},",
            "    [",
            *(f"        {self._step(workflow, step)}," for step in script.steps),
            "    ],",
        ]
        if isinstance(script.claim, Ground):
            lines = ["walk(", *steps, *self._ground(script.claim), *self._conditions(), ")"]
            self._use("propflow.testing", "walk")
        else:
            lines = ["played = play(", *steps, *self._conditions(), ")", *self._claim(workflow)]
            self._use("propflow.testing", "play")
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
        if isinstance(self._script.claim, Ground):
            return "walks"
        if self._script.claim is not None:
            return self._script.claim.name
        return f"{self._script.steps[-1].action.event}_works"

    def _conditions(self, *, now: bool = True) -> Iterator[str]:
        if now and self._script.now != MOMENT:
            self._use("datetime", "datetime")
            yield f"    now=datetime.fromisoformat({self._script.now.isoformat()!r}),"
        if self._script.facts:
            yield f"    facts={self._name(self._script.facts)},"

    def _claim(self, workflow: str) -> Iterator[str]:
        claim = self._script.claim
        if isinstance(claim, Ends):
            yield from self._can_end(workflow, claim)
        elif claim is not None:
            yield f"assert played.keeps({self._name(claim)})"

    def _can_end(self, workflow: str, claim: Ends) -> Iterator[str]:
        trial = claim.trial
        self._use("propflow.testing", "can_end")
        yield "assert played.case is None or can_end("
        yield f"    {workflow},"
        yield "    played.case,"
        yield f"    actors=[{', '.join(map(self._actor, trial.actors))}],"
        yield "    payloads=["
        for action in trial.payloads:
            yield f"        {self._action(workflow, action)},"
        yield "    ],"
        yield f"    abstract={self._name(claim.abstract)},"
        if trial.pauses:
            yield f"    pauses=[{', '.join(map(self._duration, trial.pauses))}],"
        if trial.deadlines is not None:
            yield f"    deadlines={[*trial.deadlines]!r},"
        if trial.timing is not None:
            yield "    history=played.entries,"
            if trial.timing.time_left != "exact":
                yield f"    time_left={trial.timing.time_left!r},"
        passes = bool(trial.pauses) or trial.timing is not None
        if passes:
            yield "    now=played.entries[-1].recorded_at,"
        yield from self._conditions(now=not passes)
        yield ")"

    def _ground(self, ground: Ground) -> Iterator[str]:
        yield f"    store={self._name(ground.store)},"
        for name in ("invariants", "monitors", "beside"):
            if values := getattr(ground, name):
                yield f"    {name}=[{', '.join(map(self._name, values))}],"
        if ground.facts is not None:
            yield f"    facts={self._name(ground.facts)},"

    def _step(self, workflow: str, step: Step[Any]) -> str:
        asked = f"{self._action(workflow, step.action)}, {self._actor(step.actor)}"
        more = [
            f", {name}={self._duration(value)}"
            for name, value in (("after", step.after), ("late", step.late))
            if value
        ]
        if step.deadline:
            more.append(f", deadline={step.deadline!r}")
        if not more:
            return f"({asked})"
        self._use("propflow.testing", "Step")
        return f"Step({asked}{''.join(more)})"

    def _duration(self, value: timedelta) -> str:
        self._use("datetime", "timedelta")
        return repr(value).removeprefix("datetime.")

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
