"""Comments, their earlier versions, what people say to them in one sign, and what holds for all comments of an item."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tortoise import fields
from tortoise.expressions import Q
from tortoise.models import Model

from cercle import N_


class Sign(NamedTuple):
    """A sign, and what it says (source language; translated when shown)."""

    picture: str
    label: str


LONGEST = 20_000
EXACT, AROUND = 1_000, 80
"""The longest passage, and how much of the text before and after it is kept."""
STATES = ("open", "locked", "off")

SIGNS = {
    "thumb": Sign("👍", N_("I agree")),
    "heart": Sign("❤️", N_("I like it")),
    "party": Sign("🎉", N_("Congratulations")),
    "smile": Sign("😄", N_("It makes me smile")),
    "think": Sign("🤔", N_("I wonder")),
    "eyes": Sign("👀", N_("I am looking at it")),
}
"""The signs with which people react to a comment, by the word that is stored; few, so that each has a meaning."""

LIVE = Q(removed_at=None, hidden_at=None)
SHOWN = LIVE | Q(answers__gt=0)
"""What lists show: comments that are there, and a stone where one was that others answered."""


class Comment(Model):
    """One comment on an item of any plugin.

    `thread` is the first comment of its thread, empty for that one itself; replies are flat, and `reply_to` says to which of
    them it replies. `answers` counts the comments that are there and reply to it (in the whole thread, for its first). The
    passage that it is about is a text quote selector (W3C Web Annotation Data Model, 4.2.4): `exact`, `prefix`, `suffix`.
    From `hidden_at` on a moderator, or the wait of new members' first items, keeps it from everybody.
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="comments_comments")
    plugin = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=40)
    object_id = fields.BigIntField()
    thread: fields.ForeignKeyNullableRelation[Comment] = fields.ForeignKeyField(
        "comments.Comment", related_name="replies", null=True
    )
    reply_to: fields.ForeignKeyNullableRelation[Comment] = fields.ForeignKeyField(
        "comments.Comment", related_name="direct_replies", null=True, on_delete=fields.SET_NULL
    )
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="comments_comments", null=True, on_delete=fields.SET_NULL
    )
    body = fields.TextField()
    body_html = fields.TextField()
    text = fields.TextField(default="")
    exact = fields.CharField(max_length=EXACT, default="")
    prefix = fields.CharField(max_length=AROUND, default="")
    suffix = fields.CharField(max_length=AROUND, default="")
    version = fields.IntField(default=1)
    answers = fields.IntField(default=0)
    is_answer = fields.BooleanField(default=False)
    created_at = fields.DatetimeField()
    edited_at: datetime | None = fields.DatetimeField(null=True)
    removed_at: datetime | None = fields.DatetimeField(null=True)
    removed_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="comments_removed", null=True, on_delete=fields.SET_NULL
    )
    hidden_at: datetime | None = fields.DatetimeField(null=True)
    resolved_at: datetime | None = fields.DatetimeField(null=True)
    resolved_by: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="comments_resolved", null=True, on_delete=fields.SET_NULL
    )
    locked_at: datetime | None = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        club_id: int
        thread_id: int | None
        reply_to_id: int | None
        author_id: int | None
        removed_by_id: int | None

    class Meta:
        table = "comments_comment"
        indexes = (
            ("plugin", "kind", "object_id", "id"),
            ("thread_id", "id"),
            ("club_id", "thread_id", "id"),
            ("author_id", "club_id"),
            ("reply_to_id",),
        )

    @property
    def root_id(self) -> int:
        """The number of the first comment of its thread."""
        return self.thread_id or self.id

    @property
    def is_live(self) -> bool:
        """Whether it is there for those who may see the item."""
        return self.removed_at is None and self.hidden_at is None

    @property
    def item(self) -> tuple[str, str, int]:
        """What it is about: plugin, kind and number."""
        return self.plugin, self.kind, self.object_id


class Revision(Model):
    """An earlier version of a comment, never changed. The latest one is the comment itself."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="comments_revisions")
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("comments.Comment", related_name="revisions")
    number = fields.IntField()
    body = fields.TextField()
    created_at = fields.DatetimeField()

    if TYPE_CHECKING:
        club_id: int
        comment_id: int

    class Meta:
        table = "comments_revision"
        unique_together = (("comment", "number"),)


class Reaction(Model):
    """What somebody says to a comment in one sign; `sign` is a word of `SIGNS`."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="comments_reactions")
    comment: fields.ForeignKeyRelation[Comment] = fields.ForeignKeyField("comments.Comment", related_name="reactions")
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="comments_reactions")
    sign = fields.CharField(max_length=10)

    if TYPE_CHECKING:
        club_id: int
        comment_id: int
        user_id: int

    class Meta:
        table = "comments_reaction"
        unique_together = (("comment", "user", "sign"),)


class ItemState(Model):
    """What moderators decided about all comments of an item: `locked` or `off`; no row where they are `open`."""

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="comments_item_states")
    plugin = fields.CharField(max_length=40)
    kind = fields.CharField(max_length=40)
    object_id = fields.BigIntField()
    state = fields.CharField(max_length=10)

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "comments_item_state"
        unique_together = (("plugin", "kind", "object_id"),)
