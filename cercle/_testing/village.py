"""The village: a running site with people of every kind and three clubs, as every test finds it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from jinja2.bccache import Bucket, BytecodeCache
from pwdlib import PasswordHash

from cercle._testing.queries import Queries, counted
from core import current
from core.accounts.models import ApiToken, LoginSession, User
from core.accounts.sessions import cookie_name, digest
from core.accounts.viewer import Viewer
from core.app import Cercle
from core.collation import sort_key, sort_name
from core.parts import Parts
from core.settings import Settings, load_settings
from spaces.gate import access_for
from spaces.models import Club, ClubPlugin, Membership
from spaces.services.activity import note_members
from spaces.switches import refresh_many, switch_plugin

SAID_AT_THE_DOOR = "seven quiet bicycles"
BASE_URL = "http://127.0.0.1:8000"
PEOPLE = {
    "operator": "Odile Operator",
    "owner": "Oscar Owner",
    "moderator": "Mona Moderator",
    "member": "Max Member",
    "guest": "Gilda Guest",
    "outsider": "Otto Outsider",
    "removed": "Rita Removed",
}
CLUBS = {
    "club": ("atelier", "Atelier", "listed", ("owner", "moderator", "member", "guest")),
    "hidden": ("cave", "Cave", "hidden", ("owner",)),
    "public": ("place", "Place", "public", ("owner",)),
}


def village_settings(folder: Path, database_url: str, **overrides: Any) -> Settings:
    """Settings of a site for tests: everything it writes is below `folder`."""
    values = {"data_dir": folder, "database_url": database_url, "base_url": BASE_URL, "secret_key": "k" * 48}
    return load_settings(**{**values, **overrides})


class _Compiled(BytecodeCache):
    """Compiled templates, kept from one village to the next."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := self._kept.get(bucket.key):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


