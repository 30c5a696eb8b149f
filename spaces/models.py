"""Clubs, memberships, invitations, plugin switches, grants and the content catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from core.accounts.viewer import initials

if TYPE_CHECKING:
    from core.accounts.models import User


class Club(Model):
    """A team space.

    `quota` (bytes, None for CERCLE_CLUB_QUOTA) and `member_limit` (None for as many as like) follow from the plans and are kept
    here so that nobody has to look further; `spaces.services.plans` is their only writer. `tabs` is what the club changed about
    its tabs, as `spaces.tabs` reads it; `landing` and `visitor_landing` name the plugin that members and others are led to
    first, "" for the club's home.
    """

    id = fields.IntField(primary_key=True)
    slug = fields.CharField(max_length=60, unique=True)
    name = fields.CharField(max_length=80)
    sort_name = fields.CharField(max_length=200, default="", db_default="")
    kind = fields.CharField(max_length=20, db_index=True)
    visibility = fields.CharField(max_length=10, default="listed")
    join_policy = fields.CharField(max_length=10, default="request")
    purpose = fields.CharField(max_length=300, default="")
    accent = fields.CharField(max_length=12, default="teal")
    cover_hash = fields.CharField(max_length=64, null=True)
    quota = fields.BigIntField(null=True)
    member_limit = fields.IntField(null=True)
    tabs = fields.TextField(default="", db_default="")
    landing = fields.CharField(max_length=40, default="", db_default="")
    visitor_landing = fields.CharField(max_length=40, default="", db_default="")
    storage_used = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    archived_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "spaces_club"
        indexes = (("visibility", "name"),)

    def __str__(self) -> str:
        return self.name

    @property
    def club_id(self) -> int:
        """A club is a thing in itself, so that `can(viewer, permission, club)` reads like any other."""
        return self.id

    @property
    def initials(self) -> str:
        """One or two letters for its mark."""
        return initials(self.name)

    @property
    def is_archived(self) -> bool:
        """Whether it can only be read."""
        return self.archived_at is not None

    @property
    def cover_url(self) -> str | None:
        """Its cover picture; the hash keeps the address new when the picture is."""
        return f"/c/{self.slug}/cover?v={self.cover_hash[:12]}" if self.cover_hash else None


class Membership(Model):
    """A user's place in a club."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="memberships")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="memberships")
    role = fields.CharField(max_length=30, default="member")
    joined_at = fields.DatetimeField(auto_now_add=True)
    visited_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        user_id: int

    class Meta:
        table = "spaces_membership"
        unique_together = (("club", "user"),)
        indexes = (("user_id", "club_id"), ("club_id", "role"))


class JoinRequest(Model):
    """Somebody who asks to become a member."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="join_requests")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="join_requests")
    message = fields.CharField(max_length=1000, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        club_id: int
        user_id: int

    class Meta:
        table = "spaces_join_request"
        unique_together = (("club", "user"),)


class Invitation(Model):
    """A way in: by a link that several may use, or by a mail to one address. Dies with its inviter's right."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="invitations")
    inviter: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="invitations")
    token_hash = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=254, default="")
    role = fields.CharField(max_length=30, default="member")
    note = fields.CharField(max_length=1000, default="")
    uses_left = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        inviter_id: int

    class Meta:
        table = "spaces_invitation"
        indexes = (("club_id", "id"),)


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


class Content(Model):
    """The catalogue: one row for each item of any plugin, written in the same transaction as the item itself.

    `state` is `draft`, `scheduled`, `published` or `trashed`; `audience` is `club` (whoever may read the plugin here), `site`
    (everybody signed in), `public`, `moderators` or `author`.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="contents")
    switch: fields.ForeignKeyRelation[ClubPlugin] = fields.ForeignKeyField("spaces.ClubPlugin", related_name="contents")
    plugin = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=40)
    object_id = fields.BigIntField()
    title = fields.CharField(max_length=250)
    summary = fields.CharField(max_length=400, default="")
    words = fields.TextField(default="")
    url = fields.CharField(max_length=600)
    author: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="contents", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=10, default="published")
    audience = fields.CharField(max_length=12, default="club")
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    published_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        author_id: int | None
        switch_id: int

    class Meta:
        table = "spaces_content"
        unique_together = (("plugin", "kind", "object_id"),)
        indexes = (
            ("club_id", "plugin", "updated_at"),
            ("club_id", "updated_at"),
            ("author_id", "updated_at"),
            ("updated_at",),
        )
