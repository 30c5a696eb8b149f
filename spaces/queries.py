"""Reads about clubs for pages and API. Each takes the viewer or a club that the gate let the viewer into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q

from core.accounts.models import User
from core.accounts.sessions import moment
from core.accounts.viewer import Viewer
from core.db import dialect, rows
from core.errors import Forbidden, NotFound
from core.i18n import gettext
from core.models import Setting
from spaces.catalogue import visible_to
from spaces.models import Club, Content, Invitation, JoinRequest, Membership
from spaces.settings import SiteSettings

NEWS_LOOKED_AT = 120
NEWS_A_CLUB = 3
JOINED_WITHIN = timedelta(days=60)
_MINE_SHOW_MEMBERS = (
    "COALESCE((SELECT l.allowed FROM spaces_grant_lock l WHERE l.role = mine.role "
    "AND l.permission = 'spaces.view_members'), (SELECT g.allowed FROM spaces_grant_override g "
    "WHERE g.club_id = mine.club_id AND g.role = mine.role AND g.permission = 'spaces.view_members'), "
    "mine.role IN ('owner', 'moderator', 'member', 'guest'))"
)


@dataclass(frozen=True, slots=True)
class ClubCard:
    """A club in a list, as its viewer sees it.

    Args:
        role: the viewer's, None when they are no member.
        asked: whether the viewer's request to join waits.
    """

    id: int
    slug: str
    name: str
    kind: str
    visibility: str
    join_policy: str
    purpose: str
    accent: str
    cover_hash: str | None
    archived_at: datetime | None
    members: int
    role: str | None
    asked: bool

    @property
    def url(self) -> str:
        """The club's address."""
        return f"/c/{self.slug}/"


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
    """

    total: int
    faces: tuple[Face, ...]
    asking: int
    asked: bool


async def load_site_settings() -> SiteSettings:
    """What the operator decided for all clubs; defaults where nothing is stored or a stored value is of an older form."""
    row = await Setting.get_or_none(scope="site", owner_id=0, part="spaces")
    known = {key: value for key, value in (row.values if row else {}).items() if key in SiteSettings.model_fields}
    try:
        return SiteSettings.model_validate(known)
    except ValueError:
        return SiteSettings()


def may_create_clubs(viewer: Viewer, settings: SiteSettings) -> bool:
    """Whether the viewer may found a club."""
    return viewer.is_operator or (viewer.is_authenticated and settings.members_create_clubs)


def require_may_create(viewer: Viewer, settings: SiteSettings) -> None:
    """Raise Forbidden unless `may_create_clubs`."""
    if not may_create_clubs(viewer, settings):
        raise Forbidden(gettext("Only operators of the site found clubs here."))


async def list_clubs(
    viewer: Viewer, *, text: str = "", only_mine: bool = False, after: str = "", limit: int = 50
) -> list[ClubCard]:
    """Clubs that the viewer may know of, by address: public and listed ones, and their own.

    Args:
        viewer: who looks.
        text: words of name or purpose; "" for all.
        only_mine: leave out those the viewer does not belong to.
        after: the slug that the page before ended with.
        limit: how many at most; one more is answered when there are more.
    """
    words, values = dialect(), []

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    sql = (
        "SELECT c.id, c.slug, c.name, c.kind, c.visibility, c.join_policy, c.purpose, c.accent, c.cover_hash, "
        "c.archived_at, (SELECT COUNT(*) FROM spaces_membership n WHERE n.club_id = c.id) AS members, m.role, r.id AS asked "
        f"FROM spaces_club c LEFT JOIN spaces_membership m ON m.club_id = c.id AND m.user_id = {mark(viewer.id or 0)} "
        f"LEFT JOIN spaces_join_request r ON r.club_id = c.id AND r.user_id = {mark(viewer.id or 0)} "
        f"WHERE c.deleted_at IS NULL AND c.slug > {mark(after)} "
    )
    sql += "AND m.role IS NOT NULL " if only_mine else "AND (m.role IS NOT NULL OR c.visibility IN ('public', 'listed')) "
    for word in text.lower().split()[:5]:
        like = f"%{_escaped(word)}%"
        columns = ("c.name", "c.purpose", "c.slug")
        found = " OR ".join(f"LOWER({column}) LIKE {mark(like)} ESCAPE '!'" for column in columns)
        sql += f"AND ({found}) "
    sql += f"ORDER BY c.slug LIMIT {int(limit) + 1}"
    return [_card(row) for row in await rows(sql, values)]


async def home_news(viewer: Viewer) -> list[Content]:
    """What is new in the viewer's clubs, newest first, at most three of one club."""
    ids = [club.id for club in viewer.clubs]
    if not ids:
        return []
    found = await published(viewer).filter(club_id__in=ids).order_by("-updated_at", "-id").limit(NEWS_LOOKED_AT)
    counted: dict[int, int] = {}
    kept = []
    for content in found:
        counted[content.club_id] = counted.get(content.club_id, 0) + 1
        if counted[content.club_id] <= NEWS_A_CLUB:
            kept.append(content)
    return kept


async def club_news(club: Club, viewer: Viewer, limit: int = 8) -> list[Content]:
    """What is new in one club."""
    return await published(viewer).filter(club_id=club.id).order_by("-updated_at", "-id").limit(limit)


