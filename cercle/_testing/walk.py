"""The gate walk: what every kind of person must get on every route, worked out from the table of the design alone.

Nothing here asks the gate. Roles are counted from the declared defaults, states from the scenario.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import httpx
from tortoise.transactions import in_transaction

from cercle._testing.village import Village
from core.http import SAFE_METHODS, Route
from core.parts import LoadedPart
from core.permissions import OPERATE, SIGNED_IN, Permission, Permissions
from spaces.models import Club, ClubPlugin
from spaces.switches import refresh_many

Expected = Literal["not found", "sign in", "forbidden", "in"]

ROLES = {
    "operator": "visitor",
    "owner": "owner",
    "moderator": "moderator",
    "member": "member",
    "guest": "guest",
    "outsider": "visitor",
    "removed": "visitor",
    "anonymous": "anonymous",
    "reader": "owner",
}
"""The role in the club by kind of person; the `reader` is the owner's token that may only read."""

VALUES = {
    "club": "atelier",
    "handle": "member",
    "user": "4",
    "slug": "home",
    "state": "on",
    "path": "folder/note.txt",
}
_PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")


@dataclass(frozen=True, slots=True)
class Scenario:
    """One state of the club in which every route is tried.

    Args:
        visibility: of the club.
        state: of every plugin in it.
        archived: whether the club can only be read.
    """

    visibility: str = "listed"
    state: str = "on"
    archived: bool = False

    def __str__(self) -> str:
        return "archived" if self.archived else f"{self.visibility}-{self.state}"


