"""Django, configured just enough for the two peers that live in it; no database is touched."""

from __future__ import annotations

import django
from django.conf import settings


def get_ready() -> None:
    """Configure Django once in this process."""
    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
            USE_TZ=True,
        )
        django.setup()