def published(viewer: Viewer) -> Any:
    """What the viewer may see and everybody of the audience sees too: no drafts, nothing that is still to come."""
    out = Q(state="published") | Q(state="scheduled", published_at__lte=datetime.now(UTC))
    fields = ("id", "club_id", "plugin", "kind", "title", "summary", "url", "author_id", "updated_at", "published_at")
    return visible_to(viewer).filter(out).select_related("author").only(*fields, "author__name", "author__photo_hash")


async def newcomers(viewer: Viewer, limit: int = 6) -> list[Newcomer]:
    """Who joined the viewer's clubs lately, where the viewer's role may see members."""
    words = dialect()
    found = await rows(
        "SELECT u.name, u.handle, u.photo_hash, k.name AS club, k.slug AS club_slug, m.joined_at "
        "FROM spaces_membership mine JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        "JOIN spaces_membership m ON m.club_id = mine.club_id AND m.user_id <> mine.user_id "
        "JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE mine.user_id = {words.param(1)} AND m.joined_at > {words.param(2)} AND {_MINE_SHOW_MEMBERS} "
        f"ORDER BY m.joined_at DESC, m.id DESC LIMIT {int(limit)}",
        [viewer.id, datetime.now(UTC) - JOINED_WITHIN],
    )
    return [Newcomer(**{**row, "joined_at": moment(row["joined_at"])}) for row in found]


async def share_a_club(viewer: Viewer, user_id: int) -> bool:
    """Whether the viewer meets this person in a club where they may see the members."""
    words = dialect()
    found = await rows(
        "SELECT 1 AS one FROM spaces_membership mine "
        "JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        f"JOIN spaces_membership m ON m.club_id = mine.club_id AND m.user_id = {words.param(1)} "
        f"WHERE mine.user_id = {words.param(2)} AND {_MINE_SHOW_MEMBERS} LIMIT 1",
        [user_id, viewer.id],
    )
    return bool(found)


async def load_company(club: Club, viewer: Viewer, *, faces: int = 8) -> Company:
    """Who is in the club and who wants to be, in one query."""
    words = dialect()
    found = await rows(
        "SELECT u.name, u.handle, u.photo_hash, m.role, "
        f"(SELECT COUNT(*) FROM spaces_membership WHERE club_id = {words.param(1)}) AS total, "
        f"(SELECT COUNT(*) FROM spaces_join_request WHERE club_id = {words.param(2)}) AS asking, "
        f"(SELECT COUNT(*) FROM spaces_join_request WHERE club_id = {words.param(3)} AND user_id = {words.param(4)}) AS asked "
        f"FROM (SELECT 1 AS one) x LEFT JOIN spaces_membership m ON m.club_id = {words.param(5)} "
        "LEFT JOIN accounts_user u ON u.id = m.user_id "
        f"ORDER BY m.joined_at, m.id LIMIT {int(faces)}",
        [club.id, club.id, club.id, viewer.id or 0, club.id],
    )
    first = found[0]
    shown = tuple(Face(r["name"], r["handle"], r["photo_hash"], r["role"]) for r in found if r["name"])
    return Company(int(first["total"]), shown, int(first["asking"]), bool(first["asked"]))


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
    query = Membership.filter(club_id=club.id, user__is_active=True)
    if role:
        query = query.filter(role=role)
    for word in text.split()[:5]:
        query = query.filter(Q(user__sort_name__icontains=_plain(word)) | Q(user__name__icontains=word))
    if after:
        name, user_id = after
        same = Q(user__sort_name=name, user_id__gt=_number(user_id))
        query = query.filter(Q(user__sort_name__gt=name) | same)
    return await query.order_by("user__sort_name", "user_id").limit(limit + 1).select_related("user")


async def get_member(club: Club, user: str) -> Membership:
    """A member by handle or id, with their user.

    Raises:
        NotFound: when the club has no such member.
    """
    named = Q(user__handle=user[:40])
    if user.isascii() and user.isdigit() and len(user) < 10:
        named |= Q(user_id=int(user))
    found = await Membership.filter(named, club_id=club.id).select_related("user").first()
    if found is None:
        raise NotFound(gettext("This person does not belong to the club."))
    return found


async def list_requests(club: Club, limit: int = 200) -> list[JoinRequest]:
    """Who asks to become a member, longest waiting first."""
    return await JoinRequest.filter(club_id=club.id).order_by("id").limit(limit).select_related("user")


async def list_invitations(club: Club, limit: int = 200) -> list[Invitation]:
    """Invitations that can still be used, newest first, with who made them."""
    live = Invitation.filter(club_id=club.id, withdrawn_at=None, uses_left__gt=0, expires_at__gt=datetime.now(UTC))
    return await live.order_by("-id").limit(limit).select_related("inviter")


async def count_roles(club: Club) -> dict[str, int]:
    """How many members have each role."""
    words = dialect()
    found = await rows(
        f"SELECT role, COUNT(*) AS many FROM spaces_membership WHERE club_id = {words.param(1)} GROUP BY role", [club.id]
    )
    return {row["role"]: int(row["many"]) for row in found}


async def find_user(email: str) -> User | None:
    """The account with this address."""
    return await User.get_or_none(email=email, is_active=True)


def _card(row: dict[str, Any]) -> ClubCard:
    values = {**row, "archived_at": moment(row["archived_at"]), "members": int(row["members"]), "asked": bool(row["asked"])}
    return ClubCard(**values)


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _plain(word: str) -> str:
    from core.accounts.services.people import sort_name

    return sort_name(word)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
