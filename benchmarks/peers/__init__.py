"""The peers, one module each; a module's `make` gives its contestant."""

from __future__ import annotations

PEERS: tuple[tuple[str, str, str], ...] = (
    ("transitions, flat", "transitions", "transitions_flat"),
    ("transitions, nested", "transitions", "transitions_nested"),
    ("viewflow.fsm", "django-viewflow", "viewflow_fsm"),
    ("django-fsm-2", "django-fsm-2", "django_fsm_2"),
    ("xstate-statemachine", "xstate-statemachine", "xstate"),
    ("python-statemachine", "python-statemachine", "python_statemachine"),
    ("sismic", "sismic", "sismic_chart"),
    ("SpiffWorkflow", "SpiffWorkflow", "spiff"),
    ("Automat", "Automat", "automat_machine"),
)
"""Name in the printed table, distribution, module of this package."""
