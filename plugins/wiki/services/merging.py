"""When a club goes into another one: pages whose name is taken there get another one, and links go on leading to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cercle import Club, MergeStep, current_app, dialect, execute, gettext, rows
from plugins.wiki.models import Page, PageLink, Redirect, Revision, Tree
from plugins.wiki.names import slug_of
from plugins.wiki.services.links import RENDER_JOB
from plugins.wiki.services.naming import free_slug
from plugins.wiki.services.publishing import publish_page

BATCH = 50
_CODE_OR_LINK = re.compile(
    r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)|\Z)|(?P<ticks>(?<!`)`+(?!`)).*?(?<!`)(?P=ticks)(?!`))"
    r"|\[\[(?P<name>[^\[\]|#\\\n]{1,200})(?P<mark>\#[^\[\]|\\\n]{0,200})?(?P<label>\\?\|[^\[\]\n]{0,200})?\]\]",
    re.MULTILINE | re.DOTALL,
)


async def make_room(source: Club, target: Club) -> MergeStep:
    """Rename the next pages whose name the other club has or had, with the links to them."""
    renamed: dict[str, str] = {}
    pages = await _taken("wiki_page", source, target)
    for found in pages:
        renamed[found["slug"]] = await _rename(await Page.get(id=found["id"]), source, target)
    former = await _taken("wiki_redirect", source, target)
    for found in former:
        page = await Page.get(id=found["page_id"]).only("id", "slug")
        renamed[found["slug"]] = page.slug
        await Redirect.filter(id=found["id"]).delete()
    if renamed:
        await _lead_links(source, renamed)
    await Tree.filter(club_id=source.id).delete()
    await _stand_behind(source, target)
    addresses = {_path(old): _path(new) for old, new in renamed.items()}
    return MergeStep(more=BATCH in (len(pages), len(former)), addresses=addresses)


async def make_new(target: Club) -> None:
    """Ask for the pages to be made again: a link may lead to a page now that was not there before."""
    await Page.filter(club_id=target.id, trashed_at=None).update(stale_at=datetime.now(UTC))
    await current_app().jobs.nudge(RENDER_JOB)


async def _taken(table: str, source: Club, target: Club) -> list[dict[str, Any]]:
    word = dialect().param
    return await rows(
        f"SELECT * FROM {table} s WHERE s.club_id = {word(1)} AND ("
        f"EXISTS (SELECT 1 FROM wiki_page t WHERE t.club_id = {word(2)} AND t.slug = s.slug) OR "
        f"EXISTS (SELECT 1 FROM wiki_redirect t WHERE t.club_id = {word(3)} AND t.slug = s.slug)) ORDER BY s.id LIMIT {BATCH}",
        [source.id, target.id, target.id],
    )


async def _rename(page: Page, source: Club, target: Club) -> str:
    """Give a page a name with that of its club in it, free in both; answers the slug."""
    end = f" ({source.name})"
    page.title = page.title[: 200 - len(end)] + end
    slug = await free_slug(target.id, slug_of(f"{page.slug[:45]} {source.slug[:25]}"))
    while (other := await free_slug(source.id, slug, page=page)) != slug:
        slug = await free_slug(target.id, other)
    page.slug = slug
    await page.save(update_fields=["slug", "title"])
    await publish_page(source, page, touch=False)
    return slug


async def _lead_links(source: Club, renamed: Mapping[str, str]) -> None:
    """Let links in the pages of the club lead to the new names: with a version of its own for each page."""
    links = await PageLink.filter(club_id=source.id, target__in=sorted(renamed)).order_by("id")
    for id in sorted({link.source_id for link in links}):
        page = await Page.get(id=id)
        body = _CODE_OR_LINK.sub(lambda found: _led(found, renamed), page.body)
        if body != page.body:
            await _keep_version(page, body)
    for link in links:
        await PageLink.filter(id=link.id).delete()
        new = renamed[link.target]
        if not await PageLink.exists(source_id=link.source_id, target=new):
            await PageLink.create(club_id=source.id, source_id=link.source_id, target=new)


def _led(found: re.Match[str], renamed: Mapping[str, str]) -> str:
    new = renamed.get(slug_of(found["name"])) if found["name"] else None
    if new is None:
        return found[0]
    return f"[[{new}{found['mark'] or ''}{found['label'] or '|' + found['name']}]]"


async def _keep_version(page: Page, body: str) -> None:
    now = datetime.now(UTC)
    page.body, page.version, page.stale_at = body, page.version + 1, now
    await page.save(update_fields=["body", "version", "stale_at"])
    await Revision.create(
        club_id=page.club_id,
        page_id=page.id,
        number=page.version,
        base=page.version - 1,
        title=page.title,
        body=body,
        message=gettext("Links lead to pages that have other names since two clubs became one."),
        created_at=now,
    )


async def _stand_behind(source: Club, target: Club) -> None:
    """Let what is at the top of the tree stand behind what the other club has there."""
    word = dialect().param
    sql = f"SELECT COALESCE(MAX(position), 0) AS last FROM wiki_page WHERE club_id = {word(1)} AND parent_id IS NULL"
    last = int((await rows(sql, [target.id]))[0]["last"])
    await execute(
        f"UPDATE wiki_page SET position = position + {last} WHERE club_id = {word(1)} AND parent_id IS NULL AND "
        f"EXISTS (SELECT 1 FROM wiki_page f WHERE f.club_id = {word(2)} AND f.parent_id IS NULL AND f.position <= {last})",
        [source.id, source.id],
    )


def _path(slug: str) -> str:
    whole = str(current_app().urls.path("wiki:pages.show", club="-", slug=slug))
    return whole.removeprefix("/c/-/")
