"""The content catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from core.accounts.models import User
    from spaces.models.clubs import Club
    from spaces.models.switches import ClubPlugin


class Content(Model):
    """The catalogue: one row for each item of any plugin, written in the same transaction as the item itself.

    `state` is `draft`, `scheduled`, `published` or `trashed`; `audience` is `club` (whoever may read the plugin here), `site`
    (everybody signed in), `public`, `moderators` or `author`. From `hidden_at` on a moderator, or the wait of new members' first
    items (`is_on_trial`), keeps it from everybody else than its author and moderators.
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
    hidden_at = fields.DatetimeField(null=True)
    is_on_trial = fields.BooleanField(default=False, db_default=False)

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
