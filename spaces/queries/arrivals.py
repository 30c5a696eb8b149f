"""Who joined a club lately, as its home shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.accounts.sessions import moment
from core.accounts.shown import shown_column
from core.accounts.viewer import Viewer
from core.db import dialect
from core.selects import Select
from spaces.models import Club
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.people import JOINED_WITHIN
from spaces.queries.standing import standing

ARRIVALS = 5
FOUNDING = timedelta(minutes=1)
_COLUMNS = ("name", "handle", "photo_hash", "joined_at")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who joined the club."""

    name: str
    handle: str
    photo_hash: str | None
    joined_at: datetime | None


def arrivals_select(club: Club, viewer: Viewer) -> Select:
    """What `arrivals_of` reads, as part of a query: those who came after its founding, newest first, without the viewer;
    nobody for those who may not see the members.
    """
    words, grant = dialect(), viewer.grants.get(club.id)
    shown = "TRUE" if grant and VIEW_MEMBERS.name in grant.allowed else "FALSE"
    since = max(datetime.now(UTC) - JOINED_WITHIN, club.created_at + FOUNDING)
    sql = (
        f"SELECT u.name, u.handle, {shown_column('photo_hash')} AS photo_hash, m.joined_at FROM spaces_membership m "
        f"JOIN accounts_user u ON u.id = m.user_id AND u.is_active WHERE m.club_id = {words.param(1)} AND {shown} "
        f"AND {standing('m')} AND m.joined_at > {words.param(2)} AND m.user_id <> {words.param(3)} "
        f"ORDER BY m.joined_at DESC, m.id DESC LIMIT {ARRIVALS}"
    )
    return Select(_COLUMNS, sql, (club.id, since, viewer.id or 0))


def arrivals_of(rows: Sequence[Sequence[Any]]) -> list[Arrival]:
    """The people from the rows of `arrivals_select`."""
    return [Arrival(name, handle, photo, moment(joined)) for name, handle, photo, joined in rows]
