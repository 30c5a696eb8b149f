"""A poll and the votes on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model


class Poll(Model):
    """A question with its answers."""

    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name="poll_polls")
    author = fields.ForeignKeyField("accounts.User", related_name="poll_polls", null=True, on_delete=fields.SET_NULL)
    question = fields.CharField(max_length=200)
    choices = fields.JSONField[list[str]]()
    created_at = fields.DatetimeField(auto_now_add=True)
    closed_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        author_id: int | None

    class Meta:
        table = "poll_poll"
        indexes = (("club_id", "id"),)

    @property
    def is_open(self) -> bool:
        """Whether it still takes votes."""
        return self.closed_at is None


class Vote(Model):
    """What one person answered; a second vote replaces the first."""

    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name="poll_votes")
    poll = fields.ForeignKeyField("poll.Poll", related_name="votes")
    voter = fields.ForeignKeyField("accounts.User", related_name="poll_votes")
    choice = fields.IntField()

    if TYPE_CHECKING:
        club_id: int
        poll_id: int
        voter_id: int

    class Meta:
        table = "poll_vote"
        unique_together = (("poll", "voter"),)
