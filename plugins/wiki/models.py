"""Pages, their revisions, links, former names and attachments."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from cercle import Blobs

HOME = "home"


class Tree(Model):
    """One row for each club's wiki. Every writer takes it first, so that names and places in the tree change one at a
    time and a link never misses a page that is made at the same moment.
    """

    id = fields.IntField(primary_key=True)
    club: fields.OneToOneRelation[Any] = fields.OneToOneField("spaces.Club", related_name="wiki_tree")
    changes = fields.BigIntField(default=0)

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "wiki_tree"


class Page(Model):
    """A page: its latest text and the HTML made of it.

    `path` holds the ids from the top of the tree down to the page itself, such as `3/17/40/`. `version` is the number of
    its latest revision. `source` names the file it was imported from; `source_hash` and `source_version` say what of it
    was imported last. `stale_at` asks for the HTML to be made again.
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="wiki_pages")
    slug = fields.CharField(max_length=120)
    title = fields.CharField(max_length=200)
    body = fields.TextField(default="")
    body_html = fields.TextField(default="")
    toc: Any = fields.JSONField[list[Any]](default=list)
    parent: fields.ForeignKeyNullableRelation[Page] = fields.ForeignKeyField(
        "wiki.Page", related_name="children", null=True, on_delete=fields.SET_NULL
    )
    position = fields.IntField(default=0)
    path = fields.CharField(max_length=255, default="")
    version = fields.IntField(default=1)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="wiki_pages", null=True, on_delete=fields.SET_NULL
    )
    editor: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="wiki_edited_pages", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    trashed_at = fields.DatetimeField(null=True)
    trashed_slug = fields.CharField(max_length=120, default="")
    links_digest = fields.CharField(max_length=64, default="")
    stale_at = fields.DatetimeField(null=True, db_index=True)
    source = fields.CharField(max_length=1300, null=True)
    source_hash = fields.CharField(max_length=64, default="")
    source_version = fields.IntField(default=0)

    if TYPE_CHECKING:
        club_id: int
        parent_id: int | None
        author_id: int | None
        editor_id: int | None

    class Meta:
        table = "wiki_page"
        unique_together = (("club", "slug"),)
        indexes = (("parent_id", "position"), ("club_id", "title"))

    def __str__(self) -> str:
        return self.title

    @property
    def is_home(self) -> bool:
        """Whether it is the first page of the wiki."""
        return self.slug == HOME

    @property
    def ancestor_ids(self) -> list[int]:
        """The pages above it, from the top."""
        return path_ids(self.path)[:-1]


class Revision(Model):
    """One version of a page, never changed. `base` is the version that its author had before them."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="wiki_revisions")
    page: fields.ForeignKeyRelation[Page] = fields.ForeignKeyField("wiki.Page", related_name="revisions")
    number = fields.IntField()
    base = fields.IntField(default=0)
    title = fields.CharField(max_length=200)
    body = fields.TextField()
    message = fields.CharField(max_length=200, default="")
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="wiki_revisions", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField()

    if TYPE_CHECKING:
        club_id: int
        page_id: int
        author_id: int | None

    class Meta:
        table = "wiki_revision"
        unique_together = (("page", "number"),)
        indexes = (("club_id", "id"),)


class Redirect(Model):
    """Another name of a page: one it had before, or the title of the home page."""

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="wiki_redirects")
    slug = fields.CharField(max_length=120)
    page: fields.ForeignKeyRelation[Page] = fields.ForeignKeyField("wiki.Page", related_name="redirects")

    if TYPE_CHECKING:
        club_id: int
        page_id: int

    class Meta:
        table = "wiki_redirect"
        unique_together = (("club", "slug"),)


class PageLink(Model):
    """A `[[link]]` in the text of a page to a name, whether or not there is a page of that name."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="wiki_links")
    source: fields.ForeignKeyRelation[Page] = fields.ForeignKeyField("wiki.Page", related_name="links")
    target = fields.CharField(max_length=120)

    if TYPE_CHECKING:
        club_id: int
        source_id: int

    class Meta:
        table = "wiki_page_link"
        unique_together = (("source", "target"),)
        indexes = (("club_id", "target"),)


class Attachment(Model):
    """A file that belongs to a page. The text refers to it by `name`, addresses carry its random `key`.

    Without a page it waits for the one that its uploader is writing; until then nobody else sees it.
    """

    id = fields.IntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="wiki_attachments")
    page: fields.ForeignKeyNullableRelation[Page] = fields.ForeignKeyField(
        "wiki.Page", related_name="attachments", null=True
    )
    key = fields.CharField(max_length=32, unique=True)
    name = fields.CharField(max_length=200)
    hash = fields.CharField(max_length=64)
    size = fields.BigIntField()
    content_type = fields.CharField(max_length=180)
    uploader: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="wiki_attachments", null=True, on_delete=fields.SET_NULL
    )
    created_at = fields.DatetimeField(auto_now_add=True)
    trashed_at: datetime | None = fields.DatetimeField(null=True)

    blobs = (Blobs("hash", size="size"),)

    if TYPE_CHECKING:
        club_id: int
        page_id: int | None
        uploader_id: int | None

    class Meta:
        table = "wiki_attachment"
        unique_together = (("page", "name"),)


def path_ids(path: str) -> list[int]:
    """The ids in a path, from the top of the tree."""
    return [int(step) for step in path.split("/") if step]
