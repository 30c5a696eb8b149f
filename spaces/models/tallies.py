"""Large numbers that a job counts, because nobody wants to wait for them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Tally(Model):
    """How many there were of something, when a job last counted. Only numbers that are large have a row; the others are counted
    when somebody asks.
    """

    name = fields.CharField(max_length=40, primary_key=True)
    value = fields.BigIntField()
    counted_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "spaces_tally"
