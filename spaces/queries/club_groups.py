"""Reads about groups of clubs: the club above, those below as a viewer may know of them, and who follows from where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.accounts.viewer import Viewer, initials
from core.db import Dialect, dialect, rows
from core.navigation import Link
from core.selects import Select
from spaces.models import Club
from spaces.queries.standing import standing, stands

GROUPS_SHOWN = 8
_COLUMNS = ("slug", "name", "accent", "is_mine")


@dataclass(frozen=True, slots=True)
class GroupLink:
    """A group of a club, for a row that leads to it.

    Args:
        is_mine: whether the viewer belongs to it.
    """

    slug: str
    name: str
    accent: str
    is_mine: bool

    @property
    def url(self) -> str:
        """The group's address."""
        return f"/c/{self.slug}/"

    @property
    def initials(self) -> str:
        """One or two letters for its mark."""
        return initials(self.name)


@dataclass(frozen=True, slots=True)
class Followers:
    """How many belong to a group, and how many of them through the club above.

    Args:
        total: its members.
        inherited: those who came through the club above.
        missing: who belongs to the club above and not to the group yet.
    """

    total: int
    inherited: int
    missing: int


def groups_select(club: Club, viewer: Viewer) -> Select:
    """What `groups_of` reads, as part of a query: by name, one more than is shown; hidden ones for their members alone."""
    word = dialect().param
    sql = (
        "SELECT g.slug, g.name, g.accent, CASE WHEN m.id IS NULL THEN 0 ELSE 1 END AS is_mine FROM spaces_club g "
        f"LEFT JOIN spaces_membership m ON m.club_id = g.id AND m.user_id = {word(1)} AND {standing('m')}"
        f"{viewer.within('m.club_id', locked=True)} WHERE g.parent_id = {word(2)} AND g.deleted_at IS NULL "
        "AND (m.id IS NOT NULL OR g.visibility IN ('public', 'listed')) "
        f"ORDER BY g.sort_name, g.id LIMIT {GROUPS_SHOWN + 1}"
    )
    return Select(_COLUMNS, sql, (viewer.id or 0, club.id))


def groups_of(found: Sequence[Sequence[Any]]) -> list[GroupLink]:
    """The groups from the rows of `groups_select`."""
    return [GroupLink(slug, name, accent, bool(mine)) for slug, name, accent, mine in found]


def parent_column(words: Dialect) -> str:
    """The club above `c` as the gate's query reads it, for `parent_link`."""
    facts = words.json_row + "(q.id, q.slug, q.name, q.visibility)"
    return f"(SELECT {facts} FROM spaces_club q WHERE q.id = c.parent_id AND q.deleted_at IS NULL)"


def parent_link(text: str, viewer: Viewer) -> Link | None:
    """Where the club above is, for who may know of it.

    Args:
        text: as the gate's query answers `parent_column`; "" where there is none.
        viewer: who looks.
    """
    if not text:
        return None
    number, slug, name, visibility = json.loads(text)
    if visibility == "hidden" and number not in {club.id for club in viewer.clubs}:
        return None
    return Link(name, f"/c/{slug}/")


async def parent_of(club: Club) -> Club | None:
    """The club above, None where there is none or it is deleted."""
    return await Club.get_or_none(id=club.parent_id, deleted_at=None) if club.parent_id else None


async def clubs_that_fit(viewer: Viewer) -> list[Club]:
    """The clubs that the viewer owns and that could become a group, by name; at most 100."""
    if viewer.id is None:
        return []
    mine = {"memberships__user_id": viewer.id, "memberships__role": "owner", "parent_id": None}
    allowed = [one.id for one in viewer.clubs]
    found = Club.filter(
        stands("memberships__"), deleted_at=None, archived_at=None, id__in=allowed, groups__id=None, **mine
    )
    return await found.order_by("sort_name", "id").limit(100)


async def count_followers(group: Club) -> Followers:
    """Who belongs to a group, by where they come from."""
    word = dialect().param
    found = await rows(
        f"SELECT (SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = {word(1)} AND {standing('m')}) AS total, "
        f"(SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = {word(2)} AND m.is_inherited AND {standing('m')}) "
        f"AS inherited, (SELECT COUNT(*) FROM spaces_membership a WHERE a.club_id = {word(3)} AND {standing('a')} "
        f"AND NOT EXISTS (SELECT 1 FROM spaces_membership m WHERE m.club_id = {word(4)} AND m.user_id = a.user_id "
        f"AND {standing('m')})) AS missing",
        [group.id, group.id, group.parent_id or 0, group.id],
    )
    return Followers(int(found[0]["total"]), int(found[0]["inherited"]), int(found[0]["missing"]))
