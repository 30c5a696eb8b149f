"""Links between pages: remembering them, and making pages new whose links lead elsewhere now."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from tortoise.expressions import F

from cercle import Club, Invalid, atomic, current_app
from plugins.wiki.models import Attachment, Page, PageLink, Redirect, Tree
from plugins.wiki.queries import CHUNK
from plugins.wiki.rendering import Made, render_page, resolve

logger = logging.getLogger("cercle.wiki")

RENDER_JOB = "wiki.render_stale"
BATCH = 50


async def take_tree(club_id: int) -> None:
    """Let no other writer change this wiki until the running transaction ends. First of all in every transaction."""
    taking = Tree.filter(club_id=club_id)
    if not await taking.update(changes=F("changes") + 1):
        await Tree.bulk_create([Tree(club_id=club_id)], ignore_conflicts=True)
        await Tree.filter(club_id=club_id).update(changes=F("changes") + 1)


async def keep_links(page: Page, made: Made) -> None:
    """Remember where the text of a page links to."""
    wanted = set(made.targets)
    present = set(await PageLink.filter(source_id=page.id).values_list("target", flat=True))
    gone, new = sorted(present - wanted), sorted(wanted - present)
    for start in range(0, len(gone), CHUNK):
        await PageLink.filter(source_id=page.id, target__in=gone[start : start + CHUNK]).delete()
    await PageLink.bulk_create([PageLink(club_id=page.club_id, source_id=page.id, target=name) for name in new])


async def names_of(page: Page) -> set[str]:
    """The slug of a page and those it had before."""
    former = await Redirect.filter(page_id=page.id).values_list("slug", flat=True)
    return {page.slug, *map(str, former)}


async def mark_stale(club_id: int, names: Iterable[str], *, besides: int | None = None) -> None:
    """Ask for the HTML of all pages that link to one of these names to be made again, after the commit.

    Args:
        club_id: where.
        names: slugs.
        besides: the id of a page whose HTML is new already.
    """
    linking = PageLink.filter(club_id=club_id, target__in=sorted(names))
    sources = set(await linking.values_list("source_id", flat=True)) - {besides}
    ids = sorted(int(str(source)) for source in sources)
    for start in range(0, len(ids), CHUNK):
        await Page.filter(id__in=ids[start : start + CHUNK]).update(stale_at=datetime.now(UTC))
    if ids:
        await current_app().jobs.nudge(RENDER_JOB)


async def mark_changed_links(club: Club, page: Page, made: Made) -> None:
    """Ask for a page to be made again when one of its links came to lead elsewhere while it was rendered."""
    _, digest = await resolve(club, made.names)
    if digest != made.digest:
        await Page.filter(id=page.id).update(stale_at=datetime.now(UTC))
        await current_app().jobs.nudge(RENDER_JOB)


async def render_stale() -> None:
    """Make all pages new that wait for it. A page that changes meanwhile keeps its newer HTML."""
    last = 0
    while True:
        waiting = Page.filter(id__gt=last, trashed_at=None).exclude(stale_at=None).order_by("id").limit(BATCH)
        pages = await waiting.select_related("club")
        if not pages:
            return
        for page in pages:
            await _render_again(page)
        last = pages[-1].id


async def _render_again(page: Page) -> None:
    asked = Page.filter(id=page.id, version=page.version, stale_at=page.stale_at)
    files = await Attachment.filter(page_id=page.id, trashed_at=None)
    try:
        made = await render_page(page.club, page.body, files)
    except Invalid as error:
        logger.warning("Page %s of the wiki cannot be rendered any more: %s", page.id, error.message)
        await asked.update(stale_at=None)
        return
    async with atomic():
        await take_tree(page.club_id)
        done = await asked.update(body_html=made.html, toc=made.toc, links_digest=made.digest, stale_at=None)
        if done:
            await mark_changed_links(page.club, page, made)
