"""Clubs: where they were before, which roles they made, which of them go into another."""

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
    first, "" for the club's home. `questions` are asked of whoever wants to join, as JSON. `note` is pinned to the home, as
    Markdown and as HTML, by `note_by` at `note_at`. `purge_at` is when a deleted club's data goes; `active_at` is when something
    last happened in it, and `members_counted` how many belonged to it then; `ownerless_at` is when a job found that nobody owns
    it any more, and `offered_to` who has been asked since to take it over: "", `moderators`, or `members` as well.

    `parent` is the club that this one is a group of; with `inherits_members` whoever is in that one is in this one too, as
    `inherited_role`. The first `trial_items` items of a new member wait for a moderator. `successor` becomes the owner when no
    other is left, once `successor_agreed_at` is set. An `is_template` is one that everybody may found a club after.
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
    note_at = fields.DatetimeField(null=True)
    note_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="pinned_notes", null=True, on_delete=fields.SET_NULL
    )
    parent: fields.ForeignKeyNullableRelation[Club] = fields.ForeignKeyField(
        "spaces.Club", related_name="groups", null=True, on_delete=fields.SET_NULL
    )
    inherits_members = fields.BooleanField(default=False, db_default=False)
    inherited_role = fields.CharField(max_length=30, default="member", db_default="member")
    is_template = fields.BooleanField(default=False, db_default=False)
    trial_items = fields.IntField(default=0, db_default=0)
    successor: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="heir_of", null=True, on_delete=fields.SET_NULL
    )
    successor_agreed_at = fields.DatetimeField(null=True)
    storage_used = fields.BigIntField(default=0)
    needs_factor = fields.BooleanField(default=False, db_default=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    archived_at = fields.DatetimeField(null=True)
    deleted_at = fields.DatetimeField(null=True)
    purge_at = fields.DatetimeField(null=True)
    active_at = fields.DatetimeField(null=True)
    members_counted = fields.IntField(default=0, db_default=0)
    ownerless_at = fields.DatetimeField(null=True)
    offered_to = fields.CharField(max_length=10, default="", db_default="")

    if TYPE_CHECKING:
        note_by_id: int | None
        parent_id: int | None
        successor_id: int | None

    class Meta:
        table = "spaces_club"
        indexes = (
            ("visibility", "name"),
            ("sort_name", "id"),
            ("active_at", "id"),
            ("members_counted", "id"),
            ("storage_used", "id"),
            ("parent_id",),
            ("purge_at",),
            ("kind", "sort_name", "slug"),
        )

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


class ClubRole(Model):
    """A role that a club made for itself. Its `name` is that of the built-in role it is like, a dot and a word of its own, as in
    `member.treasurer`: what it may do where nobody decided, and how high it stands, follows from the name alone.
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="roles")
    name = fields.CharField(max_length=30)
    label = fields.CharField(max_length=60)
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "spaces_club_role"
        unique_together = (("club", "name"),)


class ClubMerge(Model):
    """A club that goes into another one. `step` is the last that is done, `counts` what was in both before, as JSON."""

    id = fields.IntField(primary_key=True)
    source: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="merged_into")
    target: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="merged_from")
    asked_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="merges", null=True, on_delete=fields.SET_NULL
    )
    step = fields.CharField(max_length=60, default="", db_default="")
    counts = fields.TextField(default="", db_default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    done_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        source_id: int
        target_id: int
        asked_by_id: int | None

    class Meta:
        table = "spaces_club_merge"
        indexes = (("done_at",), ("target_id", "done_at"))
