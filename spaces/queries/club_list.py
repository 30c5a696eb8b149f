"""All clubs as operators look through them: searched, filtered, sorted, page by page. Only behind `site.operate`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts.sessions import moment
from core.db import dialect, rows
from spaces.queries.clubs import escaped, named_like
from spaces.queries.keyset import Mark, after_name, after_number, after_time

QUIET = timedelta(days=90)
LATELY = timedelta(days=30)  # within which items count as new
FULL = 0.9  # of its room, from which on a club is nearly full
_ROOM = "COALESCE(c.quota, {quota})"
_THERE = "c.deleted_at IS NULL"


def owned(club: str) -> str:
    """The condition for clubs under this name that somebody owns whose account is open."""
    return (
        "EXISTS (SELECT 1 FROM spaces_membership o JOIN accounts_user w ON w.id = o.user_id "
        f"WHERE o.club_id = {club}.id AND o.role = 'owner' AND w.is_active)"
    )


OWNERLESS = f"{_THERE} AND NOT {owned('c')}"
"""The condition for clubs `c` that nobody owns; it looks at every club."""
FILTERS = {
    "open": f"{_THERE} AND c.archived_at IS NULL",
    "hidden": f"{_THERE} AND c.visibility = 'hidden'",
    "archived": f"{_THERE} AND c.archived_at IS NOT NULL",
    "deleted": "c.deleted_at IS NOT NULL",
    "no_owner": f"c.ownerless_at IS NOT NULL AND {OWNERLESS}",
    "quiet": f"{_THERE} AND c.archived_at IS NULL AND c.created_at < {{quiet}} "
    "AND (c.active_at IS NULL OR c.active_at < {quiet})",
    "full": f"{_THERE} AND c.storage_used >= {FULL} * {_ROOM}",
    "paused": f"{_THERE} AND c.id IN (SELECT p.club_id FROM spaces_club_plugin p WHERE p.paused_at IS NOT NULL)",
}
_ORDERS = {
    "name": "c.sort_name, c.id",
    "active": "c.active_at DESC NULLS LAST, c.id DESC",
    "storage": "c.storage_used DESC, c.id DESC",
    "members": "c.members_counted DESC, c.id DESC",
    "newest": "c.id DESC",
}
SORTS = tuple(_ORDERS)
_NUMBERS = {"members": "c.members_counted", "storage": "c.storage_used", "newest": "c.id"}
_TIMES = ("created_at", "archived_at", "deleted_at", "active_at")
_COLUMNS = (
    "c.id, c.slug, c.name, c.sort_name, c.kind, c.visibility, c.storage_used, c.quota, c.created_at, c.archived_at, "
    "c.deleted_at, c.active_at"
)


@dataclass(frozen=True, slots=True)
class ClubsSought:
    """Which clubs are asked for.

    Args:
        text: part of a name or an address, without regard to accents.
        kind: the name of a kind, "" for all.
        only: one of `FILTERS`, "" for all.
        sort: one of `SORTS`.
    """

    text: str = ""
    kind: str = ""
    only: str = ""
    sort: str = "name"


@dataclass(frozen=True, slots=True)
class ClubLine:
    """A club in the operator's list. `owner` is the first of `owners` people whose account is open, "" where there is none;
    `members` is how many belonged to it when a job last looked, a few minutes ago.
    """

    id: int
    slug: str
    name: str
    sort_name: str
    kind: str
    visibility: str
    storage_used: int
    quota: int | None
    created_at: datetime
    archived_at: datetime | None
    deleted_at: datetime | None
    active_at: datetime | None
    members: int
    recent: int
    plugins: int
    paused: int
    owners: int
    owner: str
    owner_id: int | None

    def place(self, sort: str) -> tuple[str, str]:
        """Where the club stands in a list: what it is sorted by, and its number."""
        value: object = {
            "name": self.sort_name,
            "active": self.active_at.isoformat() if self.active_at else "",
            "storage": self.storage_used,
            "members": self.members,
        }.get(sort, self.id)
        return str(value), str(self.id)

    def is_nearly_full(self, quota: int) -> bool:
        """Whether it has little room left, where `quota` (bytes) holds unless it has its own."""
        return self.storage_used >= FULL * (self.quota if self.quota is not None else quota)


async def list_club_lines(
    sought: ClubsSought, *, quota: int, after: Sequence[str] | None = None, limit: int = 50
) -> list[ClubLine]:
    """Clubs in one query; one more than the limit when there are more.

    Args:
        sought: which, and in which order.
        quota: bytes that a club may store unless it has its own limit.
        after: the `place` of the club that the page before ended with.
        limit: how many.
    """
    words, values = dialect(), list[Any]()

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    lately = mark(datetime.now(UTC) - LATELY)
    where = [*_conditions(sought, int(quota), mark), *([_following(sought.sort, after, mark)] if after else [])]
    page = (
        f"SELECT c.id FROM spaces_club c WHERE {' AND '.join(where) or '1 = 1'} "
        f"ORDER BY {_ORDERS[sought.sort]} LIMIT {int(limit) + 1}"
    )
    found = await rows(
        f"SELECT {_COLUMNS}, c.members_counted AS members, "
        f"(SELECT COUNT(*) FROM spaces_content t WHERE t.club_id = c.id AND t.updated_at > {lately}) AS recent, "
        "(SELECT COUNT(*) FROM spaces_club_plugin p WHERE p.club_id = c.id AND p.effective <> 'off') AS plugins, "
        "(SELECT COUNT(*) FROM spaces_club_plugin p WHERE p.club_id = c.id AND p.paused_at IS NOT NULL) AS paused, "
        f"{_owner('COUNT(*)')} AS owners, "
        f"{_owner('w.name', 'ORDER BY o.id LIMIT 1')} AS owner, {_owner('w.id', 'ORDER BY o.id LIMIT 1')} AS owner_id "
        f"FROM ({page}) one JOIN spaces_club c ON c.id = one.id ORDER BY {_ORDERS[sought.sort]}",
        values,
    )
    return [ClubLine(**{**row, "owner": row["owner"] or "", **_times(row)}) for row in found]


def _owner(what: str, rest: str = "") -> str:
    return (
        f"(SELECT {what} FROM spaces_membership o JOIN accounts_user w ON w.id = o.user_id "
        f"WHERE o.club_id = c.id AND o.role = 'owner' AND w.is_active {rest})"
    )


def _conditions(sought: ClubsSought, quota: int, mark: Mark) -> list[str]:
    made = []
    if text := sought.text.strip():
        named = named_like(text, mark)
        made.append(f"({named} OR c.slug LIKE {mark(f'%{escaped(text.lower())}%')} ESCAPE '!')")
    if sought.kind:
        made.append(f"c.kind = {mark(sought.kind)}")
    if sought.only in FILTERS:
        text = FILTERS[sought.only].replace("{quota}", str(quota))
        while "{quiet}" in text:
            text = text.replace("{quiet}", mark(datetime.now(UTC) - QUIET), 1)
        made.append(f"({text})")
    return made


def _following(sort: str, after: Sequence[str], mark: Mark) -> str:
    if sort == "name":
        return after_name("c", after, mark)
    if sort == "active":
        return after_time("c.active_at", "c.id", after, mark, may_be_empty=True)
    return after_number(_NUMBERS[sort], "c.id", after, mark)


def _times(row: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(row[name]) for name in _TIMES}
