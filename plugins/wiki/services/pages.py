"""Writing pages: the first version, and every later one, merged with what others wrote meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cercle import (
    Club,
    Conflict,
    Viewer,
    announce,
    atomic,
    gettext,
    listing,
    require,
    three_way,
)
from plugins.wiki.events import PageChanged, PagePublished
from plugins.wiki.models import HOME, Attachment, Page, Revision
from plugins.wiki.names import slug_of
from plugins.wiki.permissions import ORGANISE
from plugins.wiki.rendering import Made, render_page
from plugins.wiki.services.drafts import Draft, EditConflict, Origin, PageGone, Saved
from plugins.wiki.services.files import put_file
from plugins.wiki.services.links import keep_links, mark_changed_links, mark_stale, names_of, take_tree
from plugins.wiki.services.mentioning import tell_mentioned
from plugins.wiki.services.naming import alias_home, keep_old_name, name_for, take_name
from plugins.wiki.services.publishing import publish_page
from plugins.wiki.services.tree import place_for
from plugins.wiki.services.waiting import tie_files, waiting_files

TRIES = 5


@dataclass(slots=True)
class _Version:
    """The next version of a page, worked out against the current one."""

    title: str
    body: str
    message: str
    base: int
    merged_with: tuple[str, ...] = field(default=())


async def create_page(
    club: Club,
    draft: Draft,
    *,
    actor: Viewer,
    parent: Page | None = None,
    home: bool = False,
    origin: Origin | None = None,
) -> Page:
    """Write a new page. What the actor sent for it, and its text refers to, becomes its attachments.

    Args:
        club: where.
        draft: title and text.
        actor: who writes it.
        parent: the page above it.
        home: make it the first page of the wiki.
        origin: where it was imported from.

    Raises:
        Invalid: when there is a page of this name already, or the text cannot be rendered.
        NotFound: when the parent is gone.
    """
    slug = HOME if home else (origin and origin.slug) or slug_of(draft.title) or "page"
    files = origin.files if origin else ()
    waiting = () if origin else await waiting_files(club, actor)
    made = await render_page(club, draft.body, (*files, *waiting))
    now = datetime.now(UTC)
    async with atomic():
        await take_tree(club.id)
        await take_name(club.id, slug)
        place = await place_for(club.id, None if home else parent)
        page = await Page.create(
            club_id=club.id,
            slug=slug,
            title=draft.title,
            body=draft.body,
            parent_id=place.parent_id,
            position=place.position,
            author_id=actor.id,
            editor_id=actor.id,
            created_at=(origin and origin.created_at) or now,
            updated_at=now,
            source=origin.source if origin else None,
            **_rendered(made),
            **_imported(origin, 1),
        )
        page.path = f"{place.path}{page.id}/"
        await Page.filter(id=page.id).update(path=page.path)
        await _add_revision(page, _Version(draft.title, draft.body, draft.message, 0), actor, now)
        for file in files:
            await put_file(page, file, actor=actor)
        await tie_files(page, made, waiting)
        await keep_links(page, made)
        await mark_changed_links(club, page, made)
        await alias_home(page)
        await mark_stale(club.id, await names_of(page), besides=page.id)
        if await publish_page(club, page, text=made.text):
            await tell_of_page(club, page, actor=actor, mentions=origin is None)
    return page


async def tell_of_page(club: Club, page: Page, *, actor: Viewer, mentions: bool = True) -> None:
    """Tell of a page that is new, in the running transaction.

    Args:
        club: where.
        page: the page.
        actor: who wrote it.
        mentions: whether those whom it mentions are told too.
    """
    await announce(PagePublished(club_id=club.id, actor_id=actor.id, page_id=page.id, title=page.title))
    if mentions:
        await tell_mentioned(club, page, before="", actor=actor)


async def save_page(
    club: Club,
    page: Page,
    draft: Draft,
    *,
    actor: Viewer,
    base: int | None = None,
    merge: bool = True,
    origin: Origin | None = None,
) -> Saved:
    """Save a new version of a page. What others saved since `base` is merged in, never overwritten.

    Args:
        club: where.
        page: which.
        draft: the title and text that are wanted. Another title gives the page another name, for which the actor needs
            the right to organise; its old name leads on to it.
        actor: who writes.
        base: the version that the actor started from; None to replace whatever is there.
        merge: False to take every change since `base` for a conflict.
        origin: what an import brings along.

    Raises:
        EditConflict: when the same lines were changed meanwhile.
        PageGone: when the page is in the trash.
        Invalid: when another page has the name, or the text cannot be rendered.
        Forbidden: when the title may not be changed.
    """
    for _ in range(TRIES):
        current = await Page.get_or_none(id=page.id, club_id=club.id, trashed_at=None)
        if current is None:
            raise PageGone(gettext("This page was put into the trash while you wrote."))
        version = await _combine(current, draft, base, merge)
        same = (version.title, version.body) == (current.title, current.body)
        if same and origin is None:
            return Saved(current, version.merged_with, changed=False)
        if version.title != current.title:
            require(actor, ORGANISE, current)
        if await _write(club, current, version, actor, origin):
            return Saved(await Page.get(id=page.id), version.merged_with)
    raise Conflict(gettext("Too many people save this page at the same moment. Please try again."))


async def rename_page(club: Club, page: Page, title: str, *, actor: Viewer) -> Page:
    """Give a page another title and name; the old name leads on to it.

    Raises:
        Invalid, PageGone, Forbidden: as `save_page`.
    """
    message = gettext("Renamed from “%(title)s”", title=page.title)[:200]
    saved = await save_page(club, page, Draft(title, page.body, message), actor=actor, base=page.version)
    return saved.page


async def restore_revision(club: Club, page: Page, revision: Revision, *, actor: Viewer) -> Saved:
    """Save an old text again, as a new version. The title stays: it belongs to the name of the page.

    Raises:
        PageGone: when the page is in the trash.
    """
    message = gettext("Restored version %(number)s", number=revision.number)
    return await save_page(club, page, Draft(page.title, revision.body, message), actor=actor)


async def _combine(current: Page, draft: Draft, base: int | None, merge: bool) -> _Version:
    title = draft.title
    if base is None or base == current.version:
        return _Version(title, draft.body, draft.message, current.version)
    old = await Revision.get_or_none(page_id=current.id, number=base)
    names = await _authors_since(current, base)
    old_title, old_body = (old.title, old.body) if old else ("", "")
    if title == old_title:
        title = current.title
    ours, theirs = gettext("your text"), gettext("saved by %(names)s", names=listing(names))
    merged = await asyncio.to_thread(three_way, old_body, draft.body, current.body, names=(ours, theirs))
    if merged.conflicts or not merge:
        raise EditConflict(current, title=title, mine=draft.body, merged=merged.text, names=names)
    return _Version(title, merged.text, draft.message, base, names)


async def _authors_since(page: Page, version: int) -> tuple[str, ...]:
    found = Revision.filter(page_id=page.id, number__gt=version).order_by("number")
    names = await found.values_list("author__name", flat=True)
    return tuple(dict.fromkeys(str(name or gettext("a former member")) for name in names))


async def _write(club: Club, current: Page, version: _Version, actor: Viewer, origin: Origin | None) -> bool:
    """Save when the page is still as it was when the version was worked out; answers whether it is."""
    files = origin.files if origin else ()
    made = await render_page(
        club, version.body, [*await Attachment.filter(page_id=current.id, trashed_at=None), *files]
    )
    now = datetime.now(UTC)
    async with atomic():
        await take_tree(club.id)
        before = await names_of(current)
        slug = await name_for(current, version.title)
        updated = await Page.filter(id=current.id, version=current.version, trashed_at=None).update(
            slug=slug,
            title=version.title,
            body=version.body,
            version=current.version + 1,
            editor_id=actor.id,
            updated_at=now,
            stale_at=None,
            **_rendered(made),
            **_imported(origin, current.version + 1),
        )
        if not updated:
            return False
        page = await Page.get(id=current.id)
        await _add_revision(page, version, actor, now)
        for file in files:
            await put_file(page, file, actor=actor)
        await keep_links(page, made)
        await mark_changed_links(club, page, made)
        if version.title != current.title:
            await keep_old_name(current, page, before, actor)
        await publish_page(club, page, text=made.text)
        await announce(
            PageChanged(club_id=club.id, actor_id=actor.id, page_id=page.id, title=page.title, version=page.version)
        )
        if origin is None:
            await tell_mentioned(club, page, before=current.body_html, actor=actor)
    return True


async def _add_revision(page: Page, version: _Version, actor: Viewer, now: datetime) -> None:
    await Revision.create(
        club_id=page.club_id,
        page_id=page.id,
        number=page.version,
        base=version.base,
        title=version.title,
        body=version.body,
        message=version.message,
        author_id=actor.id,
        created_at=now,
    )


def _rendered(made: Made) -> dict[str, Any]:
    return {"body_html": made.html, "toc": made.toc, "links_digest": made.digest}


def _imported(origin: Origin | None, version: int) -> dict[str, Any]:
    return {"source_hash": origin.hash, "source_version": version} if origin else {}
