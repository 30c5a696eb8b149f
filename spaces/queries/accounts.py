"""Reads for the operator's pages about people: all accounts, searched and filtered, and all about one; behind `site.operate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from core.accounts.models import Authenticator, Identity, LoginSession, Passkey, Provider, SignIn, User
from core.accounts.queries import sessions_of, tokens_of
from core.accounts.sessions import moment
from core.collation import fold
from core.db import dialect, rows
from core.errors import NotFound
from core.models import AuditEntry
from spaces.models import Membership
from spaces.queries.clubs import escaped
from spaces.queries.keyset import Mark, after_name, after_time
from spaces.queries.standing import standing, stands
from spaces.queries.tallies import tallied

AWAY = timedelta(days=90)
RECENT = 20  # sign-ins, and lines of the log, on the page of one account
# "never" is written as its index is: SQLite would take that of `seen_at` and sort all it finds
FILTERS = {
    "active": "u.is_active",
    "suspended": "NOT u.is_active AND u.leaving_at IS NULL",
    "leaving": "u.leaving_at IS NOT NULL",
    "operators": "u.is_operator",
    "no_factor": "u.is_active AND NOT u.has_factor",
    "never": "u.is_active AND (u.seen_at IS NULL) = TRUE",
    "away": "u.is_active AND u.seen_at < {away}",
}
_ORDERS = {
    "name": "u.sort_name, u.id",
    "newest": "u.created_at DESC, u.id DESC",
    "seen": "u.seen_at DESC NULLS LAST, u.id DESC",
}
SORTS = tuple(_ORDERS)
_TIMES = ("seen_at", "created_at", "leaving_at")
_FLAGS = ("is_operator", "is_active", "has_factor")


@dataclass(frozen=True, slots=True)
class Sought:
    """Which accounts are asked for.

    Args:
        text: part of a name, handle or address, without regard to accents.
        only: one of `FILTERS`, "" for all.
        club: the address of a club that they belong to.
        provider: the slug of a provider with which they sign in.
        sort: one of `SORTS`.
    """

    text: str = ""
    only: str = ""
    club: str = ""
    provider: str = ""
    sort: str = "name"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """An account in the operator's list."""

    id: int
    name: str
    email: str
    handle: str
    sort_name: str
    photo_hash: str | None
    is_operator: bool
    is_active: bool
    has_factor: bool
    created_at: datetime
    seen_at: datetime | None
    leaving_at: datetime | None
    clubs: int

    def place(self, sort: str) -> tuple[str, str]:
        """Where the row stands in a list: what it is sorted by, and its number."""
        time = self.created_at if sort == "newest" else self.seen_at
        return self.sort_name if sort == "name" else time.isoformat() if time else "", str(self.id)


@dataclass(frozen=True, slots=True)
class Account:
    """All about one account that its page in the console shows."""

    user: User
    memberships: list[Membership]
    passkeys: int
    has_app: bool
    identities: list[Identity]
    sessions: list[LoginSession]
    tokens: int
    sign_ins: list[SignIn]
    log: list[AuditEntry]


async def list_accounts(sought: Sought, *, after: Sequence[str] | None = None, limit: int = 50) -> list[PersonRow]:
    """Accounts in one query; one more than the limit when there are more.

    Args:
        sought: which, and in which order.
        after: the `place` of the row that the page before ended with.
        limit: how many.
    """
    words, values = dialect(), list[Any]()

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    where = [*_conditions(sought, mark), *([_following(sought.sort, after, mark)] if after else [])]
    found = await rows(
        "SELECT u.id, u.name, u.email, u.handle, u.sort_name, u.photo_hash, u.is_operator, u.is_active, u.has_factor, "
        "u.created_at, u.seen_at, u.leaving_at, "
        f"(SELECT COUNT(*) FROM spaces_membership m WHERE m.user_id = u.id AND {standing('m')}) AS clubs "
        f"FROM accounts_user u WHERE {' AND '.join(where) or '1 = 1'} "
        f"ORDER BY {_ORDERS[sought.sort]} LIMIT {int(limit) + 1}",
        values,
    )
    return [PersonRow(**_read(row)) for row in found]


