"""What a call of an engine is given, checked so that a slip is named where it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction, unwrap
from typing import Any, cast

from propflow.definition import Effect, Workflow
from propflow.errors import InvalidArgument
from propflow.runtime.backoff import Backoff
from propflow.storage import MemoryStore

_STORE = ("load", "apply", "history", "keyed", "find", "begin")


# What an engine is made of ------------------------------------------------------------------------


def check_store(store: object, *, awaits: bool) -> None:
    """Refuse what is no store, or a store of the other engine.

    Raises:
        InvalidArgument: It is none, or is awaited where the engine waits, or the reverse.
    """
    if any(not callable(getattr(store, name, None)) for name in _STORE):
        made = "AsyncSQLStore(…)" if awaits else "SQLStore(url) or MemoryStore()"
        raise InvalidArgument("store", store, f"is no store; give {made}")
    begin = unwrap(cast("Any", store).begin)
    if awaits:
        if isinstance(store, MemoryStore) or isgeneratorfunction(begin):
            why = "is a store that an Engine waits for; an AsyncEngine takes AsyncSQLStore(…)"
            raise InvalidArgument("store", store, why)
    elif isasyncgenfunction(begin) or iscoroutinefunction(cast("Any", store).load):
        raise InvalidArgument("store", store, "is awaited; give it to an AsyncEngine")


def check_workflows(workflows: object) -> tuple[type[Workflow[Any]], ...]:
    """Return the workflows that an engine is given.

    Raises:
        InvalidArgument: They are no list of classes of workflows.
    """
    if isinstance(workflows, type):
        why = f"is one class, not a list; give [{workflows.__name__}]"
        raise InvalidArgument("workflows", workflows, why)
    if not isinstance(workflows, Iterable) or isinstance(workflows, str):
        raise InvalidArgument("workflows", workflows, "is no list of workflows; give [Workflow, …]")
    given = tuple(cast("Iterable[object]", workflows))
    for each in given:
        check_workflow(each, "workflows")
    return cast("tuple[type[Workflow[Any]], ...]", given)


def check_clock(clock: object) -> None:
    """Refuse a moment for a clock, for every call asks what time it is.

    Raises:
        InvalidArgument: It cannot be called.
    """
    if not callable(clock):
        why = "cannot be called; give a function that returns the present as an aware datetime"
        raise InvalidArgument("clock", clock, why)


def check_tenancy(tenancy: object) -> None:
    """Refuse a misspelt tenancy, which would require nothing.

    Raises:
        InvalidArgument: It is neither of the two.
    """
    if tenancy not in {"optional", "required"}:
        raise InvalidArgument("tenancy", tenancy, "must be 'optional' or 'required'")


# What its calls are given -------------------------------------------------------------------------


def check_workflow(workflow: object, name: str = "workflow") -> None:
    """Refuse what is no workflow, such as its name.

    Raises:
        InvalidArgument: It is no class of a workflow.
    """
    if not _is_workflow(workflow):
        raise InvalidArgument(name, workflow, "is no workflow; give its class")


def _is_workflow(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Workflow) and value is not Workflow


def check_revision(revision: object) -> None:
    """Refuse a revision that no case can be at, which would be a conflict for ever.

    Raises:
        InvalidArgument: It is no whole number from 1 on.
    """
    if type(revision) is not int or revision < 1:
        why = "is no revision; give a whole number from 1 on, such as case.revision"
        raise InvalidArgument("expected_revision", revision, why)


def check_limit(limit: object) -> None:
    """Refuse a limit that is none.

    Raises:
        InvalidArgument: It is no whole number from 1 on.
    """
    if type(limit) is not int:
        raise InvalidArgument("limit", limit, "must be a whole number, at least 1")
    if limit < 1:
        raise InvalidArgument("limit", limit, "must be at least 1")


def check_text(name: str, value: object) -> None:
    """Refuse what is no text.

    Raises:
        InvalidArgument: It is of another type.
    """
    if not isinstance(value, str):
        raise InvalidArgument(name, value, f"is {type(value).__name__}, not text")


def check_steps(steps: object) -> Iterable[tuple[Any, Any]]:
    """Return the pairs of cases and actions that `fire_many` is given.

    Raises:
        InvalidArgument: They are no pairs.
    """
    if isinstance(steps, str) or not isinstance(steps, Iterable):
        raise InvalidArgument("steps", steps, "is no list; give [(case, action), …]")
    pairs: list[tuple[Any, Any]] = []
    for each in cast("Iterable[object]", steps):
        if not _is_pair(each):
            raise InvalidArgument("steps", each, "is no pair; give [(case, action), …]")
        case, action = cast("tuple[Any, Any]", each)
        pairs.append((case, action))
    return pairs


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(cast("tuple[Any, ...]", value)) == 2  # noqa: PLR2004 - a case and an action


def check_retry(retry: object) -> None:
    """Refuse what does not say how long to wait.

    Raises:
        InvalidArgument: It is no `Backoff`.
    """
    if not isinstance(retry, Backoff):
        raise InvalidArgument("retry", retry, "is no Backoff; give Backoff(attempts=…)")


def check_lease(lease: object) -> None:
    """Refuse a lease that ends at once, or has no unit.

    Raises:
        InvalidArgument: It is no positive timedelta.
    """
    if not isinstance(lease, timedelta) or lease <= timedelta():
        why = "must be a positive timedelta, such as timedelta(minutes=1)"
        raise InvalidArgument("lease", lease, why)


def check_handlers(handlers: object) -> None:
    """Refuse handlers that could not be found or called when a message comes.

    Raises:
        InvalidArgument: They are no mapping of effects to functions.
    """
    if not isinstance(handlers, Mapping):
        raise InvalidArgument("handlers", handlers, "is no mapping; give {Notify: function}")
    for kind, handler in cast("Mapping[object, object]", handlers).items():
        if isinstance(kind, str):
            if not kind.isidentifier():
                why = "names no class of an effect; give the class, or its name"
                raise InvalidArgument("handlers", kind, why)
        elif not _is_effect(kind):
            why = "is no class of an effect; give the class, such as Notify, or its name"
            raise InvalidArgument("handlers", kind, why)
        if not callable(handler):
            named = kind if isinstance(kind, str) else getattr(kind, "__name__", kind)
            why = f"is given for {named} and cannot be called; give a function of a Delivery"
            raise InvalidArgument("handlers", handler, why)


def _is_effect(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Effect)
