"""The word that a club has in its address. It can be changed; those it had before lead to the club as long as that is there."""

from __future__ import annotations

from slugify import slugify

from core import audit
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, Invalid, NotFound
from core.i18n import gettext
from spaces.models import Club, ClubAddress, Content
from spaces.services.actors import Actor, asker

RESERVED_SLUGS = frozenset(
    [
        "about",
        "account",
        "admin",
        "all",
        "api",
        "c",
        "club",
        "clubs",
        "cover",
        "edit",
        "feeds",
        "help",
        "home",
        "invitations",
        "join",
        "leave",
        "me",
        "new",
        "none",
        "people",
        "search",
        "settings",
        "sign-in",
        "sign-out",
        "sign-up",
        "static",
    ]
)
SLUG_LENGTH = 50
MOST_BEFORE = 10
"""How many words a club may have had before, so that nobody takes those that others want."""
_ADDRESSES = 2012  # the number of PostgreSQL's advisory lock


def slug_of(name: str) -> str:
    """The word that a club of this name would have, if nobody has it."""
    made = slugify(name, max_length=SLUG_LENGTH, word_boundary=True)
    return f"{made or 'club'}-club" if made in RESERVED_SLUGS else (made or "club")


def checked_slug(slug: str) -> str:
    """The word, when it can stand in an address.

    Raises:
        Invalid: naming the field `slug`.
    """
    if not slug or slug != slugify(slug, max_length=SLUG_LENGTH) or slug in RESERVED_SLUGS:
        raise Invalid(gettext("The address is made of a-z, 0-9 and hyphens, and some words are taken."), field="slug")
    return slug


async def hold_addresses() -> None:
    """Let nobody else give or change an address until the running transaction ends. SQLite has one writer anyway."""
    if dialect().name == "postgres":
        await rows(f"SELECT pg_advisory_xact_lock({_ADDRESSES})")


async def change_address(club: Club, slug: str, *, actor: Actor | None) -> None:
    """Give a club another word in its address; the one it had leads there from now on.

    Args:
        club: the club; has the new word afterwards.
        slug: the word, of a-z, 0-9 and hyphens, at most 50 characters. One that the club had before can be taken again.
        actor: who does it.

    Raises:
        Invalid: naming the field `slug`, when it cannot stand in an address, or another club has or had it.
        Conflict: when the club had too many already.
        NotFound: when the club was deleted meanwhile.
    """
    wanted = checked_slug(slug)
    async with atomic():
        await hold_addresses()
        fresh = await Club.get_or_none(id=club.id, deleted_at=None).only("id", "slug")
        if fresh is None:
            raise NotFound()
        if fresh.slug != wanted:
            await _refuse_taken(club, wanted)
            await _move(club, fresh.slug, wanted, actor)
    club.slug = wanted


async def addresses_before(club: Club) -> list[str]:
    """The words that the club had before, the last one first."""
    found = ClubAddress.filter(club_id=club.id).order_by("-at", "slug").limit(MOST_BEFORE)
    return [str(slug) for slug in await found.values_list("slug", flat=True)]


async def _refuse_taken(club: Club, slug: str) -> None:
    others = ClubAddress.filter(slug=slug).exclude(club_id=club.id)
    if await Club.exists(slug=slug) or await others.exists():
        raise Invalid(gettext("This address is taken. Another club has it, or had it before."), field="slug")
    if await ClubAddress.filter(club_id=club.id).exclude(slug=slug).count() >= MOST_BEFORE:
        raise Conflict(gettext("The club has had ten addresses already. Take one of those again."))


async def _move(club: Club, old: str, new: str, actor: Actor | None) -> None:
    await ClubAddress.filter(slug=new).delete()
    await ClubAddress.create(slug=old, club_id=club.id)
    await Club.filter(id=club.id).update(slug=new)
    await _move_contents(club.id, f"/c/{old}/", f"/c/{new}/")
    await audit.record(
        "spaces.address_changed",
        actor=asker(actor),
        subject=new,
        club_id=club.id,
        before={"slug": old},
        after={"slug": new},
    )


async def _move_contents(club_id: int, old: str, new: str) -> None:
    """Lists lead to the new address at once, instead of through the old one."""
    words = dialect()
    await execute(
        f"UPDATE {Content._meta.db_table} SET url = CAST({words.param(1)} AS TEXT) || substr(url, {len(old) + 1}) "
        f"WHERE club_id = {words.param(2)} AND substr(url, 1, {len(old)}) = {words.param(3)}",
        [new, club_id, old],
    )
