"""The gate: the one door to a club and its plugins, for pages, API, lists and jobs alike.

One query loads login session, user, the user's clubs, the club, the role in it, switches, matrix and locks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from core.accounts.sessions import Credential, anonymous, credential_of, viewer_of
from core.accounts.viewer import Viewer
from core.db import dialect, rows
from core.errors import Forbidden, NotFound, SignInNeeded
from core.http import Request, Route, require_scope
from core.i18n import gettext
from core.parts import LoadedPart
from core.permissions import Grant, can, why
from spaces.access import OUTSIDE_ROLES, READABLE, Grants, parse_readers, parse_states
from spaces.models import Club
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.door import club_links, club_of, clubs_column, load_row
from spaces.queries.people import mentioned_people
from spaces.refusals import deleted, frozen_because, lead_to_case, moved, refuse_frozen, refuse_locked, stopped
from spaces.seen_as import as_seen, read, refuse_changes

if TYPE_CHECKING:
    from core.app import Cercle


@dataclass(frozen=True, slots=True)
class Access:
    """What the gate found out about a viewer in a club.

    Args:
        club: the club.
        role: `owner` … `anonymous`.
        states: effective state of each plugin that is installed.
        grant: what the role may do.
        away: the plugins that this viewer could read here, if they had not been stopped after faults or failed at the start.
        erasures: what waits to be erased in the club: JSON lists of plugin, time, who asked, and when it began, if it has.
        parent: the club above, where this one is a group, as `spaces.queries.club_groups.parent_link` reads it.
        is_locked: whether the viewer is a member whom the club lets in with a second factor only, and it was not given.
        is_merging: whether it goes into another club at the moment, or another one into it.
        is_merged: whether another club went into it before.
        orphan: who may take over a club that has lost its owner: `moderators`, or `members` for these as well; "" for almost all.
    """

    club: Club
    role: str
    states: Mapping[str, str]
    grant: Grant
    away: frozenset[str] = frozenset()
    erasures: str = ""
    parent: str = ""
    is_locked: bool = False
    is_merging: bool = False
    is_merged: bool = False
    orphan: str = ""

    @property
    def is_member(self) -> bool:
        """Whether the viewer belongs to the club."""
        return self.role not in ("visitor", "anonymous")

    @property
    def active(self) -> frozenset[str]:
        """The plugins that can be read here."""
        return frozenset(name for name, state in self.states.items() if state in READABLE)


class ClubDoor:
    """The door to `/c/{club}/…` and `/api/v1/clubs/{club}/…`.

    Args:
        app: the application.
    """

    prefix = "/c/{club}"
    api_prefix = "/api/v1/clubs/{club}"

    def __init__(self, app: Cercle) -> None:
        self._app = app
        self._grants = Grants(app.permissions)

    async def enter(self, request: Request, part: LoadedPart, route: Route) -> None:
        """Decide as the table in `docs/design.md`, section 5, says."""
        slug = str(request.path_params["club"])
        viewer, access = await self._load(request, slug)
        request.viewer = viewer
        refuse_changes(request)
        if access is None:
            raise NotFound()
        if access.club.slug != slug:
            raise await moved(request, slug, access)
        if not route.extra.get("without_factor"):
            refuse_locked(access)
        state = access.states.get(part.name) if part.part.scope == "club" else "on"
        if part.name in access.away:
            request.club, request.access = access.club, access
            raise stopped(part)
        if state not in READABLE:
            raise NotFound()
        require_scope(viewer, part, route, request.method, club=access.club.id)
        if not route.public:
            self._require_view(viewer, access, part, route)
        request.club = access.club
        request.access = access
        _tell_ways(request, viewer, access)
        if route.writes(request.method) and (access.is_merging or not route.extra.get("despite_archive")):
            refuse_frozen(access, state, part)
        if not route.public and not _may_be_authors_right(self._app, route):
            self._require(viewer, access, route)

    def _require_view(self, viewer: Viewer, access: Access, part: LoadedPart, route: Route) -> None:
        """Somebody outside who may read nothing of this part learns nothing of it, what it answers to others included."""
        if access.is_member or access.grant.allowed.intersection(p.name for p in self._app.permissions.of(part.name)):
            return
        if not viewer.is_authenticated:
            raise SignInNeeded()
        raise NotFound()

    def _require(self, viewer: Viewer, access: Access, route: Route) -> None:
        permission = self._app.permissions.get(str(route.permission)) or route.permission or ""
        if can(viewer, permission, access.club):
            return
        if not viewer.is_authenticated:
            raise SignInNeeded()
        raise Forbidden(gettext(why(viewer, permission, access.club)))

    async def _load(self, request: Request, slug: str) -> tuple[Viewer, Access | None]:
        credential = credential_of(request)
        row = await load_row(credential, slug, self._app.parts.failed_plugins)
        clubs = club_links(row["clubs"]) if row["user_id"] is not None else ()
        viewer = await viewer_of(request, credential, row, clubs) if credential.kind != "none" else anonymous(request)
        club = club_of(row)
        if club is None:
            return viewer, None
        role = _role_of(viewer, club, row["role"])
        if club.deleted_at is not None:
            if role not in OUTSIDE_ROLES:
                request.viewer = viewer
                raise deleted()
            return viewer, None
        if club.visibility == "hidden" and role in ("visitor", "anonymous"):
            return viewer, None
        access = _within_scopes(viewer, self._access(club, role, row))
        is_locked = access.is_member and club.needs_factor and not viewer.is_strong
        if not is_locked and (seen := read(request, viewer, access)):
            request.seen_as = seen
            viewer, shown = as_seen(viewer, access, self._access(club, seen.role, row))
            return viewer, shown if shown.is_member or club.visibility != "hidden" else None
        return replace(viewer, grants={club.id: access.grant}), replace(access, is_locked=is_locked)

    def _access(self, club: Club, role: str, row: Mapping[str, Any]) -> Access:
        switches = row["switches"] or ""
        allowed = self._grants.of(role, row["overrides"] or "", row["locks"] or "", switches, club.visibility)
        frozen = frozen_because(club, bool(row["merging"]))
        running = self._app.parts.plugin_names
        states = {name: state for name, state in parse_states(switches).items() if name in running}
        return Access(
            club,
            role,
            states,
            Grant(role, allowed, frozen, frozenset(name for name, state in states.items() if state == "on")),
            _away(club, role, switches),
            row["erasures"] or "",
            row["parent"] or "",
            is_merging=bool(row["merging"]),
            is_merged=bool(row["merged"]),
            orphan=row["orphan"] or "",
        )


async def access_for(
    app: Cercle, club: Club, *, user_id: int | None, name: str = "", is_operator: bool = False
) -> Viewer:
    """The viewer that a user is in a club, for jobs, commands and mails, which have no request.

    Args:
        app: the application.
        club: the club.
        user_id: the user, or None for nobody.
        name: the user's shown name.
        is_operator: whether they run the site.
    """
    row = await load_row(Credential("none"), club.slug, app.parts.failed_plugins, user_id)
    clubs, has_factor = club_links(row["clubs"]) if row["clubs"] else (), bool(row["has_factor"])
    viewer = Viewer(id=user_id, name=name, is_operator=is_operator, clubs=clubs, has_factor=has_factor).locking()
    is_locked = bool(row["c_needs_factor"]) and not viewer.is_strong
    role = (None if is_locked else row["role"]) or ("visitor" if user_id else "anonymous")
    return replace(viewer, grants={club.id: ClubDoor(app)._access(club, role, row).grant})


async def load_site_viewer(request: Request) -> Viewer:
    """The viewer with their clubs, on pages outside of clubs."""
    credential = credential_of(request)
    if credential.kind == "none":
        return anonymous(request)
    words = dialect()
    sql = (
        f"SELECT {credential.columns}, {clubs_column(words)} AS clubs FROM {credential.table} s "
        f"JOIN accounts_user u ON u.id = s.user_id WHERE s.token_hash = {words.param(1)}"
    )
    found = await rows(sql, [credential.digest])
    if not found:
        return await viewer_of(request, credential, None)
    return await viewer_of(request, credential, found[0], club_links(found[0]["clubs"]))


def _tell_ways(request: Request, viewer: Viewer, access: Access) -> None:
    """How the request finds people whom a text mentions, and why something is not there."""
    if VIEW_MEMBERS.name in access.grant.allowed:
        request.find_people = partial(mentioned_people, access.club)
    if viewer.is_authenticated and request.seen_as is None:
        request.explain_absence = partial(lead_to_case, request)


def _role_of(viewer: Viewer, club: Club, role: str | None) -> str:
    """The role held in a club; somebody whose token is for other clubs is outside."""
    if not viewer.is_authenticated:
        return "anonymous"
    return "visitor" if role is None or club.id not in (viewer.token_clubs or {club.id}) else role


def _within_scopes(viewer: Viewer, access: Access) -> Access:
    """Without the permissions of parts that the viewer's token is not for."""
    if viewer.token_scopes is None or "read" in viewer.token_scopes:
        return access
    allowed = frozenset(name for name in access.grant.allowed if viewer.may_use(name.partition(".")[0]))
    return replace(access, grant=replace(access.grant, allowed=allowed))


def _away(club: Club, role: str, switches: str) -> frozenset[str]:
    """The query names the readers only of plugins that are on, but cannot be reached."""
    if role in OUTSIDE_ROLES and club.visibility != "public":
        return frozenset()
    return frozenset(name for name, readers in parse_readers(switches).items() if role in readers)


def _may_be_authors_right(app: Cercle, route: Route) -> bool:
    """Where authors have a right to their own things, only the view knows whose thing it is."""
    permission = app.permissions.get(str(route.permission))
    return permission is not None and permission.author
