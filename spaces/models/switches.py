"""What operators and owners decide: switches, policies, plans, rights, what is to be erased."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from spaces.models.clubs import Club


class ClubPlugin(Model):
    """A plugin's switch in one club.

    `state` is what the owner chose, `policy` what the operator decided for this club alone. `effective` follows from them and
    the policy of the club's kind, and `readers` from the grants; both are kept here so that lists stay one query
    (`spaces.switches` is the only writer). `effective` is `off`, `paused` (after faults), `read_only` or `on`.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="switches")
    plugin = fields.CharField(max_length=40)
    state = fields.CharField(max_length=10, null=True)
    policy = fields.CharField(max_length=15, null=True)
    policy_reason = fields.CharField(max_length=300, default="", db_default="")
    policy_by = fields.CharField(max_length=120, default="", db_default="")
    policy_at = fields.DatetimeField(null=True)
    effective = fields.CharField(max_length=10, default="off")
    readers = fields.CharField(max_length=400, default="")
    paused_at = fields.DatetimeField(null=True)
    paused_because = fields.CharField(max_length=500, default="")
    changed_at = fields.DatetimeField(auto_now=True)

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "spaces_club_plugin"
        unique_together = (("club", "plugin"),)
        indexes = (("plugin", "effective"),)


class PluginPolicy(Model):
    """What the operator decided about a plugin for a kind of club; kind "" stands for all kinds."""

    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=20, default="")
    plugin = fields.CharField(max_length=40)
    policy = fields.CharField(max_length=15)
    reason = fields.CharField(max_length=300, default="", db_default="")
    decided_by = fields.CharField(max_length=120, default="", db_default="")
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "spaces_plugin_policy"
        unique_together = (("kind", "plugin"),)


class ClubPlan(Model):
    """The limits that the operator set for a kind of club, or for one club above its kind; kind "" stands for all kinds.

    A limit that is None falls back to the next wider plan. `key` is the kind, or `#` and the id of the club.
    """

    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=20, unique=True)
    quota = fields.BigIntField(null=True)
    member_limit = fields.IntField(null=True)
    reason = fields.CharField(max_length=300, default="")
    decided_by = fields.CharField(max_length=120, default="")
    decided_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "spaces_club_plan"


class Erasure(Model):
    """Somebody's wish to erase what a plugin keeps in a club. Until `due_at` it can be taken back; then a job does it.

    `report` says afterwards how many rows of which table and how many bytes went. It outlives the club.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyNullableRelation[Club] = fields.ForeignKeyField(
        "spaces.Club", related_name="erasures", null=True, on_delete=fields.SET_NULL
    )
    club_name = fields.CharField(max_length=80)
    plugin = fields.CharField(max_length=40)
    asked_by = fields.CharField(max_length=120)
    asked_by_id = fields.IntField(null=True)
    asked_at = fields.DatetimeField(auto_now_add=True)
    due_at = fields.DatetimeField()
    export_hash = fields.CharField(max_length=64, null=True)
    export_size = fields.BigIntField(default=0)
    begun_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)
    withdrawn_by = fields.CharField(max_length=120, default="")
    report = fields.JSONField[dict[str, object]](default=dict)

    if TYPE_CHECKING:
        club_id: int | None

    class Meta:
        table = "spaces_erasure"
        indexes = (("club_id", "plugin"), ("done_at", "withdrawn_at", "due_at"))


class GrantOverride(Model):
    """A cell of a club's role x permission matrix that differs from the default."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="grants")
    role = fields.CharField(max_length=30)
    permission = fields.CharField(max_length=80)
    allowed = fields.BooleanField()

    class Meta:
        table = "spaces_grant_override"
        unique_together = (("club", "role", "permission"),)


class GrantLock(Model):
    """A cell that the operator fixed for all clubs."""

    id = fields.IntField(primary_key=True)
    role = fields.CharField(max_length=30)
    permission = fields.CharField(max_length=80)
    allowed = fields.BooleanField()

    class Meta:
        table = "spaces_grant_lock"
        unique_together = (("role", "permission"),)
