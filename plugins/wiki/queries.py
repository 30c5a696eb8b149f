"""Reading: one page with what stands around it, the tree, histories, names. Trashed pages are not there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cercle import Club, NotFound, Viewer, dialect, gettext, hidden_items, moment, rows, shown_column, sort_key
from plugins.wiki.models import HOME, Attachment, Page, Redirect, Revision, path_ids
from plugins.wiki.names import canonical, slug_of

TREE_LIMIT = 1000
AROUND_LIMIT = 100
CHUNK = 500
_COLUMNS = (
    "p.id, p.slug, p.title, p.path, p.version, p.author_id, p.club_id, p.created_at, p.updated_at, "
    f"a.name AS author_name, e.name AS editor_name, e.handle AS editor_handle, "
    f"{shown_column('photo_hash', 'e')} AS editor_photo"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it is shown, from one query."""

    id: int
    slug: str
    title: str
    path: str
    version: int
    author_id: int | None
    club_id: int
    created_at: datetime
    updated_at: datetime
    author_name: str | None
    editor_name: str | None
    editor_handle: str | None = None
    editor_photo: str | None = None
    parent_slug: str | None = None
    body: str = ""
    body_html: str = ""
    toc: tuple[tuple[int, str, str], ...] = ()

    @property
    def is_home(self) -> bool:
        """Whether it is the first page of the wiki."""
        return self.slug == HOME


