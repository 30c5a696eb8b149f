"""The members of one club as a list: searched, narrowed, sorted, page by page, with what those who manage them want to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts.sessions import moment
from core.accounts.shown import is_shown, shown_column
from core.collation import fold
from core.db import dialect, rows
from core.folded import holds_word
from spaces.models import Club
from spaces.queries.clubs import escaped
from spaces.queries.keyset import Mark, after_name, after_time
from spaces.queries.standing import standing

ENDS_SOON = timedelta(days=30)
AWAY = {"away30": timedelta(days=30), "away90": timedelta(days=90)}
FILTERS = (*AWAY, "ending")
"""Who has not been there for a while, and whose membership ends soon; for those who manage members."""
_ORDERS = {
    "name": "u.sort_name, u.id",
    "joined": "m.joined_at DESC, m.id DESC",
    "seen": "m.visited_at DESC NULLS LAST, m.id DESC",
}
SORTS = tuple(_ORDERS)
_TIMES = ("joined_at", "visited_at", "expires_at")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class MembersSought:
    """Which members are asked for.

    Args:
        text: parts of a name or headline, without regard to accents.
        role: only this role, "" for all.
        since: only who joined at this moment or later.
        only: one of `FILTERS`, "" for all.
        sort: one of `SORTS`.
    """

    text: str = ""
    role: str = ""
    since: datetime | None = None
    only: str = ""
    sort: str = "name"


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member in the list. What the person hides is empty; `inviter` is who brought them, "" where nobody is known."""

    id: int
    user_id: int
    name: str
    handle: str
    sort_name: str
    photo_hash: str | None
    headline: str
    email: str
    role: str
    joined_at: datetime
    visited_at: datetime | None
    expires_at: datetime | None
    is_inherited: bool
    came_by: str
    inviter: str

    def place(self, sort: str) -> tuple[str, str]:
        """Where the row stands in a list: what it is sorted by, and a number."""
        if sort == "name":
            return self.sort_name, str(self.user_id)
        time = self.joined_at if sort == "joined" else self.visited_at
        return time.isoformat() if time else "", str(self.id)


async def list_members(
    club: Club, sought: MembersSought, *, after: Sequence[str] | None = None, limit: int = 50
) -> list[MemberLine]:
    """Members in one query; one more than the limit when there are more.

    Args:
        club: the club.
        sought: which, and in which order.
        after: the `place` of the member that the page before ended with.
        limit: how many.
    """
    words, values = dialect(), list[Any]()

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    where = [*_conditions(club, sought, mark), *([_following(sought.sort, after, mark)] if after else [])]
    found = await rows(
        f"SELECT m.id, m.user_id, u.name, u.handle, u.sort_name, {shown_column('photo_hash')} AS photo_hash, "
        f"{shown_column('headline')} AS headline, u.email, u.hidden, m.role, m.joined_at, m.visited_at, m.expires_at, "
        "m.is_inherited, m.came_by, COALESCE(i.name, '') AS inviter "
        "FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id "
        f"LEFT JOIN accounts_user i ON i.id = m.invited_by_id WHERE {' AND '.join(where)} "
        f"ORDER BY {_ORDERS[sought.sort]} LIMIT {int(limit) + 1}",
        values,
    )
    return [_line(row) for row in found]


def _conditions(club: Club, sought: MembersSought, mark: Mark) -> list[str]:
    made = [f"m.club_id = {mark(club.id)}", "u.is_active", standing("m")]
    made += [_named(word, mark) for word in fold(sought.text).split()[:_MOST_WORDS]]
    if sought.role:
        made.append(f"m.role = {mark(sought.role)}")
    if sought.since is not None:
        made.append(f"m.joined_at >= {mark(sought.since)}")
    now = datetime.now(UTC)
    if sought.only in AWAY:
        made.append(f"COALESCE(m.visited_at, m.joined_at) < {mark(now - AWAY[sought.only])}")
    if sought.only == "ending":
        made.append(f"m.expires_at < {mark(now + ENDS_SOON)}")
    return made


def _named(word: str, mark: Mark) -> str:
    """Whether a folded word is in the name, or in the headline where that is shown."""
    named = f"u.sort_name LIKE {mark(f'%{escaped(word)}%')} ESCAPE '!'"
    return f"({named} OR {holds_word('u.name', word, mark)} OR {holds_word(shown_column('headline'), word, mark)})"


def _following(sort: str, after: Sequence[str], mark: Mark) -> str:
    if sort == "name":
        return after_name("u", after, mark)
    column = "m.joined_at" if sort == "joined" else "m.visited_at"
    return after_time(column, "m.id", after, mark, may_be_empty=sort == "seen")


def _line(row: dict[str, Any]) -> MemberLine:
    hidden = row.pop("hidden")
    times = {name: moment(row[name]) for name in _TIMES}
    shown = {"email": row["email"] if is_shown(hidden, "email") else "", "is_inherited": bool(row["is_inherited"])}
    return MemberLine(**{**row, **times, **shown})
