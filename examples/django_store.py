"""Cases on Django's ORM, inside `transaction.atomic`: a step with the rows of a Django project.

In a project, the models and the store go into an app of its own, with migrations. Django brings no
types, so this file is not type-checked.

Run it, with Django 5.1 or newer: ``.venv/bin/python examples/django_store.py``. It writes
``django_cases.db`` where you are.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import django
from cattrs.preconf.json import make_converter
from django.conf import settings
from django.db import IntegrityError, OperationalError, connections, models, transaction
from django.db.models.functions import Collate

from propflow import Actor, Engine
from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage import Change, Message, Outcome, Query, Ref, Snapshot, StoredEntry
from propflow.workflows import Issue, roles

if not settings.configured:  # a project has settings of its own
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": "django_cases.db"}
    # A writer takes the lock of the file at once, and waits for it.
    options = {"OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20}}
    settings.configure(DATABASES={"default": sqlite | options}, USE_TZ=True)
    django.setup()

json = make_converter()

BYTE_ORDER = {"sqlite": "BINARY", "postgresql": "C"}


class Row(models.Model):
    """What belongs to a case of a tenant."""

    tenant = models.CharField(max_length=255)
    case_id = models.CharField(max_length=255)

    class Meta:
        abstract = True
        app_label = "propflow_store"

    def __str__(self) -> str:
        return f"{self.tenant}/{self.case_id}"


class CaseRow(Row):
    """A case as it stands."""

    workflow = models.CharField(max_length=255)
    version = models.IntegerField()
    state = models.CharField(max_length=255)
    previous = models.CharField(max_length=255, null=True)  # noqa: DJ001 - no state is no text
    data = models.TextField()
    revision = models.IntegerField()
    opened_at = models.DateTimeField()
    occurred_at = models.DateTimeField()

    class Meta(Row.Meta):
        unique_together = (("tenant", "case_id"),)
        indexes = (models.Index(fields=("tenant", "workflow", "opened_at", "case_id")),)


class EntryRow(Row):
    """A step, as JSON text."""

    revision = models.IntegerField()
    key = models.CharField(max_length=255, null=True)  # noqa: DJ001 - as many as like may have none
    body = models.TextField()

    class Meta(Row.Meta):
        unique_together = (("tenant", "case_id", "revision"), ("tenant", "key"))


class MessageRow(Row):
    """A message on its way out."""

    revision = models.IntegerField()
    index = models.IntegerField()
    kind = models.CharField(max_length=255)
    body = models.TextField()

    class Meta(Row.Meta):
        unique_together = (("tenant", "case_id", "revision", "index"),)


class ValueRow(Row):
    """A value of an indexed field; as a digest, because it may be of any length."""

    field = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)

    class Meta(Row.Meta):
        indexes = (models.Index(fields=("tenant", "field", "digest")),)


class TurnRow(Row):
    """Held by the transaction that relies on a search; `case_id` is the workflow."""

    class Meta(Row.Meta):
        unique_together = (("tenant", "case_id"),)


MODELS = (CaseRow, EntryRow, MessageRow, ValueRow, TurnRow)


class DjangoStore:
    """Keeps cases in tables of Django's; `Tx` is Django's connection."""

    def __init__(self, using: str = "default") -> None:
        self._using = using
        self._closed = False

    @contextmanager
    def begin(self, *, write: bool) -> Generator[Any]:
        """Open a transaction, which must be the outermost; a reader needs none."""
        if self._closed:
            raise StoreUnavailable("the store is closed; make a new one")
        connection = connections[self._using]
        if not write:
            yield connection
            return
        try:
            with transaction.atomic(using=self._using, durable=True):
                yield connection
        except OperationalError as error:
            raise StoreUnavailable(f"the database gave up: {error}; try it again") from error

    @contextmanager
    def join(self, handle: Any, *, write: bool) -> Generator[Any]:
        """Write inside the host's `transaction.atomic`, at a savepoint."""
        if getattr(handle, "alias", None) != self._using or not handle.in_atomic_block:
            raise InvalidArgument("handle", handle, "is not this database inside atomic()")
        with transaction.atomic(using=self._using):
            yield handle

    def close(self) -> None:
        """Refuse further use; the connections are Django's."""
        self._closed = True

    def load(self, tx: Any, refs: Sequence[Ref], *, lock: bool = False) -> list[Snapshot | None]:
        """Return the cases in the order asked for."""
        found: dict[Ref, Snapshot] = {}
        for tenant in {ref.tenant for ref in refs}:
            ids = sorted({ref.id for ref in refs if ref.tenant == tenant})
            rows = self._rows(CaseRow, tenant=tenant, case_id__in=ids).order_by("case_id")
            for row in rows.select_for_update() if lock else rows:
                found[Ref(tenant, row.case_id)] = _snapshot(row)
        return [found.get(ref) for ref in refs]

    def apply(self, tx: Any, changes: Sequence[Change], *, last: bool = False) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        return [self._apply(change) for change in changes]

    def _apply(self, change: Change) -> Outcome:
        of = {"tenant": change.snapshot.ref.tenant, "case_id": change.snapshot.ref.id}
        entry, case = change.entry, attrs_of(change.snapshot)
        step = {**of, "revision": entry.revision}
        try:
            with transaction.atomic(using=self._using):
                if change.expected == 0:
                    self._rows(CaseRow).create(**of, **case)
                elif not self._rows(CaseRow, revision=change.expected, **of).update(**case):
                    return Outcome.STALE
                self._rows(EntryRow).create(**step, key=entry.key, body=json.dumps(entry))
        except IntegrityError:
            return Outcome.DUPLICATE
        self._rows(MessageRow).bulk_create(
            MessageRow(**step, index=m.index, kind=m.kind, body=m.body) for m in change.messages
        )
        self._rows(ValueRow, **of).delete()
        self._rows(ValueRow).bulk_create(
            ValueRow(**of, field=field, digest=_digest(text)) for field, text in change.indexed
        )
        return Outcome.MOVED

    def history(self, tx: Any, ref: Ref, *, after: int = 0, limit: int = 1000) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        rows = self._rows(EntryRow, tenant=ref.tenant, case_id=ref.id, revision__gt=after)
        return [json.loads(row.body, StoredEntry) for row in rows.order_by("revision")[:limit]]

    def keyed(self, tx: Any, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        row = self._rows(EntryRow, tenant=tenant, key=key).first()
        return row and (Ref(tenant, row.case_id), json.loads(row.body, StoredEntry))

    def find(self, tx: Any, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        of = {"tenant": query.tenant}
        if lock:
            self._rows(TurnRow).select_for_update().get_or_create(**of, case_id=query.workflow)
        rows = self._rows(CaseRow, **of, workflow=query.workflow)
        rows = rows.annotate(place=Collate("case_id", BYTE_ORDER[tx.vendor]))
        if query.states is not None:
            rows = rows.filter(state__in=query.states)
        for field, text in query.where:
            values = self._rows(ValueRow, **of, field=field, digest=_digest(text))
            rows = rows.filter(case_id__in=values.values("case_id"))
        if query.after is not None:
            moment, case_id = query.after
            later = models.Q(opened_at=moment, place__gt=case_id)
            rows = rows.filter(models.Q(opened_at__gt=moment) | later)
        return [_snapshot(row) for row in rows.order_by("opened_at", "place")[: query.limit]]

    def outbox(self, tx: Any, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order."""
        rows = self._rows(MessageRow, tenant=ref.tenant, case_id=ref.id)
        ordered = rows.order_by("revision", "index")
        return [(row.revision, Message(row.index, row.kind, row.body)) for row in ordered]

    def _rows(self, model: type[Row], **of: Any) -> Any:
        return model.objects.using(self._using).filter(**of)


FIELDS = (
    *("workflow", "version", "state", "previous", "data", "revision"),
    *("opened_at", "occurred_at"),
)


def attrs_of(case: Snapshot) -> dict[str, Any]:
    """Return what the row of a case holds."""
    return {name: getattr(case, name) for name in FIELDS}


def _snapshot(row: CaseRow) -> Snapshot:
    return Snapshot(Ref(row.tenant, row.case_id), *(getattr(row, name) for name in FIELDS))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def create_tables(using: str = "default") -> None:
    """Create the tables, as the migrations of an app would."""
    with connections[using].schema_editor() as editor:
        for model in MODELS:
            editor.create_model(model)


def main() -> None:
    """Record an issue inside the host's `atomic`, and roll another one back."""
    create_tables()
    engine = Engine(DjangoStore(), [Issue])
    lin = Actor("lin", roles=[roles.inspector])
    with transaction.atomic():
        engine.joined(connections["default"]).start(
            Issue.record(place="地下车库", description="照明不亮"), by=lin
        )
    with transaction.atomic():
        engine.joined(connections["default"]).start(
            Issue.record(place="大堂", description="地砖破损"), by=lin
        )
        transaction.set_rollback(True)  # the host changes its mind
    for case in engine.find(Issue):
        print(case.state, case.data.place, [entry.event for entry in engine.history(case)])


if __name__ == "__main__":
    main()
