"""What the home of a club greets a member with: the first steps, and who pinned the note."""

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
from spaces.queries.standing import standing

FOUNDED_WITHIN = timedelta(days=60)
"""So long those who run a new club are helped to set it up."""
CAME_WITHIN = timedelta(days=30)
"""So long a new member is shown round."""
_COLUMNS = (
    "role",
    "joined_at",
    "steps_done_at",
    "has_face",
    "wrote",
    "is_inviting",
    "host",
    "host_handle",
    "host_photo",
    "pinned_by",
)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is known of a member who opens the home of a club.

    Args:
        is_due: whether they are to be shown the first steps: they are new, or the club is, and they have not put them away.
        has_face: whether they have a photo and a line about themselves.
        wrote: whether something of theirs stands in this club.
        is_inviting: whether an invitation was ever made here.
        host: who owns the club, or one of them; "" where nobody does, or it is the viewer.
        host_handle: their handle.
        host_photo: the hash of their photo, as others see it.
        pinned_by: who pinned the note; "" where that is not known.
    """

    is_due: bool = False
    has_face: bool = False
    wrote: bool = False
    is_inviting: bool = False
    host: str = ""
    host_handle: str = ""
    host_photo: str | None = None
    pinned_by: str = ""


def welcome_select(club: Club, viewer: Viewer) -> Select:
    """What `welcome_of` reads, as part of a query: one row for a member, none for others."""
    words = dialect()
    host = (
        "(SELECT MIN(o.user_id) FROM spaces_membership o JOIN accounts_user a ON a.id = o.user_id AND a.is_active "
        "WHERE o.club_id = m.club_id AND o.role = 'owner')"
    )
    sql = (
        "SELECT m.role, m.joined_at, m.steps_done_at, u.photo_hash IS NOT NULL AND u.headline <> '' AS has_face, "
        "EXISTS (SELECT 1 FROM spaces_content t WHERE t.author_id = m.user_id AND t.club_id = m.club_id) AS wrote, "
        "EXISTS (SELECT 1 FROM spaces_invitation i WHERE i.club_id = m.club_id) AS is_inviting, "
        f"h.name AS host, h.handle AS host_handle, {shown_column('photo_hash', 'h')} AS host_photo, p.name AS pinned_by "
        "FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id JOIN spaces_club c ON c.id = m.club_id "
        f"LEFT JOIN accounts_user h ON h.id = {host} AND h.id <> m.user_id LEFT JOIN accounts_user p ON p.id = c.note_by_id "
        f"WHERE m.club_id = {words.param(1)} AND m.user_id = {words.param(2)} AND {standing('m')}"
    )
    return Select(_COLUMNS, sql, (club.id, viewer.id or 0))


def welcome_of(club: Club, rows: Sequence[Sequence[Any]]) -> Welcome:
    """What is known, from the rows of `welcome_select`."""
    if not rows:
        return Welcome()
    role, joined, done, has_face, wrote, is_inviting, host, handle, photo, pinned_by = rows[0]
    lasts, since = (FOUNDED_WITHIN, club.created_at) if role == "owner" else (CAME_WITHIN, moment(joined))
    is_new = since is not None and datetime.now(UTC) - since < lasts
    return Welcome(
        is_new and done is None,
        bool(has_face),
        bool(wrote),
        bool(is_inviting),
        host or "",
        handle or "",
        photo,
        pinned_by or "",
    )
