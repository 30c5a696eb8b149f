"""What posts invite to: what is still to come, and what is over. Only of posts that are out and for this viewer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle import Club, Select, Viewer, dialect, heard_sql, standing
from plugins.blog.queries.entries import Entry
from plugins.blog.queries.posts import Where, out_for

LONGEST = timedelta(days=366)
"""Nothing lasts longer, so what is going on cannot have begun earlier."""
NEXT = 5


async def list_coming(
    club: Club, viewer: Viewer, *, after: tuple[datetime, int] | None = None, limit: int
) -> list[Entry]:
    """The posts that invite to what is going on or to come, soonest first; one query.

    Args:
        club: where.
        viewer: who looks.
        after: the `starts_at` and id of the last post of the page before.
        limit: the most posts.
    """
    where = _coming(club, viewer)
    if after is not None:
        where.add("(p.starts_at > {} OR (p.starts_at = {} AND p.id > {}))", after[0], *after)
    return await where.select("p.starts_at, p.id", limit)


async def list_past(
    club: Club, viewer: Viewer, *, after: tuple[datetime, int] | None = None, limit: int
) -> list[Entry]:
    """The posts that invited to what is over, newest first; one query.

    Args:
        club: where.
        viewer: who looks.
        after: the `starts_at` and id of the last post of the page before.
        limit: the most posts.
    """
    now, where = datetime.now(UTC), out_for(club, viewer)
    where.add("p.starts_at <= {} AND (p.ends_at IS NULL OR p.ends_at <= {})", now, now)
    if after is not None:
        where.add("(p.starts_at < {} OR (p.starts_at = {} AND p.id < {}))", after[0], *after)
    return await where.select("p.starts_at DESC, p.id DESC", limit)


def next_dates(club: Club, viewer: Viewer) -> Select:
    """What comes next, soonest first, with the columns of a `DatesQuery`."""
    where = _coming(club, viewer)
    url = (
        "(SELECT c.url FROM spaces_content c WHERE c.plugin = 'blog' AND c.kind = 'post' AND c.object_id = p.id) AS url"
    )
    columns = f"p.title, {url}, p.starts_at, p.ends_at, p.place"
    sql = f"SELECT {columns} {where.text} ORDER BY p.starts_at, p.id LIMIT {NEXT}"
    return Select(("title", "url", "starts_at", "ends_at", "place"), sql, where.values)


def dates_in_clubs(viewer: Viewer) -> Select:
    """What comes next in all clubs of somebody, soonest first, for their home."""
    visible, values = heard_sql(viewer, plugin="blog")
    since, now, person = (dialect().param(len(values) + number) for number in (1, 2, 4))
    again, moment = dialect().param(len(values) + 3), datetime.now(UTC)
    sql = (
        "SELECT p.title, c.url, p.starts_at, p.ends_at, p.place, p.club_id FROM blog_post p "
        "CROSS JOIN spaces_content c "  # SQLite keeps this order: first the posts, by their index of clubs and dates
        f"WHERE {visible} AND c.kind = 'post' AND c.object_id = p.id "
        f"AND p.starts_at > {since} AND (p.starts_at > {now} OR p.ends_at > {again}) "
        f"AND p.club_id IN (SELECT n.club_id FROM spaces_membership n WHERE n.user_id = {person} AND {standing('n')}) "
        f"ORDER BY p.starts_at, p.id LIMIT {NEXT}"
    )
    given = (*values, moment - LONGEST, moment, moment, viewer.id or 0)
    return Select(("title", "url", "starts_at", "ends_at", "place", "club_id"), sql, given)


def _coming(club: Club, viewer: Viewer) -> Where:
    now, where = datetime.now(UTC), out_for(club, viewer)
    where.add("p.starts_at > {} AND (p.starts_at > {} OR p.ends_at > {})", now - LONGEST, now, now)
    return where
