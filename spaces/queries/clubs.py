"""Reads about clubs: lists, the site's settings, and what is new in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.accounts.sessions import moment
from core.accounts.viewer import Viewer, initials
from core.collation import sort_key
from core.db import dialect, rows
from core.errors import Forbidden
from core.i18n import gettext
from core.models import Setting
from spaces.catalogue import visible_to
from spaces.models import Content
from spaces.queries.standing import standing
from spaces.settings import SiteSettings

NEWS_LOOKED_AT = 120
NEWS_A_CLUB = 3
NEWS_SHOWN = 40
NEW_FOR = timedelta(days=14)  # in a club that somebody has never opened


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

    @property
    def cover_url(self) -> str | None:
        """Its cover picture; the hash keeps the address new when the picture is."""
        return f"/c/{self.slug}/cover?v={self.cover_hash[:12]}" if self.cover_hash else None


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
    viewer: Viewer,
    *,
    text: str = "",
    kind: str = "",
    archived: bool | None = None,
    parent: int | None = None,
    after: str = "",
    limit: int = 50,
) -> list[ClubCard]:
    """Clubs that the viewer may know of, by name: public and listed ones, and their own.

    Args:
        viewer: who looks.
        text: words of name or purpose; "" for all.
        kind: only those of this kind; "" for all.
        archived: whether those that are archived, or the others; None for both.
        parent: only the groups of this club; None for all.
        after: the slug that the page before ended with.
        limit: how many at most; one more is answered when there are more.
    """
    words, values = dialect(), []

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    purpose = "c.purpose"
    if viewer.locked:  # of a hidden club that wants a second factor first, a member knows the name alone
        purpose = f"CASE WHEN c.visibility <> 'hidden' OR (TRUE{viewer.within('c.id')}) THEN c.purpose ELSE '' END"
    sql = (
        f"SELECT c.id, c.slug, c.name, c.kind, c.visibility, c.join_policy, {purpose} AS purpose, c.accent, c.cover_hash, "
        f"c.archived_at, (SELECT COUNT(*) FROM spaces_membership n WHERE n.club_id = c.id AND {standing('n')}) AS members, "
        "m.role, r.id AS asked "
        f"FROM spaces_club c LEFT JOIN spaces_membership m ON m.club_id = c.id AND m.user_id = {mark(viewer.id or 0)} "
        f"AND {standing('m')}{viewer.within('m.club_id', locked=True)} LEFT JOIN spaces_join_request r ON r.club_id = c.id "
        f"AND r.user_id = {mark(viewer.id or 0)}{viewer.within('r.club_id')} "
        "WHERE c.deleted_at IS NULL "
    )
    sql += "AND (m.role IS NOT NULL OR c.visibility IN ('public', 'listed')) "
    if kind:
        sql += f"AND c.kind = {mark(kind)} "
    if parent is not None:
        sql += f"AND c.parent_id = {mark(parent)} "
    if archived is not None:
        sql += f"AND c.archived_at IS {'NOT NULL' if archived else 'NULL'} "
    if after:
        sql += f"AND {following(after, mark)} "
    for word in text.lower().split()[:5]:
        like = f"%{escaped(word)}%"
        found = " OR ".join(f"LOWER({column}) LIKE {mark(like)} ESCAPE '!'" for column in ("c.name", purpose, "c.slug"))
        sql += f"AND ({found} OR {named_like(word, mark)}) "
    sql += f"ORDER BY c.sort_name, c.slug LIMIT {int(limit) + 1}"
    return [_card(row) for row in await rows(sql, values)]


def named_like(text: str, mark: Callable[[object], str]) -> str:
    """The condition for clubs `c` whose names hold these words, whatever their accents; signs alone hold nothing."""
    key = escaped(sort_key(text))
    return f"c.sort_name LIKE {mark(f'%{key}%')} ESCAPE '!'" if key or not text else "FALSE"


def following(slug: str, mark: Callable[[object], str]) -> str:
    """The condition for clubs `c` that stand after this one in order of names.

    Args:
        slug: of the club before.
        mark: keeps a parameter and answers its placeholder.
    """
    first, same = (f"(SELECT sort_name FROM spaces_club WHERE slug = {mark(slug)})" for _ in range(2))
    return f"(c.sort_name > {first} OR (c.sort_name = {same} AND c.slug > {mark(slug)}))"


@dataclass(frozen=True, slots=True)
class HomeNews:
    """What is new in the clubs of somebody.

    Args:
        items: newest first, at most three of one club and forty in all.
        unseen: how many things of others there are since the last visit, by the club's id; counted among the last 120.
    """

    items: list[Content]
    unseen: dict[int, int]


async def home_news(viewer: Viewer) -> HomeNews:
    """What is new in the clubs that the viewer wants to hear of, and how much of it they have not seen."""
    since = {club.id: club.visited_at or datetime.now(UTC) - NEW_FOR for club in viewer.clubs if not club.is_muted}
    if not since:
        return HomeNews([], {})
    mine = list(since)  # said of club and switch as well, or PostgreSQL reads all there are to join them
    everything = published(visible_to(viewer)).filter(club_id__in=mine, club__id__in=mine, switch__club_id__in=mine)
    found = await everything.order_by("-updated_at", "-id").limit(NEWS_LOOKED_AT)
    of_others = (one for one in found if one.author_id != viewer.id and one.updated_at > since[one.club_id])
    counted: Counter[int] = Counter()
    kept = []
    for content in found:
        counted[content.club_id] += 1
        if counted[content.club_id] <= NEWS_A_CLUB:
            kept.append(content)
    return HomeNews(kept[:NEWS_SHOWN], dict(Counter(one.club_id for one in of_others)))


def published(visible: QuerySet[Content]) -> QuerySet[Content]:
    """What somebody may see and everybody of the audience sees too: no drafts, nothing that is still to come."""
    out = Q(state="published") | Q(state="scheduled", published_at__lte=datetime.now(UTC))
    fields = ("id", "club_id", "plugin", "kind", "title", "summary", "url", "author_id", "updated_at", "published_at")
    return (
        visible.filter(out)
        .select_related("author")
        .only(*fields, "author__name", "author__handle", "author__photo_hash", "author__hidden")
    )


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
