"""Reads about the people of clubs: members, newcomers, requests and invitations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from core.accounts.models import User
from core.accounts.sessions import moment
from core.accounts.shown import shown_column
from core.accounts.viewer import Viewer
from core.collation import fold
from core.db import dialect, rows
from core.errors import NotFound
from core.i18n import gettext
from core.mentions import Mentioned
from core.permissions import OWN_ROLE_BASES
from core.selects import Select, read_together, rows_in
from spaces.models import Club, Membership
from spaces.permissions import VIEW_MEMBERS
from spaces.queries.standing import standing, stands

JOINED_WITHIN = timedelta(days=60)
NAMED_AT_ONCE = 200  # members whom a field offers; others are typed
_NEWCOMER = ("name", "handle", "photo_hash", "club", "club_slug", "joined_at")
_COMPANY = ("name", "handle", "photo_hash", "role", "total", "asking", "asked")
_LIKE = " ".join(f"WHEN mine.role LIKE '{base}.%' THEN '{base}'" for base in OWN_ROLE_BASES)
_BASE = f"CASE {_LIKE} ELSE mine.role END"
_DECIDED = (
    "(SELECT g.allowed FROM spaces_grant_override g "
    "WHERE g.club_id = mine.club_id AND g.role = {} AND g.permission = 'spaces.view_members')"
)
MINE_SHOW_MEMBERS = (
    f"COALESCE((SELECT l.allowed FROM spaces_grant_lock l WHERE l.role = {_BASE} "
    f"AND l.permission = 'spaces.view_members'), {_DECIDED.format('mine.role')}, {_DECIDED.format(_BASE)}, "
    f"{_BASE} IN ('owner', 'moderator', 'member', 'guest'))"
)
"""Whether the role of the membership `mine` may see the members, as `Matrix.allows` has it."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who joined one of the viewer's clubs."""

    name: str
    handle: str
    photo_hash: str | None
    club: str
    club_slug: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Face:
    """A member as a picture and a name."""

    name: str
    handle: str
    photo_hash: str | None
    role: str


@dataclass(frozen=True, slots=True)
class Company:
    """Who is in a club, as its home shows it.

    Args:
        total: how many members.
        faces: a few of them, longest there first.
        asking: how many requests to join wait.
        asked: whether the viewer's own request waits.
        is_questioned: whether it waits for an answer of theirs.
    """

    total: int
    faces: tuple[Face, ...]
    asking: int
    asked: bool
    is_questioned: bool = False


def newcomers_select(viewer: Viewer, limit: int = 6) -> Select:
    """Who joined the viewer's clubs lately, where the viewer's role may see members; not those of clubs that they muted."""
    words = dialect()
    sql = (
        f"SELECT u.name, u.handle, {shown_column('photo_hash')} AS photo_hash, k.name AS club, k.slug AS club_slug, m.joined_at "
        "FROM spaces_membership mine JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        f"JOIN spaces_membership m ON m.club_id = mine.club_id AND m.user_id <> mine.user_id AND {standing('m')} "
        "JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE mine.user_id = {words.param(1)}{viewer.within('mine.club_id')} AND m.joined_at > {words.param(2)} "
        f"AND NOT mine.is_muted AND {standing('mine')} AND {MINE_SHOW_MEMBERS} "
        f"ORDER BY m.joined_at DESC, m.id DESC LIMIT {int(limit)}"
    )
    return Select(_NEWCOMER, sql, (viewer.id, datetime.now(UTC) - JOINED_WITHIN))


def newcomers_of(rows: Sequence[Sequence[Any]]) -> list[Newcomer]:
    """The newcomers from the rows of `newcomers_select`."""
    return [Newcomer(**{**dict(zip(_NEWCOMER, row, strict=True)), "joined_at": moment(row[-1])}) for row in rows]


async def share_a_club(viewer: Viewer, user_id: int) -> bool:
    """Whether the viewer meets this person in a club where they may see the members."""
    words = dialect()
    found = await rows(
        "SELECT 1 AS one FROM spaces_membership mine "
        "JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        f"JOIN spaces_membership m ON m.club_id = mine.club_id AND m.user_id = {words.param(1)} AND {standing('m')} "
        f"WHERE mine.user_id = {words.param(2)}{viewer.within('mine.club_id')} AND {standing('mine')} "
        f"AND {MINE_SHOW_MEMBERS} LIMIT 1",
        [user_id, viewer.id],
    )
    return bool(found)


async def load_company(club: Club, viewer: Viewer, *, faces: int = 8) -> Company:
    """Who is in the club and who wants to be, in one query."""
    return company_of(rows_in(*await read_together([company_select(club, viewer, faces=faces)])))


