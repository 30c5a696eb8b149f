"""The engine's own tables: outbox, mail queue, blobs, settings, audit log, faults of plugins."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.models import Model


class OutboxEvent(Model):
    """A typed fact that was announced in a transaction, to be delivered at least once."""

    id = fields.UUIDField(primary_key=True)
    name = fields.CharField(max_length=80)
    club_id = fields.IntField(null=True)
    payload = fields.JSONField[dict[str, object]]()
    created_at = fields.DatetimeField(auto_now_add=True)
    claimed_until = fields.DatetimeField(null=True)
    delivered_at = fields.DatetimeField(null=True, db_index=True)

    class Meta:
        table = "core_outbox_event"


class Delivery(Model):
    """One event on its way to one plugin: kept until it has arrived, retried with back-off."""

    id = fields.BigIntField(primary_key=True)
    event: fields.ForeignKeyRelation[OutboxEvent] = fields.ForeignKeyField(
        "core.OutboxEvent", related_name="deliveries"
    )
    plugin = fields.CharField(max_length=40)
    attempts = fields.IntField(default=0)
    due_at = fields.DatetimeField(db_index=True)
    error = fields.CharField(max_length=500, default="")

    class Meta:
        table = "core_delivery"
        unique_together = (("event", "plugin"),)


class Mail(Model):
    """A message in the queue. The row is the truth; a job only hurries it.

    Those of one `bundle` that wait leave as one message: the first of them takes the others along, which then name it in
    `joined_id`. `facts` are the sender's own, for the last look before it leaves.
    """

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=120, unique=True)
    recipient = fields.CharField(max_length=254)
    subject = fields.CharField(max_length=200)
    text = fields.TextField()
    html = fields.TextField(default="")
    headers = fields.JSONField[dict[str, str]](default=dict)
    bundle = fields.CharField(max_length=40, default="", db_default="", db_index=True)
    joined_id = fields.BigIntField(null=True, db_index=True)
    facts = fields.JSONField[dict[str, Any]](null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    due_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    error = fields.CharField(max_length=500, default="")

    class Meta:
        table = "core_mail"
        indexes = (("sent_at", "due_at"),)


class Blob(Model):
    """A stored sequence of bytes, addressed by its SHA-256.

    `references` counts the rows that need it and changes only through `core.storage.hold` and `release`; it is -1 while the
    bytes are being deleted. `placed` says that the bytes are there: an upload writes the row first.
    """

    hash = fields.CharField(max_length=64, primary_key=True)
    size = fields.BigIntField()
    references = fields.IntField(default=0, db_index=True)
    placed = fields.BooleanField(default=True, db_default=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    unused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "core_blob"


class Setting(Model):
    """The values of one part in one scope: `site` (owner 0), `club` (a club's id) or `member` (a user's id)."""

    id = fields.BigIntField(primary_key=True)
    scope = fields.CharField(max_length=10)
    owner_id = fields.IntField(default=0)
    part = fields.CharField(max_length=40)
    values = fields.JSONField[dict[str, object]](default=dict)

    class Meta:
        table = "core_setting"
        unique_together = (("scope", "owner_id", "part"),)


class AuditEntry(Model):
    """Who changed which right, switch or setting, when, from what to what. Append-only: `core/append_only.py` has the database
    see to that.
    """

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField(auto_now_add=True)
    actor_id = fields.IntField(null=True)
    actor_name = fields.CharField(max_length=120, default="")
    club_id = fields.IntField(null=True)
    action = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=200, default="")
    before = fields.JSONField[dict[str, object]](default=dict)
    after = fields.JSONField[dict[str, object]](default=dict)

    class Meta:
        table = "core_audit_entry"
        indexes = (("club_id", "id"), ("actor_id", "id"), ("action", "id"), ("at",))


class Fault(Model):
    """A hook of a plugin that raised or took too long, so that an operator can read why."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField(auto_now_add=True)
    plugin = fields.CharField(max_length=40)
    club_id = fields.IntField(null=True)
    hook = fields.CharField(max_length=80)
    traceback = fields.TextField()

    class Meta:
        table = "core_fault"
        indexes = (("plugin", "club_id", "at"),)


class HookTiming(Model):
    """How often a plugin's implementation of a hook was called within an hour, and how long it took, over all processes."""

    id = fields.BigIntField(primary_key=True)
    plugin = fields.CharField(max_length=40)
    hook = fields.CharField(max_length=80)
    hour = fields.DatetimeField()
    calls = fields.IntField(default=0)
    faults = fields.IntField(default=0)
    seconds = fields.FloatField(default=0)
    slowest = fields.FloatField(default=0)

    class Meta:
        table = "core_hook_timing"
        unique_together = (("plugin", "hook", "hour"),)


class InstalledPart(Model):
    """A plugin that ran here, so that what it left can be named and erased when its package is gone.

    `blobs` lists, as [table, column, column of the size or ""], where its rows hold stored bytes.
    """

    name = fields.CharField(max_length=40, primary_key=True)
    title = fields.CharField(max_length=80, default="")
    version = fields.CharField(max_length=40, default="")
    package = fields.CharField(max_length=120, default="")
    blobs = fields.JSONField[list[list[str]]](default=list)
    seen_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "core_installed_part"


class Lease(Model):
    """Lets one of several processes do a scheduled job at a time: held until a moment, then free for all."""

    name = fields.CharField(max_length=80, primary_key=True)
    holder = fields.CharField(max_length=64)
    until = fields.DatetimeField()

    class Meta:
        table = "core_lease"
