"""Errors about what the command is given and cannot use."""

from __future__ import annotations

from propflow.errors.root import Problems, PropflowError


class MissingExtra(PropflowError):
    """An optional library is asked for that is not installed.

    Attributes:
        extra: The extra of propflow that brings it.
        package: The library.
    """

    def __init__(self, extra: str, package: str) -> None:
        self.extra = extra
        self.package = package
        super().__init__(f'{package} is not installed; run: pip install "propflow[{extra}]"')


class CannotLoad(PropflowError):
    """A module or class that holds workflows cannot be loaded; the cause is chained, if any."""

    def __init__(self, target: str, why: str) -> None:
        self.target = target
        super().__init__(f"cannot load {target}: {why}")


class InvalidDayFile(Problems):
    """A day file that cannot be run; `problems` names the place of each fault."""
