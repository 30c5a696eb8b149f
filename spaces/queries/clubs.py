"""Reads about clubs: lists, the site's settings, and what is new in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.accounts.sessions import moment
from core.accounts.viewer import Viewer, initials
from core.db import dialect, rows
from core.errors import Forbidden
from core.i18n import gettext
from core.models import Setting
from spaces.catalogue import visible_in, visible_to
from spaces.models import Club, Content
from spaces.settings import SiteSettings

NEWS_LOOKED_AT = 120
NEWS_A_CLUB = 3


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
    def initials(self) -> str:
        """One or two letters for its mark."""
        return initials(self.name)

    @property
    def url(self) -> str:
        """The club's address."""
        return f"/c/{self.slug}/"


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
    sql += (
        "AND m.role IS NOT NULL " if only_mine else "AND (m.role IS NOT NULL OR c.visibility IN ('public', 'listed')) "
    )
    for word in text.lower().split()[:5]:
        like = f"%{escaped(word)}%"
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
    found = (
        await published(visible_to(viewer)).filter(club_id__in=ids).order_by("-updated_at", "-id").limit(NEWS_LOOKED_AT)
    )
    counted: dict[int, int] = {}
    kept = []
    for content in found:
        counted[content.club_id] = counted.get(content.club_id, 0) + 1
        if counted[content.club_id] <= NEWS_A_CLUB:
            kept.append(content)
    return kept


async def club_news(club: Club, viewer: Viewer, limit: int = 8) -> list[Content]:
    """What is new in one club."""
    return await published(visible_in(club, viewer)).order_by("-updated_at", "-id").limit(limit)


def published(visible: QuerySet[Content]) -> QuerySet[Content]:
    """What somebody may see and everybody of the audience sees too: no drafts, nothing that is still to come."""
    out = Q(state="published") | Q(state="scheduled", published_at__lte=datetime.now(UTC))
    fields = ("id", "club_id", "plugin", "kind", "title", "summary", "url", "author_id", "updated_at", "published_at")
    return visible.filter(out).select_related("author").only(*fields, "author__name", "author__photo_hash")


def _card(row: dict[str, Any]) -> ClubCard:
    values = {
        **row,
        "archived_at": moment(row["archived_at"]),
        "members": int(row["members"]),
        "asked": bool(row["asked"]),
    }
    return ClubCard(**values)


def escaped(word: str) -> str:
    """A text to look for with `LIKE … ESCAPE '!'`, where none of its letters is a wild card."""
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