@dataclass(frozen=True, slots=True)
class Stop:
    """One method of one route.

    Args:
        method: of the request.
        template: the route's path with its parameters.
        part: whose route it is.
        route: the route.
    """

    method: str
    template: str
    part: LoadedPart
    route: Route

    def __str__(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def is_api(self) -> bool:
        """Whether errors are problem+json and people come with a token."""
        return self.template.startswith("/api/")

    @property
    def is_in_a_club(self) -> bool:
        """Whether it is behind the gate."""
        return self.template.startswith(("/c/{club}/", "/api/v1/clubs/{club}"))

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return self.method not in SAFE_METHODS and not self.route.reads

    def path(self, **values: str) -> str:
        """The address with plausible values for its parameters, below `/api/v1` for a script."""
        known = {**VALUES, "plugin": self.part.name, **values}
        return _PARAMETER.sub(lambda match: known.get(match[1], "1"), self.template).removeprefix("/api/v1")


@dataclass(frozen=True, slots=True)
class Oracle:
    """Knows what must happen.

    Args:
        permissions: what the parts declare.
    """

    permissions: Permissions

    def expected(self, kind: str, stop: Stop, scenario: Scenario) -> Expected:
        """What this kind of person must get at this stop."""
        if not stop.is_in_a_club:
            return self._on_the_site(kind, stop)
        role = ROLES[kind]
        outside = role in ("visitor", "anonymous")
        if scenario.visibility == "hidden" and outside:
            return "not found"
        if stop.part.part.scope == "club" and scenario.state == "off":
            return "not found"
        if kind == "reader" and stop.writes:
            return "forbidden"
        if not stop.route.public and outside and not self._reads_anything(role, stop, scenario):
            return "sign in" if kind == "anonymous" else "not found"
        if stop.writes and self._is_frozen(stop, scenario):
            return "forbidden"
        if stop.route.public or self._is_authors_right(stop) or self._holds(role, stop, scenario):
            return "in"
        return "sign in" if kind == "anonymous" else "forbidden"

    def _on_the_site(self, kind: str, stop: Stop) -> Expected:
        if kind == "reader" and stop.writes:
            return "forbidden"
        if stop.route.public:
            return "in"
        if kind == "anonymous":
            return "sign in"
        name = str(stop.route.permission)
        held = name == SIGNED_IN or (name == OPERATE and kind == "operator")
        return "in" if held else "forbidden"

    def _reads_anything(self, role: str, stop: Stop, scenario: Scenario) -> bool:
        declared = self.permissions.of(stop.part.name)
        return any(self._grants(role, permission, scenario) for permission in declared)

    def _holds(self, role: str, stop: Stop, scenario: Scenario) -> bool:
        permission = self.permissions.get(str(stop.route.permission))
        if permission is None:
            return str(stop.route.permission) == SIGNED_IN and role != "anonymous"
        frozen = permission.writes and self._is_frozen(stop, scenario)
        return self._grants(role, permission, scenario) and not frozen

    @staticmethod
    def _grants(role: str, permission: Permission, scenario: Scenario) -> bool:
        outside = role in ("visitor", "anonymous")
        return role in permission.default_roles and (not outside or scenario.visibility == "public")

    @staticmethod
    def _is_frozen(stop: Stop, scenario: Scenario) -> bool:
        read_only = stop.part.part.scope == "club" and scenario.state == "read_only"
        return read_only or (scenario.archived and not stop.route.extra.get("despite_archive"))

    def _is_authors_right(self, stop: Stop) -> bool:
        permission = self.permissions.get(str(stop.route.permission))
        return permission is not None and permission.author


def verdict_of(status: int, location: str, *, is_api: bool) -> str:
    """The answer in the words of `Expected`; anything that the view itself decided is `in`."""
    if status >= 500:
        return f"broken ({status})"
    if status == 401 or (status == 303 and not is_api and location.startswith("/sign-in?next=")):
        return "sign in"
    return {403: "forbidden", 404: "not found"}.get(status, "in")


def agrees(found: str, expected: Expected, stop: Stop) -> bool:
    """Whether an answer is as it must be.

    Behind the door, a view may still find nothing under a made-up address, ask whose thing it is, or let in
    everybody who may know of the club and then ask for more.
    """
    if expected != "in" or found == "in":
        return found == expected
    if stop.route.public:
        return not found.startswith("broken")
    if found == "not found":
        return len(_PARAMETER.findall(stop.template)) > int(stop.is_in_a_club)
    return found == "forbidden" and (stop.writes or not stop.is_in_a_club)


async def surprises(village: Village, scenario: Scenario, *, plugin: str | None = None) -> list[str]:
    """What somebody got that the design does not give them, a sentence each.

    Args:
        village: is brought into the scenario.
        scenario: the state of the club `atelier`.
        plugin: walks the routes of one plugin alone.
    """
    await arrange(village, scenario)
    oracle = Oracle(village.app.permissions)
    found = []
    for kind, (page, api) in (await clients_of(village)).items():
        for stop in stops(village, plugin):
            if (kind == "reader" and not stop.is_api) or (scenario != Scenario() and not stop.is_in_a_club):
                continue
            expected = oracle.expected(kind, stop, scenario)
            async with undone() if stop.writes else kept():
                answer = await (api if stop.is_api else page).request(stop.method, stop.path())
            verdict = verdict_of(answer.status_code, answer.headers.get("location", ""), is_api=stop.is_api)
            if not agrees(verdict, expected, stop):
                found.append(f"{kind}: {stop} is {verdict!r} ({answer.status_code}), not {expected!r}")
    return found


def stops(village: Village, plugin: str | None = None) -> list[Stop]:
    """Every method of every route, or of one plugin's."""
    return [
        Stop(method, path, part, route)
        for path, part, route, _ in village.app.router.all()
        for method in route.method_list
        if plugin in (None, part.name)
    ]


async def clients_of(village: Village) -> dict[str, tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A browser and a script for every kind of person."""
    people = {**village.people, "anonymous": None, "reader": village.owner}
    clients = {
        kind: (
            village.client(people[kind]),
            village.api(people[kind], scopes="read" if kind == "reader" else "read write"),
        )
        for kind in ROLES
    }
    for page, api in clients.values():  # so that all are signed in before anything is taken back
        await page.get("/healthz")
        await api.get("openapi.json")
    return clients


async def arrange(village: Village, scenario: Scenario) -> None:
    """Bring the club `atelier`, in which there is somebody of every role, into this state."""
    archived = datetime.now(UTC) if scenario.archived else None
    await Club.filter(id=village.club.id).update(visibility=scenario.visibility, archived_at=archived)
    await ClubPlugin.filter(club_id=village.club.id).update(state=scenario.state)
    await refresh_many([await Club.get(id=village.club.id)])


class _Undo(Exception):
    """Ends a transaction that nobody wants to keep."""


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """What a permitted request changes is taken back, so that the next one finds the village as it was."""
    try:
        async with in_transaction("default"):
            yield
            raise _Undo
    except _Undo:
        pass


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    """What a request changes stays."""
    yield