@dataclass(slots=True)
class Village:
    """A running site with its people and clubs.

    Args:
        app: the application; services find it with `current_app()`.
        operator: runs the site, belongs to no club.
        owner, moderator, member, guest: have that role in `club`; the owner also owns the other two.
        outsider: signed in, belongs to no club.
        removed: was a member of `club` once.
        club: `atelier`, listed.
        hidden: `cave`, hidden; only the owner is in it.
        public: `place`, public; only the owner is in it.

    Every plugin that is switched per club is on in all three clubs. Jobs run when the test says so, see `settle`.
    """

    app: Cercle
    operator: User
    owner: User
    moderator: User
    member: User
    guest: User
    outsider: User
    removed: User
    club: Club
    hidden: Club
    public: Club
    password: str = SAID_AT_THE_DOOR
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def people(self) -> dict[str, User]:
        """Everybody, by kind."""
        return {kind: getattr(self, kind) for kind in PEOPLE}

    def client(self, person: User | None = None, **headers: str) -> httpx.AsyncClient:
        """A browser, signed in as this person or as nobody; it follows no redirects.

        Args:
            person: who uses it.
            headers: sent with each request, `_` for `-`.
        """
        client = self._client(BASE_URL, headers)
        if person is not None:
            secret = secrets.token_urlsafe(32)
            client.cookies.set(cookie_name(self.app.settings), secret)
            client.arriving = _login_session(person, secret)
        return client

    def api(self, person: User | None = None, *, scopes: str = "read write", **headers: str) -> httpx.AsyncClient:
        """A script with a bearer token; its addresses are below `/api/v1/`.

        Args:
            person: whose token it is, None for none.
            scopes: what the token may do.
            headers: sent with each request, `_` for `-`.
        """
        client = self._client(f"{BASE_URL}/api/v1/", headers)
        if person is not None:
            secret = secrets.token_urlsafe(32)
            client.headers["authorization"] = f"Bearer {secret}"
            client.arriving = _api_token(person, secret, scopes)
        return client

    async def switch(self, plugin: str, state: str, club: Club | None = None) -> None:
        """Turn a plugin `on`, `read_only` or `off` in a club, `club` unless another is named."""
        await switch_plugin(club or self.club, plugin, state, actor=None)

    async def viewer(self, person: User | None, club: Club | None = None) -> Viewer:
        """The viewer that this person is in a club (`club` unless another is named), for calling services."""
        place = await Club.get(id=(club or self.club).id)
        if person is None:
            return await access_for(self.app, place, user_id=None)
        return await access_for(self.app, place, user_id=person.id, name=person.name, is_operator=person.is_operator)

    def queries(self) -> AbstractContextManager[Queries]:
        """Count queries: `with village.queries() as seen: …; assert seen.count == 3`."""
        return counted()

    async def join(self, person: User, club: Club, role: str = "member") -> None:
        """Make somebody a member of a club."""
        await Membership.create(club=club, user=person, role=role)

    async def leave(self, person: User, club: Club) -> None:
        """Remove somebody from a club."""
        await Membership.filter(club=club, user=person).delete()

    async def person(self, name: str, **values: Any) -> User:
        """Somebody new, who belongs to no club."""
        return await _person(name.split(maxsplit=1)[0].lower(), name, **values)

    async def settle(self) -> None:
        """Run every scheduled job once: events and mail are delivered, what is due is done."""
        for job in self.app.jobs.registered:
            if job.every is not None:
                await self.app.jobs.run(job.name)

    async def close(self) -> None:
        """Close the clients that were handed out."""
        for client in self._clients:
            await client.aclose()

    def _client(self, base_url: str, headers: dict[str, str]) -> Person:
        client = Person(
            transport=httpx.ASGITransport(self.app),
            base_url=base_url,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        self._clients.append(client)
        return client


class Person(httpx.AsyncClient):
    """A client whose login session or token is stored right before its first request."""

    arriving: LoginSession | ApiToken | None = None

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        arriving, self.arriving = self.arriving, None
        if arriving is not None:
            await arriving.save()
        return await super().send(request, **options)


@asynccontextmanager
async def opened_village(settings: Settings, parts: Parts | None = None) -> AsyncIterator[Village]:
    """A village over a database that `populate` has filled.

    Args:
        settings: of the site, see `village_settings`.
        parts: those that run; all that are installed unless given.
    """
    app = Cercle(settings, parts)
    app.pages.environment.bytecode_cache = _COMPILED
    async with app.running(jobs=False):
        village = await _found(app)
        try:
            yield village
        finally:
            await village.close()


async def populate(settings: Settings, parts: Parts | None = None) -> None:
    """Migrate a database and settle the village in it."""
    async with Cercle(settings, parts).running(jobs=False) as app:
        hashed = PasswordHash.recommended().hash(SAID_AT_THE_DOOR)
        people = {kind: await _person(kind, name, password_hash=hashed) for kind, name in PEOPLE.items()}
        await User.filter(id=people["operator"].id).update(is_operator=True)
        clubs = []
        for slug, name, visibility, roles in CLUBS.values():
            club = await Club.create(
                slug=slug,
                name=name,
                sort_name=sort_key(name),
                kind="team",
                visibility=visibility,
                join_policy="request",
            )
            await Membership.bulk_create([Membership(club=club, user=people[role], role=role) for role in roles])
            clubs.append(club)
        await _switch_everything_on(app, clubs)
        await note_members()


async def _switch_everything_on(app: Cercle, clubs: list[Club]) -> None:
    names = [loaded.name for loaded in app.parts.plugins]
    rows = [ClubPlugin(club=club, plugin=name, state="on") for club in clubs for name in names]
    await ClubPlugin.filter(club_id__in=[club.id for club in clubs]).delete()
    await ClubPlugin.bulk_create(rows)
    await refresh_many(clubs)


async def _found(app: Cercle) -> Village:
    people = {user.handle: user for user in await User.all()}
    clubs = {club.slug: club for club in await Club.all()}
    found: dict[str, Any] = {kind: people[kind] for kind in PEOPLE}
    found |= {name: clubs[facts[0]] for name, facts in CLUBS.items()}
    current.bind(app)
    return Village(app, **found)


async def _person(handle: str, name: str, **values: Any) -> User:
    defaults = {"email": f"{handle}@village.example", "handle": handle, "name": name, "sort_name": sort_name(name)}
    more = {"locale": "en", "timezone": "UTC", "stamp": secrets.token_hex(16)}
    return await User.create(**{**defaults, **more, **values})


def _login_session(person: User, secret: str) -> LoginSession:
    now = datetime.now(UTC)
    until = now + timedelta(days=1)
    return LoginSession(
        token_hash=digest(secret), user=person, stamp=person.stamp, proven_at=now, seen_at=now, expires_at=until
    )


def _api_token(person: User, secret: str, scopes: str) -> ApiToken:
    now = datetime.now(UTC)
    return ApiToken(token_hash=digest(secret), user=person, name="test", scopes=scopes, stamp=person.stamp, seen_at=now)
