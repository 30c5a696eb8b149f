"""Clubs, who is in them, and the ways in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from core.accounts.viewer import initials

if TYPE_CHECKING:
    from core.accounts.models import Provider, User


class Club(Model):
    """A team space.

    `quota` (bytes, None for CERCLE_CLUB_QUOTA) and `member_limit` (None for as many as like) follow from the plans and are kept
    here so that nobody has to look further; `spaces.services.plans` is their only writer. `tabs` is what the club changed about
    its tabs, as `spaces.tabs` reads it; `landing` and `visitor_landing` name the plugin that members and others are led to
    first, "" for the club's home. `questions` are asked of whoever wants to join, as JSON. `note` is pinned to the home, as
    Markdown and as HTML. `purge_at` is when a deleted club's data goes; `active_at` is when something last happened in it.
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
    questions = fields.TextField(default="", db_default="")
    note = fields.TextField(default="", db_default="")
    note_html = fields.TextField(default="", db_default="")
    storage_used = fields.BigIntField(default=0)
    needs_factor = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    archived_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    purge_at = fields.DatetimeField(null=True)
    active_at = fields.DatetimeField(null=True)

    class Meta:
        table = "spaces_club"
        indexes = (("visibility", "name"), ("sort_name", "id"), ("active_at", "id"), ("purge_at",))

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


class ClubAddress(Model):
    """A word that a club had in its address before; it leads to the club as long as that is there."""

    slug = fields.CharField(max_length=60, primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="old_addresses")
    at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "spaces_club_address"


class Membership(Model):
    """A user's place in a club. `position` orders the clubs of a person; a muted one tells them nothing but what names them."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="memberships")
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="memberships")
    role = fields.CharField(max_length=30, default="member")
    joined_at = fields.DatetimeField(auto_now_add=True)
    visited_at = fields.DatetimeField(null=True)
    is_muted = fields.BooleanField(default=False, db_default=False)
    position = fields.IntField(default=0, db_default=0)
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "accounts.Provider", related_name="memberships", null=True, on_delete=fields.SET_NULL
    )

    if TYPE_CHECKING:
        club_id: int
        user_id: int
        provider_id: int | None

    class Meta:
        table = "spaces_membership"
        unique_together = (("club", "user"),)
        indexes = (("user_id", "club_id"), ("club_id", "role"))


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
    landing = fields.CharField(max_length=200, default="", db_default="")
    sent_at = fields.DatetimeField(null=True)
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
