"""The trash: pages go in and come out again; after a time they are gone for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tortoise.expressions import F

from cercle import Club, NotFound, Viewer, announce, atomic, can, club_settings, forget_content, give_space, release
from plugins.wiki.events import PageRestored, PageTrashed
from plugins.wiki.models import Attachment, Page
from plugins.wiki.permissions import ORGANISE
from plugins.wiki.queries import in_trash
from plugins.wiki.services.links import mark_stale, names_of, take_tree
from plugins.wiki.services.naming import free_slug
from plugins.wiki.services.publishing import publish_page
from plugins.wiki.services.tree import graft, move_page, place_for
from plugins.wiki.settings import ClubSettings

BATCH = 100


async def trash_page(club: Club, page: Page, *, actor: Viewer) -> list[int]:
    """Put a page into the trash. The pages below it take its place; its name is free again. Answers their ids.

    Raises:
        NotFound: when somebody was faster.
    """
    now = datetime.now(UTC)
    async with atomic():
        await take_tree(club.id)
        current = await Page.get_or_none(id=page.id, trashed_at=None)
        if current is None:
            raise NotFound()
        below = Page.filter(parent_id=current.id, trashed_at=None).order_by("position", "title")
        children = [child.id for child in await below.only("id")]
        await _lift_children(current)
        await Page.filter(id=page.id).update(
            trashed_at=now, trashed_slug=current.slug, slug=f"{current.slug}~{current.id}", path=f"{current.id}/"
        )
        await mark_stale(club.id, {current.slug, *await names_of(current)}, besides=current.id)
        trashed = await Page.get(id=page.id)
        await publish_page(club, trashed, state="trashed")
        await announce(PageTrashed(club_id=club.id, actor_id=actor.id, page_id=page.id, title=page.title))
    return children


async def restore_page(
    club: Club, page: Page, *, actor: Viewer, position: int = 0, children: Sequence[int] = ()
) -> Page:
    """Take a page out of the trash, back to where it stood when that is still there. Answers it.

    Args:
        club: where.
        page: which.
        actor: who does it; only who may organise the wiki says where things stand.
        position: its place among its neighbours, from 1; 0 for the last.
        children: ids of pages that stood below it; those that took its place go back there.

    Raises:
        NotFound: when somebody was faster.
    """
    async with atomic():
        await take_tree(club.id)
        current = await Page.filter(id=page.id).exclude(trashed_at=None).first()
        if current is None:
            raise NotFound()
        parent = await Page.get_or_none(id=current.parent_id or 0, trashed_at=None)
        try:
            place = await place_for(club.id, parent)
        except NotFound:
            place = await place_for(club.id, None)
        await Page.filter(id=page.id).update(
            trashed_at=None,
            trashed_slug="",
            slug=await free_slug(club.id, current.trashed_slug, page=current),
            parent_id=place.parent_id,
            path=f"{place.path}{current.id}/",
            position=place.position,
            stale_at=datetime.now(UTC),
        )
        restored = await Page.get(id=page.id)
        await mark_stale(club.id, await names_of(restored))
        await publish_page(club, restored)
        if can(actor, ORGANISE, club):
            await _rearrange(restored, parent, position, children)
        await announce(PageRestored(club_id=club.id, actor_id=actor.id, page_id=page.id, title=page.title))
    return await Page.get(id=page.id)


async def empty_trash() -> None:
    """Erase pages and attachments that have been in the trash for longer than their club wants it.

    Where the wiki is off or can only be read, and in archived clubs, everything stays.
    """
    awake = {"deleted_at": None, "archived_at": None, "switches__plugin": "wiki", "switches__effective": "on"}
    pages = await Page.exclude(trashed_at=None).distinct().values_list("club_id", flat=True)
    files = await Attachment.exclude(trashed_at=None).distinct().values_list("club_id", flat=True)
    for club in await Club.filter(id__in={*pages, *files}, **awake):
        days = (await club_settings(club, ClubSettings)).trash_days
        if days:
            await _empty_until(club, datetime.now(UTC) - timedelta(days=days))


async def _empty_until(club: Club, before: datetime) -> None:
    while pages := await in_trash(club).filter(trashed_at__lt=before).limit(BATCH):
        for page in pages:
            await erase_page(page)
    while files := await Attachment.filter(club_id=club.id, trashed_at__lt=before).limit(BATCH):
        for file in files:
            await _erase_file(file)


async def _rearrange(page: Page, parent: Page | None, position: int, children: Sequence[int]) -> None:
    if position and page.parent_id == (parent.id if parent else None):
        await move_page(page, parent=parent, position=position)
    lifted = {
        child.id: child for child in await Page.filter(id__in=children, parent_id=page.parent_id, trashed_at=None)
    }
    for child in (lifted[id] for id in children if id in lifted and id != page.id):
        await move_page(child, parent=page)


async def _lift_children(page: Page) -> None:
    prefix = page.path.removesuffix(f"{page.id}/")
    below = Page.filter(parent_id=page.id, trashed_at=None)
    await below.update(parent_id=page.parent_id, position=F("position") + page.position)
    await graft(page.club_id, page.path, prefix)


async def erase_page(page: Page) -> None:
    """Delete a page for good, with its versions and files; nothing stands below it."""
    async with atomic():
        await take_tree(page.club_id)
        for file in await Attachment.filter(page_id=page.id).order_by("hash"):
            await release(file.hash)
            await give_space(file.club_id, file.size)
        await Page.filter(id=page.id).delete()
        await forget_content(plugin="wiki", kind="page", object_ids=[page.id])


async def _erase_file(file: Attachment) -> None:
    async with atomic():
        if await Attachment.filter(id=file.id).exclude(trashed_at=None).delete():
            await release(file.hash)
            await give_space(file.club_id, file.size)
