"""Errors about what an engine refuses, beside a refused step."""

from __future__ import annotations

from collections.abc import Sequence

from propflow.errors.root import Problems, PropflowError


class NotFound(PropflowError):
    """No case has this id, in the tenant that was asked."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        super().__init__(f"no case {case_id!r}; check the id, and the tenant of the engine")


class AmbiguousId(PropflowError):
    """Several tables hold a case with this id, and it was not said which workflow is meant."""

    def __init__(self, case_id: str, workflows: Sequence[str]) -> None:
        self.case_id = case_id
        self.workflows = tuple(workflows)
        super().__init__(
            f"there is a case {case_id!r} of each of {', '.join(workflows)}; give the case itself, "
            "as from get(id, Workflow), instead of its id"
        )


class Conflict(PropflowError):
    """Someone was faster: the case is not at the revision that the step was meant for."""

    def __init__(self, case_id: str, expected: int, actual: int | None) -> None:
        self.case_id = case_id
        self.expected = expected
        self.actual = actual
        found = "was changed meanwhile" if actual is None else f"is at {actual}"
        super().__init__(
            f"the case {case_id!r} {found}, not at revision {expected}; "
            "read it again and decide anew"
        )


class CaseExists(Conflict):
    """A case with the id to open exists already."""

    def __init__(self, case_id: str) -> None:
        super().__init__(case_id, 0, None)
        self.args = (f"a case {case_id!r} exists already; choose another id, or fire it instead",)


class KeyReused(PropflowError):
    """An idempotency key came back with another request than the first, or from another actor."""

    def __init__(self, key: str, case_id: str) -> None:
        self.key = key
        self.case_id = case_id
        super().__init__(
            f"the key {key!r} was used on case {case_id!r} for another request; make a new key for "
            "each request, and repeat it only with the same content and as the same actor"
        )


class InvalidArgument(PropflowError):
    """A call is given something else than it takes."""

    def __init__(self, name: str, value: object, why: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name}={value!r} {why}")


class InvalidId(InvalidArgument):
    """An id or key that cannot be stored."""


class InvalidRegistration(Problems):
    """Workflows that an engine cannot run; `problems` lists all of them."""


class CannotMigrate(Problems):
    """A case that has no place in the version to go to; `problems` says why, all at once."""


class CannotRedact(Problems):
    """A history that cannot be redacted so; `problems` says why, all at once."""


class UnknownWorkflow(PropflowError):
    """The engine has no such workflow, or not this version of it."""

    def __init__(self, workflow: str, version: int | None, known: Sequence[str]) -> None:
        self.workflow = workflow
        self.version = version
        self.known = tuple(known)
        what = workflow if version is None else f"{workflow} version {version}"
        super().__init__(
            f"the engine has no {what}; it has {', '.join(known) or 'none'}; "
            "register it: Engine(store, [...])"
        )


class EffectChainError(PropflowError):
    """Effects that open or fire further cases run in a cycle, or too deep.

    Attributes:
        chain: The steps that led there, as ``workflow.event on case``.
    """

    def __init__(self, why: str, chain: Sequence[str]) -> None:
        self.chain = tuple(chain)
        super().__init__(f"the effects {why}: {' → '.join(chain)}; nothing was changed")


class TenancyError(PropflowError):
    """An engine is used without the tenant it requires, or leaves the one it is scoped to."""
