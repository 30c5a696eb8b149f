"""The tree: where a page stands. Whoever changes it has taken the tree first, so that no two moves make a circle."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import Invalid, NotFound, atomic, dialect, execute, gettext
from plugins.wiki.models import Page
from plugins.wiki.services.links import take_tree

MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A free place: below which page, the path of that page, and after how many others."""

    parent_id: int | None
    path: str
    position: int


async def place_for(club_id: int, parent: Page | None) -> Place:
    """The last place below a page, or at the top; the tree is taken.

    Raises:
        NotFound: when the parent is gone.
        Invalid: when that would be too deep.
    """
    above = await _fresh_parent(club_id, parent)
    _refuse_depth(above.path.count("/") + 1 if above else 1)
    last = await Page.filter(club_id=club_id, parent_id=above.id if above else None).order_by("-position").first()
    return Place(above.id if above else None, above.path if above else "", last.position + 1 if last else 1)


async def move_page(page: Page, *, parent: Page | None, position: int = 0) -> None:
    """Put a page, with all below it, somewhere else in the tree.

    Args:
        page: which.
        parent: the page above it then; None for the top.
        position: its place there, from 1; 0 for the last.

    Raises:
        Invalid: when the parent is the page itself or below it, or the tree would get too deep.
        NotFound: when one of the two is gone.
    """
    async with atomic():
        await take_tree(page.club_id)
        moved = await Page.get_or_none(id=page.id, trashed_at=None)
        if moved is None:
            raise NotFound()
        above = await _fresh_parent(page.club_id, parent)
        if above is not None and above.path.startswith(moved.path):
            raise Invalid(gettext("A page cannot stand below itself."), field="parent")
        await _refuse_deep_subtree(moved, above)
        await graft(moved.club_id, moved.path, f"{above.path if above else ''}{moved.id}/")
        await Page.filter(id=moved.id).update(parent_id=above.id if above else None)
        await _order(moved, above, position)


async def place_of(page: Page) -> dict[str, str]:
    """Where a page stands now, as `PlaceInput` takes it: the slug of the page above it, and its place from 1."""
    above = await Page.get_or_none(id=page.parent_id or 0, trashed_at=None)
    before = Page.filter(club_id=page.club_id, parent_id=page.parent_id, trashed_at=None, position__lt=page.position)
    return {"parent": above.slug if above else "", "position": str(await before.count() + 1)}


async def graft(club_id: int, old: str, new: str) -> None:
    """Let all paths that begin with `old` begin with `new`."""
    one = dialect().param
    await execute(
        f"UPDATE wiki_page SET path = CAST({one(1)} AS TEXT) || SUBSTR(path, CAST({one(2)} AS INTEGER)) "
        f"WHERE club_id = {one(3)} AND path LIKE {one(4)}",
        [new, len(old) + 1, club_id, f"{old}%"],
    )


async def _fresh_parent(club_id: int, parent: Page | None) -> Page | None:
    if parent is None:
        return None
    found = await Page.get_or_none(id=parent.id, club_id=club_id, trashed_at=None)
    if found is None:
        raise NotFound(gettext("The page above it is not there any more."))
    return found


async def _refuse_deep_subtree(moved: Page, above: Page | None) -> None:
    paths = await Page.filter(club_id=moved.club_id, path__startswith=moved.path).values_list("path", flat=True)
    deepest = max(str(path).count("/") for path in paths) - moved.path.count("/")
    _refuse_depth((above.path.count("/") if above else 0) + 1 + deepest)


def _refuse_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Invalid(gettext("The tree can have at most %(most)s levels.", most=MAX_DEPTH), field="parent")


async def _order(moved: Page, above: Page | None, position: int) -> None:
    siblings = Page.filter(club_id=moved.club_id, parent_id=above.id if above else None, trashed_at=None)
    others = await siblings.exclude(id=moved.id).order_by("position", "title").only("id", "position")
    at = min(position, len(others) + 1) - 1 if position > 0 else len(others)
    ordered = [*others[:at], await Page.get(id=moved.id), *others[at:]]
    changed = [page for number, page in enumerate(ordered, 1) if page.position != number]
    for number, page in enumerate(ordered, 1):
        page.position = number
    if changed:
        await Page.bulk_update(changed, fields=["position"], batch_size=200)
