"""Reads of files and folders, always through their club; what is in the trash is absent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import F, Q
from tortoise.queryset import QuerySet

from cercle import Club, Invalid, NotFound, Select, Viewer, can, clean_filename, dialect, gettext, hidden_items, rows
from plugins.files.models import ROOT, Entry, Version, name_key
from plugins.files.permissions import ORGANISE

MAX_FOLDERS = 2000
MAX_VERSIONS = 100
SORTS = {"name": "sort_key", "size": "size", "updated": "updated_at"}
_COLUMNS = (
    *("id", "club_id", "is_file", "name", "sort_key", "parent_key", "version", "hash", "size", "content_type"),
    *("thumbnail_hash", "author_id", "created_at", "updated_at", "trashed_at"),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file or folder as lists show it, with its author's name; None for a former member."""

    id: int
    club_id: int
    is_file: bool
    name: str
    sort_key: str
    parent_key: int
    version: int
    hash: str
    size: int
    content_type: str
    thumbnail_hash: str | None
    author_id: int | None
    author_name: str | None
    created_at: datetime
    updated_at: datetime
    trashed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One folder on the way from the top down to something."""

    id: int
    name: str
    is_file: bool


@dataclass(frozen=True, slots=True)
class Order:
    """How a folder is sorted: folders first, then by one column, then by id.

    Args:
        column: one of `SORTS`.
        falling: from the largest to the smallest.
    """

    column: str = "sort_key"
    falling: bool = False

    @property
    def word(self) -> str:
        """As it stands in an address."""
        name = next(name for name, column in SORTS.items() if column == self.column)
        return f"-{name}" if self.falling else name


def order_of(word: str) -> Order:
    """The order that a word in an address asks for; by name when it is unknown."""
    column = SORTS.get(word.removeprefix("-"))
    return Order(column, word.startswith("-")) if column else Order()


async def list_folder(
    club: Club, folder: int, *, order: Order, limit: int, after: Sequence[str] | None = None
) -> list[Listed]:
    """What stands in a folder: one entry more than `limit` when there is more.

    Args:
        club: the club.
        folder: its id, 0 for the top; whoever calls knows that it is there.
        order: of the list.
        limit: how many.
        after: the values of `position` of the last entry before.
    """
    found = Entry.filter(club_id=club.id, parent_key=folder, slot=0)
    if after is not None:
        found = found.filter(_behind(order, after))
    minus = "-" if order.falling else ""
    return await _listed(found.order_by("is_file", minus + order.column, f"{minus}id").limit(limit + 1))


def position(entry: Listed, order: Order) -> tuple[str, str, str]:
    """Where an entry stands in a sorted folder, for a cursor."""
    value = getattr(entry, order.column)
    return str(int(entry.is_file)), value.isoformat() if isinstance(value, datetime) else str(value), str(entry.id)


async def get_entry(club: Club, id: int) -> Listed:
    """A file or folder of this club.

    Raises:
        NotFound: when there is none, or it is in the trash.
    """
    found = await _listed(Entry.filter(club_id=club.id, id=id, slot=0))
    if not found:
        raise NotFound()
    return found[0]


async def get_file(club: Club, id: int) -> Listed:
    """A file of this club; otherwise as `get_entry`."""
    entry = await get_entry(club, id)
    if not entry.is_file:
        raise NotFound()
    return entry


async def find_path(club: Club, names: Sequence[str]) -> Listed | None:
    """What stands at a path of names from the top, or None. Names are compared as `name_key` says."""
    parent: Listed | None = None
    for name in names:
        if parent is not None and parent.is_file:
            return None
        parent_key = parent.id if parent else ROOT
        key = name_key(clean_filename(name))
        found = await _listed(Entry.filter(club_id=club.id, parent_key=parent_key, slot=0, name_key=key))
        if not found:
            return None
        parent = found[0]
    return parent


async def trail(club: Club, id: int) -> list[Step]:
    """The way from the top down to an entry, the entry last.

    Raises:
        NotFound: when there is no such entry in this club, or it is in the trash.
    """
    words = dialect()
    sql = (
        "SELECT id, name, is_file FROM (WITH RECURSIVE up(id, name, is_file, parent_id, height) AS ("
        "SELECT id, name, is_file, parent_id, 0 FROM files_entry "
        f"WHERE id = {words.param(1)} AND club_id = {words.param(2)} AND slot = 0 "
        "UNION ALL SELECT e.id, e.name, e.is_file, e.parent_id, up.height + 1 FROM files_entry e "
        "JOIN up ON e.id = up.parent_id) SELECT id, name, is_file, height FROM up) found ORDER BY height DESC"
    )
    found = await rows(sql, [id, club.id])
    if not found:
        raise NotFound()
    return [Step(row["id"], row["name"], bool(row["is_file"])) for row in found]


async def below(club: Club, id: int) -> list[tuple[int, int]]:
    """Ids of the folders in and below a folder that are in use, with their depth below it; itself first, with 0."""
    words = dialect()
    sql = (
        "SELECT id, depth FROM (WITH RECURSIVE down(id, depth) AS (SELECT id, 0 FROM files_entry "
        f"WHERE id = {words.param(1)} AND club_id = {words.param(2)} AND slot = 0 "
        "UNION ALL SELECT e.id, down.depth + 1 FROM files_entry e JOIN down ON e.parent_id = down.id "
        f"WHERE e.slot = 0 AND e.is_file = {'false' if words.name == 'postgres' else '0'}) "
        "SELECT id, depth FROM down) found ORDER BY depth"
    )
    return [(row["id"], row["depth"]) for row in await rows(sql, [id, club.id])]


async def list_versions(club: Club, file_id: int) -> list[Version]:
    """The newest versions of a file with their authors, and with the file itself as `version.file`.

    Raises:
        NotFound: when there is no such file in this club, or it is in the trash.
    """
    found = Version.filter(file_id=file_id, file__club_id=club.id, file__slot=0)
    versions = await found.order_by("-number").limit(MAX_VERSIONS).select_related("author", "file", "file__author")
    if not versions:
        raise NotFound()
    return versions


async def get_version(club: Club, file_id: int, number: int) -> Version:
    """One version of a file, with the file as `version.file`; otherwise as `list_versions`."""
    found = Version.filter(file_id=file_id, number=number, file__club_id=club.id, file__slot=0)
    version = await found.select_related("file").first()
    if version is None:
        raise NotFound()
    return version


async def list_folders(club: Club) -> list[tuple[int, str]]:
    """All folders of a club as (id, path of names), in the order of the tree; at most 2,000."""
    found = Entry.filter(club_id=club.id, slot=0, is_file=False).order_by("sort_key").limit(MAX_FOLDERS)
    children: dict[int, list[tuple[int, str]]] = {}
    for id, parent, name in await found.values_list("id", "parent_key", "name"):
        children.setdefault(parent, []).append((id, name))
    paths: list[tuple[int, str]] = []
    waiting = [(id, name) for id, name in reversed(children.get(ROOT, []))]
    while waiting:
        id, path = waiting.pop()
        paths.append((id, path))
        waiting += [(child, f"{path} / {name}") for child, name in reversed(children.get(id, []))]
    return paths


async def list_trash(club: Club, viewer: Viewer, *, limit: int, after: Sequence[str] | None = None) -> list[Listed]:
    """What was put into the trash and the viewer may take out, newest first; one more than `limit` when there is more.

    Args:
        club: the club.
        viewer: who looks; people who may not organise see what is their own.
        limit: how many.
        after: when the last entry before was trashed, and its id.
    """
    found = in_trash(club)
    if not can(viewer, ORGANISE, club):
        found = found.filter(author_id=viewer.id)
    if after is not None:
        with _readable_cursor():
            when, id = datetime.fromisoformat(after[0]), int(after[1])
        found = found.filter(Q(trashed_at__lt=when) | Q(trashed_at=when, id__lt=id))
    return await _listed(found.order_by("-trashed_at", "-id").limit(limit + 1))


def in_trash(club: Club) -> QuerySet[Entry]:
    """What was put into the trash by itself, without what a moderator has hidden."""
    hidden = hidden_items(club.id, plugin="files", kind="file")
    return Entry.filter(club_id=club.id, slot=F("trash_root")).exclude(id__in=hidden)


async def get_trashed(club: Club, id: int) -> Listed:
    """What was put into the trash of this club; not what only went with it.

    Raises:
        NotFound: when there is no such thing.
    """
    found = await _listed(in_trash(club).filter(id=id))
    if not found:
        raise NotFound()
    return found[0]


def newest_files(club: Club, limit: int) -> Select:
    """Id, name and size of the files that changed last, for a panel."""
    sql = (
        f"SELECT id, name, size FROM files_entry WHERE club_id = {dialect().param(1)} AND slot = 0 AND is_file "
        f"ORDER BY updated_at DESC, id DESC LIMIT {int(limit)}"
    )
    return Select(("id", "name", "size"), sql, (club.id,))


def _behind(order: Order, after: Sequence[str]) -> Q:
    with _readable_cursor():
        is_file, value, id = bool(int(after[0])), _value(order, after[1]), int(after[2])
    beyond = "lt" if order.falling else "gt"
    same_kind = Q(**{f"{order.column}__{beyond}": value}) | Q(**{order.column: value, f"id__{beyond}": id})
    if is_file:
        return Q(is_file=True) & same_kind
    return Q(is_file=True) | (Q(is_file=False) & same_kind)


def _value(order: Order, text: str) -> Any:
    if order.column == "updated_at":
        return datetime.fromisoformat(text)
    return int(text) if order.column == "size" else text


@contextmanager
def _readable_cursor() -> Iterator[None]:
    try:
        yield
    except (ValueError, OverflowError):
        raise Invalid(gettext("after must be the value of next from the page before."), field="after") from None


async def _listed(found: Any) -> list[Listed]:
    values: Iterable[dict[str, Any]] = await found.values(*_COLUMNS, author_name="author__name")
    return [Listed(**row) for row in values]
