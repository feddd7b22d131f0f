"""What the building of a faulty class says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from propflow.errors import InvalidDefinition


def faults_of(make: Callable[[], object]) -> list[str]:
    """Return the problems, each as ``place: words``, that the class made there is refused for."""
    with pytest.raises(InvalidDefinition) as refused:
        make()
    return [str(problem) for problem in refused.value.problems]
