"""Searches that people keep. The index itself has tables of its own, see `index/tables.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model


class SavedSearch(Model):
    """A search that somebody keeps, and may be told of when there is something new.

    `filters` holds what narrows it down, by the names of the page's address. `alert_since` is when they asked to be told; empty
    while they did not. `looked_at` is when the job last looked.
    """

    id = fields.IntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="search_saved")
    query = fields.CharField(max_length=200)
    filters: Any = fields.JSONField(default=dict)
    alert_since = fields.DatetimeField(null=True)
    looked_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "search_saved"
        indexes = (("user_id", "id"), ("looked_at",))

    @property
    def tells(self) -> bool:
        """Whether its owner is told of what is new."""
        return self.alert_since is not None


class Told(Model):
    """Something that the owner of a saved search has been told of: once, however often it changes."""

    id = fields.BigIntField(primary_key=True)
    saved: fields.ForeignKeyRelation[SavedSearch] = fields.ForeignKeyField("search.SavedSearch", related_name="told")
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="search_told_in")
    content: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Content", related_name="search_told")

    if TYPE_CHECKING:
        saved_id: int
        club_id: int
        content_id: int

    class Meta:
        table = "search_told"
        unique_together = (("saved_id", "content_id"),)
