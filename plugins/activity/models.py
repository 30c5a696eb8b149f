"""What happened, and when each person last looked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model


class Happening(Model):
    """Something that somebody did in a club; it goes with the catalogue's row that it is about, which decides who sees it.

    `verb` is `published` or `changed`, or `joined` for a new member, who is the actor then. Changes of one item by one person
    within an hour are one row: `times` counts them, `event_id` is the first event and `heard` names the others, so that one
    that is told twice counts once.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="activity_happenings")
    content: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "spaces.Content", related_name="activity_happenings", null=True
    )
    actor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="activity_happenings", null=True, on_delete=fields.SET_NULL
    )
    verb = fields.CharField(max_length=10)
    at = fields.DatetimeField()
    began_at = fields.DatetimeField()
    times = fields.IntField(default=1)
    event_id = fields.CharField(max_length=36, unique=True)
    heard = fields.TextField(default="")

    if TYPE_CHECKING:
        club_id: int
        content_id: int | None
        actor_id: int | None

    class Meta:
        table = "activity_happening"
        indexes = (("club_id", "at"), ("actor_id", "at"), ("content_id", "at"))


class Look(Model):
    """When somebody last looked at the activity of a club, or of all their clubs where there is none; `before` is the time before
    that, which marks what is new.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="activity_looks")
    club: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "spaces.Club", related_name="activity_looks", null=True
    )
    at: datetime = fields.DatetimeField()
    before: datetime | None = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int
        club_id: int | None

    class Meta:
        table = "activity_look"
        indexes = (("user_id", "club_id"),)
