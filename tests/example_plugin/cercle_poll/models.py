"""A poll and the votes on it: facts, and questions about what is loaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model


class Poll(Model):
    """A question with its answers.

    Every row of a club carries the club. Whoever asked may leave the site; the poll stays with the club.
    """

    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name="poll_polls")
    author = fields.ForeignKeyField("accounts.User", related_name="poll_polls", null=True, on_delete=fields.SET_NULL)
    question = fields.CharField(max_length=200)
    answers = fields.JSONField[list[str]]()
    several = fields.BooleanField(default=False)
    named = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    voted_at = fields.DatetimeField(null=True)
    closes_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    removed_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        author_id: int | None
        voters: int

    class Meta:
        table = "poll_poll"
        indexes = (("club_id", "id"), ("closes_at",))

    @property
    def is_open(self) -> bool:
        """Whether it takes votes. The day it closes counts, also where the job that closes it comes late."""
        due = self.closes_at is not None and self.closes_at <= datetime.now(UTC)
        return self.closed_at is None and self.removed_at is None and not due


class Vote(Model):
    """What one person answered, as places in `Poll.answers`. The voter is empty once their account is gone."""

    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name="poll_votes")
    poll = fields.ForeignKeyField("poll.Poll", related_name="votes")
    voter = fields.ForeignKeyField("accounts.User", related_name="poll_votes", null=True, on_delete=fields.SET_NULL)
    chosen = fields.JSONField[list[int]]()

    if TYPE_CHECKING:
        club_id: int
        poll_id: int
        voter_id: int | None

    class Meta:
        table = "poll_vote"
        unique_together = (("poll", "voter"),)
