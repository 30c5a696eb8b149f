"""Founding, changing, archiving and deleting clubs. Members are in `memberships`, ways in in `invitations`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from tortoise.expressions import Q

from core import audit, current
from core.collation import sort_key
from core.db import atomic, dialect, rows
from core.errors import Conflict, Forbidden, Invalid
from core.events import announce
from core.i18n import gettext
from core.images import reencode
from core.models import Setting
from core.settings import MIB
from core.storage import hold, release, store
from spaces.events import ClubCreated
from spaces.models import Club, ClubAddress
from spaces.queries.clubs import load_site_settings
from spaces.services.actors import Actor, asker
from spaces.services.addresses import checked_slug, hold_addresses, slug_of
from spaces.services.deletion import withdraw_deletion
from spaces.services.memberships import Coming, insert_member
from spaces.services.plans import take_over_plan
from spaces.settings import ACCENTS, JOIN_POLICIES, VISIBILITIES, SiteSettings
from spaces.space import hold_switches
from spaces.switches import refresh

COVER_BOX = (1800, 900)
COVER_UPLOAD = 20 * MIB
_CHANGEABLE = ("name", "kind", "visibility", "join_policy", "purpose", "accent")


async def create_club(
    *,
    name: str,
    kind: str,
    visibility: str = "listed",
    join_policy: str = "request",
    purpose: str = "",
    accent: str = "teal",
    slug: str | None = None,
    actor: Actor,
) -> Club:
    """Found a club; the actor becomes its owner. Who may found clubs is decided by the caller.

    Args:
        name: 1 to 80 characters.
        kind: one of the site's kinds.
        visibility: `public`, `listed` or `hidden`.
        join_policy: `open`, `request` or `invite`.
        purpose: a sentence or two, at most 300 characters.
        accent: one of the face's colours.
        slug: its word in addresses; made from the name when left out.
        actor: the founder.

    Raises:
        Invalid: naming the field that is wrong, or a slug that is reserved or taken.
    """
    await _check(name=name, kind=kind, visibility=visibility, join_policy=join_policy, purpose=purpose, accent=accent)
    wanted = checked_slug(slug) if slug else slug_of(name)
    values = (name.strip(), sort_key(name), kind, visibility, join_policy, purpose.strip(), accent)
    async with atomic():
        await hold_addresses()
        club = await _insert(wanted, values, may_number=slug is None)
        await take_over_plan(club)
        await insert_member(club, actor.id, "owner", actor=actor, coming=Coming("founder"))
        await Club.filter(id=club.id).update(members_counted=1)
        await refresh(club)
        after = {"name": club.name, "kind": kind, "visibility": visibility}
        await audit.record("spaces.club_created", actor=asker(actor), subject=club.slug, club_id=club.id, after=after)
        await announce(ClubCreated(club_id=club.id, actor_id=actor.id))
    return club


async def update_club(club: Club, *, actor: Actor | None, **changes: str) -> Club:
    """Change what a club says of itself.

    Args:
        club: the club; answered with its new values.
        actor: who does it.
        changes: any of `name`, `kind` (operators only), `visibility`, `join_policy`, `purpose`, `accent`.

    Raises:
        Invalid: naming the field that is wrong.
        Forbidden: when somebody who is no operator changes the kind.
    """
    wanted = {key: value.strip() for key, value in changes.items() if value.strip() != getattr(club, key)}
    if unknown := wanted.keys() - set(_CHANGEABLE):
        raise ValueError(f"Not a field of a club: {sorted(unknown)}")
    if not wanted:
        return club
    if "kind" in wanted and actor is not None and not actor.is_operator:
        raise Forbidden(gettext("Only an operator of the site changes the kind of a club."))
    await _check(**{key: wanted.get(key, getattr(club, key)) for key in _CHANGEABLE})
    before = {key: getattr(club, key) for key in wanted}
    async with atomic():
        await hold_switches(club.id)
        named = {"sort_name": sort_key(wanted["name"])} if "name" in wanted else {}
        await Club.filter(id=club.id).update(**wanted, **named)
        club.update_from_dict({**wanted, **named})
        if "kind" in wanted:
            await take_over_plan(club)
            await refresh(club)
        await audit.record(
            "spaces.club_updated",
            actor=asker(actor),
            subject=club.slug,
            club_id=club.id,
            before=before,
            after=dict(wanted),
        )
    return club


async def set_cover(club: Club, chunks: AsyncIterator[bytes] | None, *, actor: Actor | None) -> None:
    """Give the club a cover picture, or take it away.

    Args:
        club: the club.
        chunks: the bytes of an image as uploaded, at most 20 MB; it is made anew from its pixels. None takes it away.
        actor: who does it.

    Raises:
        Invalid: when it is no image.
    """
    new = await _stored_cover(chunks) if chunks is not None else None
    async with atomic():
        before = await Club.get(id=club.id).only("id", "cover_hash")
        if new == before.cover_hash:
            return
        if new:
            await hold(new)
        if not await Club.filter(_is(before.cover_hash), id=club.id).update(cover_hash=new):
            raise Conflict(gettext("Somebody else changed the cover at the same moment. Please try again."))
        if before.cover_hash:
            await release(before.cover_hash)
        await _note("spaces.cover_set", club, actor, cover=bool(new))
    club.cover_hash = new


async def archive_club(club: Club, *, actor: Actor | None) -> None:
    """Let a club be read but not changed. Nothing is deleted."""
    now = datetime.now(UTC)
    async with atomic():
        if await Club.filter(id=club.id, archived_at=None).update(archived_at=now):
            await _note("spaces.club_archived", club, actor, archived=True)
    club.archived_at = now


async def restore_club(club: Club, *, actor: Actor | None) -> None:
    """Bring a club back that is archived or deleted.

    Raises:
        Conflict: when it is being erased already.
    """
    async with atomic():
        await withdraw_deletion(club, actor=actor)
        gone = Q(archived_at__isnull=False) | Q(deleted_at__isnull=False)
        if await Club.filter(gone, id=club.id).update(archived_at=None, deleted_at=None, purge_at=None):
            await _note("spaces.club_restored", club, actor, archived=False, deleted=False)
    club.archived_at = club.deleted_at = club.purge_at = None


async def save_site_settings(settings: SiteSettings, *, actor: Actor | None) -> None:
    """Store what the operator decided for all clubs."""
    async with atomic():
        row, _ = await Setting.get_or_create(scope="site", owner_id=0, part="spaces")
        after = settings.model_dump(mode="json")
        before = {key: row.values.get(key) for key in after}
        row.values = {**row.values, **after}
        await row.save(update_fields=["values"])
        await audit.record("spaces.settings_saved", actor=asker(actor), subject="spaces", before=before, after=after)


async def _check(*, name: str, kind: str, visibility: str, join_policy: str, purpose: str, accent: str) -> None:
    errors = {}
    if not 1 <= len(name.strip()) <= 80:
        errors["name"] = [gettext("A name has 1 to 80 characters.")]
    if len(purpose.strip()) > 300:
        errors["purpose"] = [gettext("At most %(max_length)s characters, please.", max_length=300)]
    listed = {
        "visibility": (visibility, VISIBILITIES),
        "join_policy": (join_policy, JOIN_POLICIES),
        "accent": (accent, ACCENTS),
    }
    for field, (value, known) in listed.items():
        if value not in known:
            errors[field] = [gettext("Please choose one of the listed values.")]
    if not (await load_site_settings()).has_kind(kind):
        errors["kind"] = [gettext("Please choose one of the listed values.")]
    if errors:
        raise Invalid(errors=errors)


async def _insert(slug: str, values: tuple[str, ...], *, may_number: bool) -> Club:
    """A club under the first free slug; the database decides who was first."""
    for number in range(1, 1000):
        candidate = slug if number == 1 else f"{slug}-{number}"
        if found := await _insert_as(candidate, values):
            return found
        if not may_number:
            break
    raise Invalid(gettext("There is already a club with this address."), field="slug")


async def _insert_as(slug: str, values: tuple[str, ...]) -> Club | None:
    if await ClubAddress.exists(slug=slug):
        return None
    words = dialect()
    marks = ", ".join(words.param(number) for number in range(1, 11))
    made = await rows(
        "INSERT INTO spaces_club "
        "(slug, name, sort_name, kind, visibility, join_policy, purpose, accent, storage_used, created_at) "
        f"VALUES ({marks}) ON CONFLICT (slug) DO NOTHING RETURNING id",
        [slug, *values, 0, datetime.now(UTC)],
    )
    return await Club.get(id=made[0]["id"]) if made else None


async def _stored_cover(chunks: AsyncIterator[bytes]) -> str:
    picture = await reencode(chunks, max_width=COVER_BOX[0], max_height=COVER_BOX[1])
    blob = await store(current.app().storage, _once(picture), limit=COVER_UPLOAD)
    return blob.hash


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _is(cover: str | None) -> Q:
    return Q(cover_hash__isnull=True) if cover is None else Q(cover_hash=cover)


async def _note(action: str, club: Club, actor: Actor | None, **after: object) -> None:
    await audit.record(action, actor=asker(actor), subject=club.slug, club_id=club.id, after=after)
