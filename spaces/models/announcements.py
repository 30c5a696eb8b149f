"""What operators announce to everybody."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Announcement(Model):
    """A sentence of the operators on every page, from a moment to a moment."""

    id = fields.IntField(primary_key=True)
    text = fields.CharField(max_length=500)
    tone = fields.CharField(max_length=10, default="info")
    url = fields.CharField(max_length=600, default="")
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField(null=True)
    created_by = fields.CharField(max_length=120, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "spaces_announcement"
        indexes = (("ends_at",),)
