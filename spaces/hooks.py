"""What clubs answer to the engine: their door, their tabs, which plugins are on."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from core.accounts.viewer import Viewer
from core.doctor import Finding
from core.hooks import HookFault, hookimpl
from core.http import Door, Request, SiteDoor
from core.i18n import gettext, language
from core.models import Fault, Setting
from core.navigation import Tab
from spaces.access import READABLE
from spaces.gate import ClubDoor, load_site_viewer
from spaces.models import Club, ClubPlugin
from spaces.queries.people import share_a_club
from spaces.rehearsal import walk_clubs
from spaces.switches import pause_plugin, refresh_many

if TYPE_CHECKING:
    from core.app import Cercle


@hookimpl
def register_doors(app: Cercle) -> Mapping[str, Door]:
    """The door to clubs, and a door to the site whose viewers know their clubs."""
    app.site_door = SiteDoor(load_site_viewer)
    app.navigation.provide_tabs(club_tabs)
    app.hooks.on_fault(pause_after_faults)
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
async def site_rehearsed(app: Cercle) -> list[Finding]:
    """Every page of every club, as everybody."""
    return await walk_clubs(app)


FAULTS_UNTIL_PAUSE = 5


async def pause_after_faults(fault: HookFault) -> None:
    """Pause a plugin in a club whose hooks had five faults there within ten minutes.

    A page that fails, which somebody may bring about on purpose, harms nobody else; it is only written down.
    """
    if fault.club_id is None or fault.hook.partition(" ")[2]:
        return
    recent = Fault.filter(plugin=fault.plugin, club_id=fault.club_id).exclude(hook__contains=" ")
    recent = recent.order_by("-id").limit(FAULTS_UNTIL_PAUSE)
    rows = await recent.only("id", "at")
    if len(rows) < FAULTS_UNTIL_PAUSE or (rows[0].at - rows[-1].at).total_seconds() > 600:
        return
    await pause_plugin(fault.club_id, fault.plugin, f"{fault.hook}: {fault.error}")


def club_tabs(request: Request) -> tuple[Tab, ...]:
    """Home, each plugin that this viewer may read here, and the people."""
    here = "".join(request.scope["path"].split("/")[3:4])
    return _tabs(request.app, request.access.club.slug, here, request.access.grant.allowed, language())


@lru_cache(maxsize=4096)
def _tabs(app: Cercle, slug: str, here: str, allowed: frozenset[str], language: str) -> tuple[Tab, ...]:
    """A plugin that is off grants nothing, so what is allowed says which tabs there are."""
    tabs = [Tab(gettext("Home"), f"/c/{slug}/", "house", here == "")]
    for loaded in app.parts.plugins:
        if f"{loaded.name}.view" in allowed:
            url = f"/c/{slug}/{loaded.name}/"
            tabs.append(
                Tab(gettext(loaded.part.title), url, loaded.part.icon, here == loaded.name, loaded.part.shortcut)
            )
    if "spaces.view_members" in allowed:
        tabs.append(Tab(gettext("Members"), f"/c/{slug}/people", "users", here == "people", "p"))
    return tuple(tabs)


@hookimpl
async def people_acquainted(viewer: Viewer, user_id: int) -> bool | None:
    """People who share a club in which the viewer may see the members know each other."""
    return await share_a_club(viewer, user_id) or None
