"""The tables of files: one for what stands in a folder, be it a folder or a file, and one for the versions of files.

Folders and files share a table so that one constraint keeps their names apart, one query lists them, and renaming, moving
and trashing are the same act for both.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from cercle import Blobs

ROOT = 0
_MAX_NAME_BYTES = 200


class Entry(Model):
    """A folder or a file. A file's row repeats what its current version says, so that lists stay one query; `wants_text` until
    the text inside that version can be found, or it is known that none can be read.

    `parent_key` is the id of the folder it is in, 0 at the top: unlike `parent` it is never NULL, so the unique
    constraint holds at the top too. `slot` is 0 while the entry is in use and its own id in the trash, which frees the
    name. `trash_root` is the entry that was put into the trash, for it and for everything that went with it.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="files_entries")
    parent: fields.ForeignKeyNullableRelation[Entry] = fields.ForeignKeyField(
        "files.Entry", related_name="children", null=True, on_delete=fields.RESTRICT
    )
    parent_key = fields.BigIntField(default=ROOT)
    slot = fields.BigIntField(default=0)
    is_file = fields.BooleanField()
    name = fields.CharField(max_length=200)
    name_key = fields.CharField(max_length=600)
    sort_key = fields.CharField(max_length=200)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="files_entries", null=True, on_delete=fields.SET_NULL
    )
    version = fields.BigIntField(default=0)
    hash = fields.CharField(max_length=64, default="")
    size = fields.BigIntField(default=0)
    content_type = fields.CharField(max_length=180, default="")
    thumbnail_hash = fields.CharField(max_length=64, null=True)
    wants_text = fields.BooleanField(default=False, db_default=False, db_index=True)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    trashed_at: datetime | None = fields.DatetimeField(null=True)
    trash_root = fields.BigIntField(null=True)

    if TYPE_CHECKING:
        club_id: int
        parent_id: int | None
        author_id: int | None

    class Meta:
        table = "files_entry"
        unique_together = (("club", "parent_key", "slot", "name_key"),)
        indexes = (
            ("club_id", "parent_key", "slot", "is_file", "sort_key"),
            ("club_id", "trash_root"),
            ("parent_id",),
        )

    def __str__(self) -> str:
        return self.name


class Version(Model):
    """The bytes of a file at one time. `again_of` is the number of the older version that it brought back, 0 for none;
    `wants_thumbnail` until a small picture was made of it, or cannot be.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="files_versions")
    file: fields.ForeignKeyRelation[Entry] = fields.ForeignKeyField("files.Entry", related_name="versions")
    number = fields.BigIntField()
    hash = fields.CharField(max_length=64, db_index=True)
    size = fields.BigIntField()
    content_type = fields.CharField(max_length=180)
    again_of = fields.BigIntField(default=0)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="files_versions", null=True, on_delete=fields.SET_NULL
    )
    thumbnail_hash = fields.CharField(max_length=64, null=True)
    wants_thumbnail = fields.BooleanField(default=False, db_index=True)
    created_at = fields.DatetimeField()

    blobs = (Blobs("hash", size="size"), Blobs("thumbnail_hash"))

    if TYPE_CHECKING:
        club_id: int
        file_id: int
        author_id: int | None

    class Meta:
        table = "files_version"
        unique_together = (("file", "number"),)
        indexes = (("club_id", "id"),)


def name_key(name: str) -> str:
    """What decides whether two names are the same: letter case and the way accents are written do not count."""
    return unicodedata.normalize("NFC", name.casefold())[:600]


def numbered(name: str, number: int) -> str:
    """`report.pdf` as `report (2).pdf`, for a name that is taken; the ending stays."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 20:
        stem, dot, ending = name, "", ""
    mark = f" ({number})"
    room = _MAX_NAME_BYTES - len((mark + dot + ending).encode())
    return stem.encode()[:room].decode(errors="ignore") + mark + dot + ending
