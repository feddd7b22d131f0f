"""For hosts: try the laws on your own rule books, and your own tests too. Extra `testing`."""

from propflow.testing.book_laws import Law, scoring_laws
from propflow.testing.book_mutation import Mutant, MutationReport, mutate

__all__ = ["Law", "Mutant", "MutationReport", "mutate", "scoring_laws"]
