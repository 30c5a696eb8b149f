"""Posts, their tags, their revisions, their former addresses and the files in their texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from cercle import Blobs

STATES = ("draft", "scheduled", "published", "trashed")
AUDIENCES = ("club", "site", "public")


class Post(Model):
    """A post: its latest text, the HTML made of it, and when it is out.

    `published_at` is the moment at which it is, was or will be out; for a scheduled one it equals `publish_at`. Whether a
    scheduled post is out is decided by that moment alone, whenever somebody reads. `lead` is the summary, or else the first
    words of the body; `text` holds all of them; `announced_at` says that its publication was told,
    `trashed_state` what it was before the trash. A post that invites to something says when that begins (`starts_at`), ends
    (`ends_at`) and where it is (`place`).
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="blog_posts")
    slug = fields.CharField(max_length=100)
    title = fields.CharField(max_length=200)
    summary = fields.CharField(max_length=400, default="")
    lead = fields.CharField(max_length=400, default="")
    body = fields.TextField(default="")
    body_html = fields.TextField(default="")
    text = fields.TextField(default="")
    words = fields.IntField(default=0)
    cover_hash = fields.CharField(max_length=64, null=True)
    cover_size = fields.IntField(default=0)
    cover_alt = fields.CharField(max_length=200, default="")
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="blog_posts", null=True, on_delete=fields.SET_NULL
    )
    state = fields.CharField(max_length=10, default="draft")
    trashed_state = fields.CharField(max_length=10, default="")
    audience = fields.CharField(max_length=10, default="club")
    publish_at: datetime | None = fields.DatetimeField(null=True)
    published_at: datetime | None = fields.DatetimeField(null=True)
    announced_at: datetime | None = fields.DatetimeField(null=True)
    trashed_at: datetime | None = fields.DatetimeField(null=True)
    starts_at: datetime | None = fields.DatetimeField(null=True)
    ends_at: datetime | None = fields.DatetimeField(null=True)
    place = fields.CharField(max_length=200, default="", db_default="")
    version = fields.IntField(default=1)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()

    blobs = (Blobs("cover_hash"),)

    if TYPE_CHECKING:
        club_id: int
        author_id: int | None

    class Meta:
        table = "blog_post"
        unique_together = (("club", "slug"),)
        indexes = (
            ("club_id", "published_at"),
            ("state", "published_at"),
            ("author_id", "club_id"),
            ("club_id", "starts_at"),
        )

    def __str__(self) -> str:
        return self.title

    def is_out(self, now: datetime | None = None) -> bool:
        """Whether its readers see it at this moment; now unless given."""
        return is_out(self.state, self.published_at, now)


class PostTag(Model):
    """A word that a post is filed under. `slug` is its form in addresses."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="blog_tags")
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField("blog.Post", related_name="tags")
    slug = fields.CharField(max_length=60)
    label = fields.CharField(max_length=40)

    if TYPE_CHECKING:
        club_id: int
        post_id: int

    class Meta:
        table = "blog_post_tag"
        unique_together = (("post", "slug"),)
        indexes = (("club_id", "slug"),)


class Revision(Model):
    """One version of a post, never changed. `tags` holds the labels, separated by commas."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="blog_revisions")
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField("blog.Post", related_name="revisions")
    number = fields.IntField()
    title = fields.CharField(max_length=200)
    summary = fields.CharField(max_length=400, default="")
    body = fields.TextField()
    tags = fields.CharField(max_length=500, default="")
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="blog_revisions", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()

    if TYPE_CHECKING:
        club_id: int
        post_id: int
        author_id: int | None

    class Meta:
        table = "blog_revision"
        unique_together = (("post", "number"),)


class Redirect(Model):
    """An address that a post had before."""

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="blog_redirects")
    slug = fields.CharField(max_length=100)
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField("blog.Post", related_name="redirects")

    if TYPE_CHECKING:
        club_id: int
        post_id: int

    class Meta:
        table = "blog_redirect"
        unique_together = (("club", "slug"),)


class Attachment(Model):
    """A picture or another file in the text of a post, which refers to it by an address with its random `key`.

    `post` is the first post that was saved with it, whose readers see it for good, for its old versions too. Without one
    its uploader alone does, until a job removes it; the same comes to those of a post that is deleted.
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="blog_attachments")
    post: fields.ForeignKeyNullableRelation[Post] = fields.ForeignKeyField(
        "blog.Post", related_name="attachments", null=True, on_delete=fields.SET_NULL
    )
    key = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=200)
    hash = fields.CharField(max_length=64)
    size = fields.BigIntField()
    content_type = fields.CharField(max_length=180)
    uploader: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="blog_attachments", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(auto_now_add=True)

    blobs = (Blobs("hash", size="size"),)

    if TYPE_CHECKING:
        club_id: int
        post_id: int | None
        uploader_id: int | None

    class Meta:
        table = "blog_attachment"
        indexes = (("post_id", "created_at"), ("club_id", "uploader_id"))


def is_out(state: str, published_at: datetime | None, now: datetime | None = None) -> bool:
    """Whether a post in this state is there for its readers at this moment; now unless given."""
    if state == "scheduled":
        return published_at is not None and published_at <= (now or datetime.now(UTC))
    return state == "published"
