"""Finding workflows: those that ship, and those of a module of the reader's own."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, TypeGuard

from propflow.definition import Workflow
from propflow.errors import CannotLoad, InvalidDefinition

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


def _import_file(path: Path) -> ModuleType:
    name = path.stem
    while name in sys.modules:  # such as a file json.py, which must not hide the library
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