async def get_account(user_id: int) -> User:
    """An account, closed ones too.

    Raises:
        NotFound: when there is none.
    """
    user = await User.get_or_none(id=user_id).select_related("provider")
    if user is None:
        raise NotFound()
    return user


async def load_account(user_id: int) -> Account:
    """All about one account; lists are cut.

    Raises:
        NotFound: when there is none.
    """
    user = await get_account(user_id)
    about = Q(action__startswith="accounts.", subject=user.handle) | Q(actor_id=user.id)
    return Account(
        user=user,
        memberships=await clubs_of(user),
        passkeys=await Passkey.filter(user_id=user.id).count(),
        has_app=await Authenticator.exists(user_id=user.id),
        identities=await Identity.filter(user_id=user.id).order_by("id").limit(RECENT).select_related("provider"),
        sessions=await sessions_of(user),
        tokens=len(await tokens_of(user)),
        sign_ins=await SignIn.filter(user_id=user.id).order_by("-id").limit(RECENT),
        log=await AuditEntry.filter(about, club_id=None).order_by("-id").limit(RECENT),
    )


async def clubs_of(user: User) -> list[Membership]:
    """The clubs somebody belongs to; at most 100."""
    mine = Membership.filter(stands(), user_id=user.id, club__deleted_at=None)
    return await mine.order_by("club__sort_name", "club__slug").limit(100).select_related("club")


async def list_providers() -> list[Provider]:
    """The providers with which people sign in, by title."""
    return await Provider.all().order_by("title").limit(100)


async def count_without_factor() -> tuple[int, int]:
    """How many open accounts have no second factor: operators, and all; of many as a job last counted them."""
    found = await rows(
        "SELECT (SELECT COUNT(*) FROM accounts_user WHERE is_operator AND is_active AND NOT has_factor) AS operators, "
        f"{tallied('people_without_factor')} AS people"
    )
    return int(found[0]["operators"]), int(found[0]["people"])


def _conditions(sought: Sought, mark: Mark) -> list[str]:
    made = []
    if sought.text.strip():
        plain, like = f"%{escaped(fold(sought.text))}%", f"%{escaped(sought.text.strip().lower())}%"
        made.append(
            f"(u.sort_name LIKE {mark(plain)} ESCAPE '!' OR LOWER(u.name) LIKE {mark(like)} ESCAPE '!' "
            f"OR u.email LIKE {mark(like)} ESCAPE '!' OR u.handle LIKE {mark(like)} ESCAPE '!')"
        )
    if sought.only in FILTERS:
        text = FILTERS[sought.only]
        made.append(f"({text.format(away=mark(datetime.now(UTC) - AWAY)) if '{away}' in text else text})")
    if sought.club:
        made.append(
            "u.id IN (SELECT n.user_id FROM spaces_membership n JOIN spaces_club c ON c.id = n.club_id "
            f"WHERE c.slug = {mark(sought.club)} AND {standing('n')})"
        )
    if sought.provider:
        made.append(
            "u.id IN (SELECT i.user_id FROM accounts_identity i JOIN accounts_provider p ON p.id = i.provider_id "
            f"WHERE p.slug = {mark(sought.provider)})"
        )
    return made


def _following(sort: str, after: Sequence[str], mark: Mark) -> str:
    if sort == "name":
        return after_name("u", after, mark)
    column = "u.created_at" if sort == "newest" else "u.seen_at"
    return after_time(column, "u.id", after, mark, may_be_empty=sort == "seen")


def _read(row: dict[str, Any]) -> dict[str, Any]:
    times = {name: moment(row[name]) for name in _TIMES}
    return {**row, **times, **{name: bool(row[name]) for name in _FLAGS}}
