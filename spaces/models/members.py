"""Who is in a club, who may not be, and the ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from core.accounts.models import Provider, User
    from spaces.models.clubs import Club


class Membership(Model):
    """A user's place in a club. `position` orders the clubs of a person; a muted one tells them nothing but what names them.

    From `expires_at` on it counts as none; `expiry_told_at` is when that was announced. `is_inherited` says that it follows from
    the club that this one is a group of. `came_by` is how they came: `founder`, `open`, `request`, `invitation`, `added`, `group`
    (at an identity provider), `parent` or `merge`; `invited_by` is who brought them. `steps_done_at` is when they put the first
    steps away.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="memberships")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="memberships")
    role = fields.CharField(max_length=30, default="member")
    joined_at = fields.DatetimeField(auto_now_add=True)
    visited_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    expiry_told_at = fields.DatetimeField(null=True)
    is_inherited = fields.BooleanField(default=False, db_default=False)
    came_by = fields.CharField(max_length=12, default="", db_default="")
    invited_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="brought", null=True, on_delete=fields.SET_NULL
    )
    steps_done_at = fields.DatetimeField(null=True)
    is_muted = fields.BooleanField(default=False, db_default=False)
    position = fields.IntField(default=0, db_default=0)
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "accounts.Provider", related_name="memberships", null=True, on_delete=fields.SET_NULL
    )

    if TYPE_CHECKING:
        club_id: int
        user_id: int
        invited_by_id: int | None
        provider_id: int | None

    class Meta:
        table = "spaces_membership"
        unique_together = (("club", "user"),)
        indexes = (("user_id", "club_id"), ("club_id", "role"), ("club_id", "joined_at"), ("expires_at",))


class Ban(Model):
    """Somebody who may not come back into a club, until a moment or for good."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="bans")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="bans")
    reason = fields.CharField(max_length=500, default="")
    decided_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="decided_bans", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(auto_now_add=True)
    until = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        user_id: int
        decided_by_id: int | None

    class Meta:
        table = "spaces_ban"
        unique_together = (("club", "user"),)


class JoinRequest(Model):
    """Somebody who asks to become a member. `answers` are theirs to the club's questions, as JSON; `question` is what a moderator
    wants to know besides, `reply` what they said to that.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="join_requests")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="join_requests")
    message = fields.CharField(max_length=1000, default="")
    answers = fields.TextField(default="", db_default="")
    question = fields.CharField(max_length=1000, default="", db_default="")
    asked_at = fields.DatetimeField(null=True)
    reply = fields.CharField(max_length=1000, default="", db_default="")
    replied_at = fields.DatetimeField(null=True)
    reminded_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        club_id: int
        user_id: int

    class Meta:
        table = "spaces_join_request"
        unique_together = (("club", "user"),)


class Invitation(Model):
    """A way in: by a link that several may use, or by a mail to one address. Dies with its inviter's right.

    `member_days` is for how long it makes a member, None for good.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="invitations")
    inviter: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="invitations")
    token_hash = fields.CharField(max_length=64, unique=True)
    email = fields.CharField(max_length=254, default="")
    role = fields.CharField(max_length=30, default="member")
    note = fields.CharField(max_length=1000, default="")
    landing = fields.CharField(max_length=200, default="", db_default="")
    sent_at = fields.DatetimeField(null=True)
    uses_left = fields.IntField(default=1)
    member_days = fields.IntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    withdrawn_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        inviter_id: int

    class Meta:
        table = "spaces_invitation"
        indexes = (("club_id", "id"),)


class GroupRule(Model):
    """Who is in a group at an identity provider is in this club, with this role; never as its owner."""

    id = fields.IntField(primary_key=True)
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "accounts.Provider", related_name="group_rules"
    )
    group = fields.CharField(max_length=200)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="group_rules")
    role = fields.CharField(max_length=30, default="member")

    if TYPE_CHECKING:
        provider_id: int
        club_id: int

    class Meta:
        table = "spaces_group_rule"
        unique_together = (("provider", "group", "club"),)
