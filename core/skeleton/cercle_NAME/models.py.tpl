"""What is kept: notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model


class Note(Model):
    """A note: as it was written, the HTML made of it, and its plain words. `removed_at` takes it out of sight."""

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="<< name >>_notes")
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="<< name >>_notes", null=True, on_delete=fields.SET_NULL
    )
    title = fields.CharField(max_length=120)
    body = fields.TextField()
    body_html = fields.TextField()
    words = fields.TextField()
    created_at = fields.DatetimeField(auto_now_add=True)
    removed_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        author_id: int | None

    class Meta:
        table = "<< name >>_note"
        indexes = (("club_id", "id"),)
