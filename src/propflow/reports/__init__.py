"""For people: what definitions and cases look like on paper. Pure text, no terminal."""

from propflow.reports.diagram import Language, mermaid

__all__ = ["Language", "mermaid"]
