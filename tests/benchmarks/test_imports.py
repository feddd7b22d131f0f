"""A library that is imported too early is named."""

from __future__ import annotations

from benchmarks.imports import imported_too_early


def test_a_library_imported_too_early_is_named() -> None:
    assert imported_too_early("pass") == []
    assert imported_too_early("import cattrs, transitions.core") == ["cattrs", "transitions"]