def company_select(club: Club, viewer: Viewer, *, faces: int = 8) -> Select:
    """What `company_of` reads, as part of a query; without faces for those who may not see the members."""
    words, grant = dialect(), viewer.grants.get(club.id)
    shown = "TRUE" if grant and VIEW_MEMBERS.name in grant.allowed else "FALSE"
    sql = (
        f"SELECT u.name, u.handle, {shown_column('photo_hash')} AS photo_hash, m.role, "
        f"(SELECT COUNT(*) FROM spaces_membership n WHERE n.club_id = {words.param(1)} AND {standing('n')}) AS total, "
        f"(SELECT COUNT(*) FROM spaces_join_request WHERE club_id = {words.param(2)}) AS asking, "
        "(SELECT MAX(CASE WHEN question <> '' AND replied_at IS NULL THEN 2 ELSE 1 END) FROM spaces_join_request "
        f"WHERE club_id = {words.param(3)} AND user_id = {words.param(4)}) AS asked "
        f"FROM (SELECT 1 AS one) x LEFT JOIN spaces_membership m ON m.club_id = {words.param(5)} AND {shown} AND {standing('m')} "
        "LEFT JOIN accounts_user u ON u.id = m.user_id "
        f"ORDER BY m.joined_at, m.id LIMIT {int(faces)}"
    )
    return Select(_COMPANY, sql, (club.id, club.id, club.id, viewer.id or 0, club.id))


def company_of(rows: Sequence[Sequence[Any]]) -> Company:
    """The company from the rows of `company_select`."""
    *_, total, asking, asked = rows[0]
    return Company(total, tuple(Face(*row[:4]) for row in rows if row[0]), asking, bool(asked), asked == 2)


async def list_people(
    club: Club, *, text: str = "", role: str = "", after: Sequence[str] | None = None, limit: int = 50
) -> list[Membership]:
    """Members by name, with their users; one more than the limit when there are more.

    Args:
        club: the club.
        text: part of a name.
        role: only this role.
        after: sort name and user id that the page before ended with.
        limit: how many.
    """
    query = Membership.filter(stands(), club_id=club.id, user__is_active=True)
    if role:
        query = query.filter(role=role)
    for word in text.split()[:5]:
        query = query.filter(Q(user__sort_name__contains=fold(word)) | Q(user__name__icontains=word))
    if after:
        name, user_id = after
        same = Q(user__sort_name=name, user_id__gt=_number(user_id))
        query = query.filter(Q(user__sort_name__gt=name) | same)
    return await query.order_by("user__sort_name", "user_id").limit(limit + 1).select_related("user")


async def suggest_people(club: Club, text: str, limit: int = 8) -> list[User]:
    """Members whose first or last name, or handle, begins as somebody types it, by name.

    Args:
        club: the club.
        text: the first letters of a name, or of several; accents and capitals do not count.
        limit: how many.
    """
    query = Membership.filter(stands(), club_id=club.id, user__is_active=True)
    for word in fold(text).split()[:5]:
        starts = Q(user__sort_name__startswith=word) | Q(user__sort_name__contains=f" {word}")
        query = query.filter(starts | Q(user__handle__startswith=word))
    found = await query.order_by("user__sort_name", "user_id").limit(limit).select_related("user")
    return [member.user for member in found]


async def people_to_name(club: Club) -> list[tuple[str, str]]:
    """The first of its members by name, as `("@handle", name)`, for a field in which one of them is named."""
    return [(f"@{user.handle}", user.name) for user in await suggest_people(club, "", limit=NAMED_AT_ONCE)]


async def mentioned_people(club: Club, handles: Collection[str]) -> Mapping[str, Mentioned]:
    """The members among these handles, as pages of the club name them."""
    words = dialect()
    places = ", ".join(words.param(number) for number in range(2, len(handles) + 2))
    found = await rows(
        "SELECT u.handle, u.name FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE m.club_id = {words.param(1)} AND {standing('m')} AND u.handle IN ({places})",
        [club.id, *handles],
    )
    return {row["handle"]: Mentioned(row["name"], f"/c/{club.slug}/people/{row['handle']}") for row in found}


async def get_member(club: Club, user: str) -> Membership:
    """A member by handle or id, with their user.

    Raises:
        NotFound: when the club has no such member.
    """
    members = Membership.filter(stands(), club_id=club.id).select_related("user")
    found = await members.get_or_none(user__handle=user[:40])
    if found is None and user.isascii() and user.isdigit() and len(user) < 10:
        found = await members.get_or_none(user_id=int(user))
    if found is None:
        raise NotFound(gettext("This person does not belong to the club."))
    return found


async def count_roles(club: Club) -> dict[str, int]:
    """How many members whose account is open have each role."""
    words = dialect()
    found = await rows(
        "SELECT m.role, COUNT(*) AS many FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE m.club_id = {words.param(1)} AND {standing('m')} GROUP BY m.role",
        [club.id],
    )
    return {row["role"]: int(row["many"]) for row in found}


async def count_factors(club: Club) -> tuple[int, int]:
    """How many of the club's members have a second factor, and how many members there are."""
    members = Membership.filter(stands(), club_id=club.id, user__is_active=True)
    return await members.filter(user__has_factor=True).count(), await members.count()


async def find_user(email: str) -> User | None:
    """The account with this address."""
    return await User.get_or_none(email=email, is_active=True)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
