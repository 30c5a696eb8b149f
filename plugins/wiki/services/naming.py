"""The names of pages: each belongs to one page, and one that a page had before leads on to it."""

from __future__ import annotations

from cercle import Invalid, Viewer, announce, gettext
from plugins.wiki.events import PageRenamed
from plugins.wiki.models import HOME, Page, Redirect
from plugins.wiki.names import slug_of
from plugins.wiki.services.links import mark_stale, names_of


async def name_for(page: Page, title: str) -> str:
    """The slug under a new title; taken from nobody but from former names of other pages."""
    slug = slug_of(title) or "page"
    if page.is_home or slug_of(page.title) == slug:
        return page.slug
    await take_name(page.club_id, slug, page)
    return slug


async def take_name(club_id: int, slug: str, page: Page | None = None) -> None:
    """Make this name free for a page, when only a former name of another stands in the way.

    Raises:
        Invalid: when another page has it.
    """
    other = await Page.filter(club_id=club_id, slug=slug).exclude(id=page.id if page else 0).first()
    if other is not None:
        raise Invalid(
            gettext("There is a page “%(title)s” already. Choose another title.", title=other.title), field="title"
        )
    await Redirect.filter(club_id=club_id, slug=slug).delete()


async def keep_old_name(old: Page, page: Page, names: set[str], actor: Viewer) -> None:
    """Let the old name of a page lead on to it, and tell everybody.

    Args:
        old: the page before.
        page: the page now.
        names: by which others linked to it.
        actor: who renamed it.
    """
    if old.slug != page.slug:
        await Redirect.create(club_id=page.club_id, slug=old.slug, page_id=page.id)
    await alias_home(page)
    await mark_stale(page.club_id, names | await names_of(page), besides=page.id)
    await announce(
        PageRenamed(
            club_id=page.club_id,
            actor_id=actor.id,
            page_id=page.id,
            title=page.title,
            old_slug=old.slug,
            slug=page.slug,
        )
    )


async def alias_home(page: Page) -> None:
    """The home page keeps its address; a link to its title finds it all the same."""
    slug = slug_of(page.title)
    if not page.is_home or slug in ("", HOME) or await Page.filter(club_id=page.club_id, slug=slug).exists():
        return
    await Redirect.filter(club_id=page.club_id, slug=slug).delete()
    await Redirect.create(club_id=page.club_id, slug=slug, page_id=page.id)


async def free_slug(club_id: int, wanted: str, *, page: Page | None = None) -> str:
    """This name, or the first of `name-2`, `name-3`, … that no page has or had; other than that page itself."""
    own = page.id if page else 0
    pages = Page.filter(club_id=club_id, slug__startswith=wanted).exclude(id=own)
    former = Redirect.filter(club_id=club_id, slug__startswith=wanted).exclude(page_id=own)
    taken = {str(slug) for slug in await pages.values_list("slug", flat=True)}
    taken |= {str(slug) for slug in await former.values_list("slug", flat=True)}
    return next(slug for slug in _numbered(wanted, len(taken) + 2) if slug not in taken)


def _numbered(name: str, most: int) -> list[str]:
    return [name, *(f"{name}-{number}" for number in range(2, most + 2))]
