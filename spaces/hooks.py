"""What clubs answer to the engine: their door, their tabs, which plugins are on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from core.accounts.hookspecs import ExportFile
from core.accounts.models import Provider, User
from core.accounts.viewer import ClubLink, Viewer
from core.collation import sort_key
from core.doctor import Finding
from core.hooks import hookimpl
from core.http import Door, SiteDoor
from core.loading.installed import GonePart, gone_parts, note_parts
from core.models import Setting
from core.navigation import Link
from spaces.access import READABLE
from spaces.gate import ClubDoor, load_site_viewer
from spaces.models import Club, ClubPlugin, Membership
from spaces.queries.announcements import list_current
from spaces.queries.items import item_topic
from spaces.queries.people import share_a_club
from spaces.queries.readers import readers_among
from spaces.queries.standing import stands
from spaces.rehearsal import walk_clubs
from spaces.services import leaving
from spaces.services.groups import follow_groups
from spaces.services.inviting import bring_into_clubs, promises
from spaces.services.pauses import pause_after_faults, tell_of_failures
from spaces.services.succession import hand_over
from spaces.switches import refresh_many
from spaces.tabs import club_tabs, plugin_title
from spaces.views.club_groups import club_trail
from spaces.views.erasing import club_banners
from spaces.views.notices import site_notices

if TYPE_CHECKING:
    from core.app import Cercle


@hookimpl
def register_doors(app: Cercle) -> Mapping[str, Door]:
    """The door to clubs, and a door to the site whose viewers know their clubs."""
    app.site_door = SiteDoor(load_site_viewer)
    app.navigation.provide_tabs(club_tabs)
    app.navigation.provide_titles(plugin_title)
    app.navigation.provide_banners(club_banners)
    app.navigation.provide_trail(club_trail)
    app.navigation.provide_notices(site_notices)
    app.live.provide("item", item_topic)
    app.notices.read_by(list_current)
    app.hooks.on_fault(pause_after_faults)
    app.when_closed.append(hand_over)
    app.urls.add("core:home", "/")
    return {"site": app.site_door, "club": ClubDoor(app)}


@hookimpl
async def club_active_plugins(club_id: int) -> Collection[str]:
    """The plugins that can be read in a club."""
    found = ClubPlugin.filter(club_id=club_id, effective__in=tuple(READABLE), club__deleted_at=None)
    return frozenset(await found.values_list("plugin", flat=True))  # type: ignore[arg-type]


@hookimpl
async def site_started(app: Cercle) -> None:
    """Bring the switches of all clubs in step when the set of plugins or their defaults has changed."""
    await note_parts(app)
    await tell_of_failures(app)
    facts: list[tuple[str, str]] = [(p.name, f"{p.part.policy} {sorted(p.needs)}") for p in app.parts.plugins]
    facts += [(p.name, ",".join(sorted(p.default_roles))) for p in app.permissions.all()]
    digest = hashlib.sha256(repr(facts).encode()).hexdigest()
    row, _ = await Setting.get_or_create(scope="site", owner_id=0, part="spaces")
    if row.values.get("installed") == digest:
        return
    await refresh_many(await Club.all())
    row.values = {**row.values, "installed": digest}
    await row.save(update_fields=["values"])


@hookimpl
async def site_checked(app: Cercle) -> list[Finding]:
    """What plugins have left that are gone."""
    return [_left_by(gone) for gone in await gone_parts(app)]


def _left_by(gone: GonePart) -> Finding:
    since = f" since {gone.seen_at:%Y-%m-%d}" if gone.seen_at else ""
    why = "is switched off for the site (CERCLE_DISABLED_PLUGINS)" if gone.is_disabled else "is not installed any more"
    text = f"{gone.name} {gone.version}".strip() + f" has not run{since}: it {why}, and has left {gone.rows} rows. "
    back = "Take it off that list" if gone.is_disabled else "Install it again"
    return Finding("warn", f"plugin {gone.name}", f"{text}{back}, or erase them with: cercle plugin purge {gone.name}")


@hookimpl
async def site_rehearsed(app: Cercle) -> list[Finding]:
    """Every page of every club, as everybody."""
    return await walk_clubs(app)


@hookimpl
async def club_readers(
    club_id: int, plugin: str, user_ids: Collection[int] | None, members_only: bool, even_muted: bool
) -> Collection[int]:
    """Members by what their role reads; people outside where the club is no secret."""
    return await readers_among(club_id, plugin, user_ids, members_only=members_only, even_muted=even_muted)


@hookimpl
async def person_clubs(user: User) -> Sequence[ClubLink]:
    """The clubs that the person is a member of."""
    mine = Membership.filter(stands(), user_id=user.id, club__deleted_at=None).select_related("club")
    found = [ClubLink(one.club.id, one.club.slug, one.club.name, one.club.accent, one.role) async for one in mine]
    return sorted(found, key=lambda club: sort_key(club.name))


@hookimpl
async def people_acquainted(viewer: Viewer, user_id: int) -> bool | None:
    """People who share a club in which the viewer may see the members know each other."""
    return await share_a_club(viewer, user_id) or None


@hookimpl
async def person_vouched_for(user: User, provider: Provider, groups: Sequence[str]) -> Sequence[str]:
    """Places in clubs follow the groups, where operators made rules."""
    return await follow_groups(user, provider, groups)


@hookimpl
async def invitation_shown(facts: Mapping[str, object]) -> Sequence[str]:
    """The clubs that an operator's invitation names."""
    return await promises(facts)


@hookimpl
async def invitation_accepted(user: User, facts: Mapping[str, object], inviter: User) -> None:
    """The clubs that an operator's invitation names."""
    await bring_into_clubs(user, facts, inviter)


@hookimpl
async def person_exported(user: User) -> Sequence[ExportFile]:
    """Their place in clubs."""
    return await leaving.files_of_person(user)


@hookimpl
async def person_bound(user: User) -> Sequence[Link]:
    """A club keeps an owner."""
    return await leaving.reasons_to_stay(user)


@hookimpl
async def person_erased(user: User) -> None:
    """Their place in clubs."""
    await leaving.forget_person(user)