@dataclass(slots=True)
class Leaf:
    """A page as a line of a tree or list."""

    id: int
    slug: str
    title: str
    parent_id: int | None = None
    children: list[Leaf] = field(default_factory=list)

    @property
    def facts(self) -> tuple[object, ...]:
        """What is shown of it and of those below it, to compare by."""
        return (self.id, self.slug, self.title, tuple(child.facts for child in self.children))


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as the page lists it."""

    key: str
    name: str
    size: int


@dataclass(slots=True)
class Around:
    """What stands around a page: the pages above and below it, those that link to it, its attachments, the tree."""

    above: list[Leaf] = field(default_factory=list)
    below: list[Leaf] = field(default_factory=list)
    linking: list[Leaf] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    tree: list[Leaf] = field(default_factory=list)

    @property
    def facts(self) -> tuple[object, ...]:
        """All of it, to compare by: what is rendered from equal facts reads the same."""
        leaves = (self.above, self.below, self.linking, self.tree)
        return (*(tuple(leaf.facts for leaf in some) for some in leaves), tuple(self.files))


async def find_page(club: Club, slug: str) -> Shown | None:
    """The page of this name with its HTML, its outline and the names of its authors; one query."""
    return await _find(club, slug, "p.body_html, p.toc, NULL AS parent_slug", "")


async def find_source(club: Club, slug: str) -> Shown | None:
    """The page of this name with its text, its HTML and its parent, as the API gives it; one query."""
    columns = "p.body, p.body_html, up.slug AS parent_slug"
    return await _find(club, slug, columns, "LEFT JOIN wiki_page up ON up.id = p.parent_id AND up.trashed_at IS NULL ")


async def _find(club: Club, slug: str, columns: str, joins: str) -> Shown | None:
    one = dialect().param
    found = await rows(
        f"SELECT {_COLUMNS}, {columns} FROM wiki_page p {joins}"
        "LEFT JOIN accounts_user a ON a.id = p.author_id LEFT JOIN accounts_user e ON e.id = p.editor_id "
        f"WHERE p.club_id = {one(1)} AND p.slug = {one(2)} AND p.trashed_at IS NULL",
        [club.id, slug],
    )
    return _shown(found[0]) if found else None


def _shown(row: dict[str, Any]) -> Shown:
    row["created_at"], row["updated_at"] = moment(row["created_at"]), moment(row["updated_at"])
    if "toc" in row:
        toc = json.loads(row["toc"]) if isinstance(row["toc"], str) else row["toc"]
        row["toc"] = tuple((level, id, text) for level, id, text in toc)
    return Shown(**row)


async def load_around(club: Club, page: Shown | None, *, tree: bool = False) -> Around:
    """What stands around a page, in one query.

    Args:
        club: where.
        page: the page; None for the tree alone.
        tree: also the whole tree, as far as `TREE_LIMIT` goes.
    """
    values: list[object] = []
    selects = [*(_selects(club, page, values) if page else ())]
    if tree:
        values += [club.id, TREE_LIMIT]
        selects.append(
            "SELECT 'tree' AS kind, id, slug, title, parent_id, 0 AS size, position AS place FROM wiki_page WHERE club_id = {} "
            "AND trashed_at IS NULL ORDER BY LENGTH(path) - LENGTH(REPLACE(path, '/', '')), position, title LIMIT {}"
        )
    sql = " UNION ALL ".join(f"SELECT * FROM ({select}) s{number}" for number, select in enumerate(selects))
    words = dialect()
    found = await rows(sql.format(*(words.param(number + 1) for number in range(len(values)))), values)
    return _gathered(found)


def _selects(club: Club, page: Shown, values: list[object]) -> Iterable[str]:
    above = path_ids(page.path)[:-1]
    if above:
        values += above
        marks = ", ".join("{}" for _ in above)
        yield (
            "SELECT 'above' AS kind, id, slug, title, parent_id, 0 AS size, LENGTH(path) AS place FROM wiki_page "
            f"WHERE id IN ({marks})"
        )
    values += [page.id, AROUND_LIMIT]
    yield (
        "SELECT 'below' AS kind, id, slug, title, parent_id, 0 AS size, position AS place FROM wiki_page "
        "WHERE parent_id = {} AND trashed_at IS NULL ORDER BY position, title LIMIT {}"
    )
    values += [club.id, page.slug, page.id, page.id, AROUND_LIMIT]
    yield (
        "SELECT DISTINCT 'linking' AS kind, p.id, p.slug, p.title, p.parent_id, 0 AS size, 0 AS place FROM wiki_page_link l "
        "JOIN wiki_page p ON p.id = l.source_id WHERE l.club_id = {} AND (l.target = {} OR l.target IN "
        "(SELECT slug FROM wiki_redirect WHERE page_id = {})) AND p.trashed_at IS NULL AND p.id <> {} ORDER BY p.title LIMIT {}"
    )
    values += [page.id, AROUND_LIMIT]
    yield (
        "SELECT 'file' AS kind, id, key AS slug, name AS title, CAST(NULL AS INTEGER) AS parent_id, size, 0 AS place "
        "FROM wiki_attachment WHERE page_id = {} AND trashed_at IS NULL ORDER BY name LIMIT {}"
    )


def _gathered(found: Sequence[dict[str, Any]]) -> Around:
    around = Around()
    for row in sorted(found, key=lambda row: (row["place"], sort_key(row["title"]))):
        if row["kind"] == "file":
            around.files.append(File(row["slug"], row["title"], row["size"]))
            continue
        leaf = Leaf(row["id"], row["slug"], row["title"], row["parent_id"])
        getattr(around, row["kind"]).append(leaf)
    around.tree = nested(around.tree)
    return around


def nested(leaves: Sequence[Leaf]) -> list[Leaf]:
    """The tops of the tree that these pages form; a page whose parent is not among them is a top."""
    by_id = {leaf.id: leaf for leaf in leaves}
    tops: list[Leaf] = []
    for leaf in leaves:
        parent = by_id.get(leaf.parent_id or 0)
        (parent.children if parent else tops).append(leaf)
    return sorted(tops, key=lambda leaf: leaf.slug != HOME)


async def load_tree(club: Club) -> list[Leaf]:
    """The whole tree, as far as `TREE_LIMIT` goes; one query."""
    return (await load_around(club, None, tree=True)).tree


async def get_page(club: Club, slug: str) -> Page:
    """The page of this name, or of one that it had before.

    Raises:
        NotFound: when there is none, or it is in the trash.
    """
    slug = canonical(slug)
    page = await Page.get_or_none(club_id=club.id, slug=slug, trashed_at=None)
    page = page or await Page.filter(redirects__club_id=club.id, redirects__slug=slug, trashed_at=None).first()
    if page is None:
        raise NotFound(gettext("There is no page of this name."))
    return page


async def find_moved(club: Club, slug: str) -> str | None:
    """The slug of the page that had this name before, or None."""
    moved = Redirect.filter(club_id=club.id, slug=slug, page__trashed_at=None)
    found = await moved.values_list("page__slug", flat=True)
    return str(found[0]) if found else None


async def find_trashed(club: Club, slug: str) -> Page | None:
    """The page that had this name when it was put into the trash last."""
    return await in_trash(club).filter(trashed_slug=slug).order_by("-trashed_at").first()


def in_trash(club: Club) -> QuerySet[Page]:
    """The pages in the trash, without those that a moderator has hidden."""
    found = Page.filter(club_id=club.id).exclude(trashed_at=None)
    return found.exclude(id__in=hidden_items(club.id, plugin="wiki", kind="page"))


async def get_trashed(club: Club, id: int, *, also_out: bool = False) -> Page:
    """A page in the trash; with `also_out` one that has left it, too.

    Raises:
        NotFound: when it is not there.
    """
    page = await in_trash(club).get_or_none(id=id)
    if page is None and also_out:
        page = await Page.get_or_none(club_id=club.id, id=id, trashed_at=None)
    if page is None:
        raise NotFound()
    return page


async def get_revision(page: Page, number: int) -> Revision:
    """One version of a page.

    Raises:
        NotFound: when there is no such version.
    """
    found = await Revision.filter(page_id=page.id, number=number).select_related("author").first()
    if found is None:
        raise NotFound()
    return found


async def get_attachment(club: Club, key: str, *, viewer: Viewer) -> Attachment:
    """An attachment of a page that is not in the trash, or one of the viewer's own that waits for its page.

    Raises:
        NotFound: when there is none.
    """
    if len(key) > 32 or not key.isalnum():
        raise NotFound()
    found = await Attachment.filter(club_id=club.id, key=key).select_related("page").first()
    own = found is not None and viewer.id is not None and found.uploader_id == viewer.id
    if found is None or not (found.page.trashed_at is None if found.page else own):
        raise NotFound()
    return found


async def titles_of(club_id: int, slugs: Collection[str]) -> dict[str, tuple[str, str]]:
    """Where these names lead: slug and title of the page that has the name, or had it before."""
    wanted, found = sorted(slugs), {}
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        moved = Redirect.filter(club_id=club_id, slug__in=some, page__trashed_at=None)
        for slug, now, title in await moved.values_list("slug", "page__slug", "page__title"):
            found[slug] = (now, title)
        pages = Page.filter(club_id=club_id, slug__in=some, trashed_at=None)
        for slug, title in await pages.values_list("slug", "title"):
            found[slug] = (slug, title)
    return found


async def search_titles(club: Club, words: str, limit: int) -> list[Leaf]:
    """Pages whose titles hold these words, whatever their accents; those that begin with them first."""
    words = words.replace("\0", "").strip()[:100]
    slug = slug_of(words)
    matching = Q(title__icontains=words) | Q(slug__contains=slug) if slug else Q(title__icontains=words)
    found = Page.filter(matching, club_id=club.id, trashed_at=None).order_by("title").limit(limit * 3)
    leaves = [Leaf(id, slug, title) for id, slug, title in await found.values_list("id", "slug", "title")]
    return sorted(leaves, key=lambda leaf: (not (slug and leaf.slug.startswith(slug)), sort_key(leaf.title)))[:limit]
