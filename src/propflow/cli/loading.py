"""Finding workflows: those that ship, and those of a module of the reader's own."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, TypeGuard, cast

from propflow.calendar import ServiceCalendar
from propflow.definition import Workflow
from propflow.definition.document import Definition
from propflow.errors import CannotLoad, InvalidDefinition
from propflow.runtime import Engine, Handlers
from propflow.testing import Monitor, Suite, suite_of

AnyWorkflow: TypeAlias = type[Workflow[Any]]


def shipped() -> dict[str, AnyWorkflow]:
    """Return the workflows that ship with propflow by name, in alphabetical order."""
    module = importlib.import_module("propflow.workflows")
    return {w.spec.name: w for w in sorted(_defined_in(module), key=lambda w: w.spec.name)}


def load_workflows(target: str) -> tuple[AnyWorkflow, ...]:
    """Return the workflows of ``MODULE`` or the one of ``MODULE:CLASS``.

    Args:
        target: The module as a dotted name or as the path of a ``.py`` file.

    Raises:
        CannotLoad: There is no such module or class, or importing it failed.
        InvalidDefinition: A workflow of the module cannot work.
    """
    name, kind = _parted(target)
    module = _imported(name)
    found = _defined_in(module)
    if not kind:
        if not found:
            raise CannotLoad(target, "it defines no workflow")
        return found
    chosen = getattr(module, kind, None)
    if not _is_workflow(chosen):
        known = ", ".join(workflow.__name__ for workflow in found) or "none"
        raise CannotLoad(target, f"{name} has no workflow {kind!r}; it has {known}")
    return (chosen,)


def load_monitor(target: str) -> tuple[Monitor[Any], tuple[AnyWorkflow, ...]]:
    """Return the monitor of ``MODULE:NAME``, and the workflows that its module knows.

    Those are the workflows that it defines or imports; all that ship if it has none.

    Raises:
        CannotLoad: There is no such module or monitor, or importing it failed.
    """
    name, kind = _parted(target)
    module = _imported(name)
    chosen = getattr(module, kind, None)
    if not _is_monitor(chosen):
        names = [key for key, value in vars(module).items() if _is_monitor(value)]
        known = ", ".join(f"{name}:{key}" for key in names) or "none"
        raise CannotLoad(target, f"it is no propflow.testing.Monitor; there is {known}")
    values = vars(module).values()
    workflows = tuple(dict.fromkeys(value for value in values if _is_workflow(value)))
    return chosen, workflows or tuple(shipped().values())


def calendars_beside(workflows: Iterable[AnyWorkflow]) -> dict[str, ServiceCalendar]:
    """Return the calendars that stand by a name in the modules of the workflows."""
    names = dict.fromkeys(workflow.__module__ for workflow in workflows)
    return _calendars_in(sys.modules[name] for name in names)


def _calendars_in(modules: Iterable[ModuleType]) -> dict[str, ServiceCalendar]:
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, ServiceCalendar)
    }


def load_engine(target: str) -> tuple[Engine, dict[str, ServiceCalendar]]:
    """Return the engine of ``MODULE:NAME``, and the calendars of the module and its workflows.

    Args:
        target: NAME is an `Engine`, or a function that makes one.

    Raises:
        CannotLoad: There is no such module or engine, or making it failed.
    """
    name, chosen = _parted(target)
    if not chosen:
        raise CannotLoad(target, "it names no engine; give MODULE:NAME")
    module = _imported(name)
    found = _named(module, chosen, target)
    if callable(found):
        try:
            found = found()
        except Exception as error:
            raise CannotLoad(target, f"calling it raised {_shown(error)}") from error
    if not isinstance(found, Engine):
        why = f"it is {type(found).__name__}, not an Engine or a function that makes one"
        raise CannotLoad(target, why)
    near = [sys.modules[w.__module__] for w in vars(module).values() if _is_workflow(w)]
    return found, _calendars_in([module, *near])


def load_handlers(target: str) -> Handlers:
    """Return the handlers of ``MODULE:NAME``, which a relay takes.

    Raises:
        CannotLoad: There is no such module, or no mapping of that name in it.
    """
    name, chosen = _parted(target)
    found = _named(_imported(name), chosen, target) if chosen else None
    if not isinstance(found, Mapping):
        raise CannotLoad(target, "it is no mapping of handlers; give MODULE:NAME")
    return cast("Handlers", found)


def load_workflow(target: str) -> AnyWorkflow:
    """Return a shipped workflow by name, or the one of ``MODULE:CLASS``.

    Raises:
        CannotLoad: There is no such workflow, or the module has several and none is named.
        InvalidDefinition: A workflow of the module cannot work.
    """
    ours = shipped()
    if target in ours:
        return ours[target]
    if target.isidentifier() and importlib.util.find_spec(target) is None:
        known = ", ".join(ours)
        raise CannotLoad(target, f"it is neither shipped ({known}) nor a module; try MODULE:CLASS")
    found = load_workflows(target)
    first, *others = found
    if others:
        known = ", ".join(f"{target}:{workflow.__name__}" for workflow in found)
        raise CannotLoad(target, f"it has several workflows; name one of {known}")
    return first


def load_suite(target: str) -> tuple[Suite[Any], bool]:
    """Return the suite of ``MODULE:NAME``, and whether its host wrote it.

    For a workflow, one's own or a shipped one, it is derived from the definition.

    Raises:
        CannotLoad: There is no such suite or workflow.
        InvalidDefinition: A workflow of the module cannot work.
        InvalidTrial: No payloads can be derived.
    """
    name, chosen = _parted(target)
    if chosen:
        found: Any = getattr(_imported(name), chosen, None)
        thing: object = found
        if isinstance(thing, Suite):
            return found, True
        if found is None:
            raise CannotLoad(target, f"{name} has no suite and no workflow {chosen!r}")
    return suite_of(load_workflow(target)), False


def load_definition(target: str) -> Definition:
    """Return the definition of a workflow, or the one that a ``.json`` file holds.

    Raises:
        CannotLoad: There is no such workflow or file, or the file holds no definition.
        InvalidDefinition: A workflow of the module cannot work.
    """
    if not target.endswith(".json"):
        return load_workflow(target).definition()
    try:
        return Definition.from_json(Path(target).read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotLoad(target, f"it cannot be read: {error.strerror}") from error
    except Exception as error:  # whatever reading it as JSON and as a definition raises
        raise CannotLoad(
            target, "it holds no definition, as definition().to_json() writes"
        ) from error


def where_raised(error: InvalidDefinition, target: str) -> str:
    """Return ``file:line`` of the class statement that was refused."""
    name, _ = _parted(target)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.name == "<module>"]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name


def _parted(target: str) -> tuple[str, str]:
    """Part ``MODULE:CLASS``; the colon of a drive letter belongs to the module."""
    module, colon, kind = target.rpartition(":")
    return (module, kind) if colon and kind.isidentifier() else (target, "")


def _imported(name: str) -> ModuleType:
    is_path = name.endswith(".py")
    if not is_path and not all(part.isidentifier() for part in name.split(".")):
        raise CannotLoad(name, "it is neither a dotted module name nor the path of a .py file")
    if is_path and not Path(name).is_file():
        raise CannotLoad(name, "there is no such file")
    # As `python -m` and `python path.py` do, so that the module finds what lies beside it.
    sys.path.insert(0, str(Path(name).resolve().parent) if is_path else str(Path.cwd()))
    try:
        return _import_file(Path(name)) if is_path else importlib.import_module(name)
    except InvalidDefinition:
        raise
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            raise CannotLoad(name, f"there is no module {error.name!r} here") from error
        raise CannotLoad(name, f"it imports {error.name!r}, which is not installed") from error
    except (Exception, SystemExit) as error:
        raise CannotLoad(name, f"importing it raised {_shown(error)}") from error
    finally:
        del sys.path[0]


def _named(module: ModuleType, name: str, target: str) -> object:
    if not hasattr(module, name):
        raise CannotLoad(target, f"there is no {name!r} in {module.__file__ or module.__name__}")
    found: object = getattr(module, name)
    return found


def _import_file(path: Path) -> ModuleType:
    name = path.stem
    while name in sys.modules:  # such as a file json.py, which must not hide the library
        if _is_of(sys.modules[name], path):
            return sys.modules[name]  # a second module of one file has other classes
        name += "_"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CannotLoad(str(path), "it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # attrs looks up annotations there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_of(module: ModuleType, path: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve() == path.resolve()


def _shown(error: BaseException) -> str:
    words = f"{type(error).__name__}: {error}".strip().rstrip(":")
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    return f"{words} ({frames[-1].filename}, line {frames[-1].lineno})"


def _defined_in(module: ModuleType) -> tuple[AnyWorkflow, ...]:
    """Return the workflows of a module, or of a package and the modules in it."""
    prefix = f"{module.__name__}."
    found = {
        value: None
        for value in vars(module).values()
        if _is_workflow(value) and f"{value.__module__}.".startswith(prefix)
    }
    return tuple(found)


def _is_workflow(value: object) -> TypeGuard[AnyWorkflow]:
    return inspect.isclass(value) and issubclass(value, Workflow) and value is not Workflow


def _is_monitor(value: object) -> TypeGuard[Monitor[Any]]:
    return isinstance(value, Monitor)
