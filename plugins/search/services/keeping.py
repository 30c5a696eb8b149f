"""Keeping searches, and telling their owners of what is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cercle import (
    N_,
    Club,
    Conflict,
    Viewer,
    access_for,
    atomic,
    current_app,
    dialect,
    execute,
    gettext,
    notify,
    rows,
)
from plugins.search.models import SavedSearch
from plugins.search.notifications import FOUND
from plugins.search.queries import results
from plugins.search.queries.asked import understand
from plugins.search.queries.filters import Filters, read_filters
from plugins.search.queries.saved import MOST
from plugins.search.services.indexing import catch_up

SEARCHES = 500  # saved searches that one run of the job looks at
FINDS = 20  # things that one look tells of; the rest follows with the next


async def keep_search(query: str, filters: Filters, *, alert: bool, actor: Viewer) -> SavedSearch:
    """Keep a search; the same one twice is one, which then tells as was said last.

    Raises:
        Conflict: for the fifty-first.
    """
    async with atomic():
        await _hold_person(actor)
        mine = await SavedSearch.filter(user_id=actor.id)
        same = next((one for one in mine if (one.query, one.filters) == (query, filters.chosen)), None)
        if same is not None:
            return await set_alert(same, alert=alert or same.tells)
        if len(mine) >= MOST:
            raise Conflict(gettext("You keep fifty searches already. Delete one that you no longer need."))
        now = datetime.now(UTC)
        return await SavedSearch.create(
            user_id=actor.id, query=query, filters=filters.chosen, alert_since=now if alert else None, looked_at=now
        )


async def set_alert(saved: SavedSearch, *, alert: bool) -> SavedSearch:
    """Tell of what is new from now on, or no more."""
    if alert != saved.tells:
        saved.alert_since = datetime.now(UTC) if alert else None
        await saved.save(update_fields=["alert_since"])
    return saved


async def forget_search(saved: SavedSearch) -> None:
    """Keep a search no longer."""
    await saved.delete()


async def forget_person(user_id: int) -> None:
    """Delete all that somebody keeps."""
    await SavedSearch.filter(user_id=user_id).delete()


async def tell_finds() -> None:
    """Tell the owners of saved searches what is new, each thing once; those at whose searches nobody looked for longest first."""
    await catch_up()
    due = await SavedSearch.exclude(alert_since=None).order_by("looked_at", "id").limit(SEARCHES).select_related("user")
    for saved in due:
        if saved.user.is_active:
            await _tell(saved, await _viewer_of(saved.user))
        await SavedSearch.filter(id=saved.id).update(looked_at=datetime.now(UTC))


async def _tell(saved: SavedSearch, viewer: Viewer) -> None:
    assert saved.alert_since is not None
    asked, filters = understand(saved.query), read_filters(saved.filters)
    found = await results.news_of(viewer, asked, filters, since=saved.alert_since, saved_id=saved.id, limit=FINDS)
    clubs = {club.id: club for club in await Club.filter(id__in={row["club_id"] for row in found})}
    for row in found:
        if row["club_id"] in clubs:
            await _tell_one(saved, row, clubs[row["club_id"]])


async def _tell_one(saved: SavedSearch, row: dict[str, Any], club: Club) -> None:
    """The note that somebody was told, and the message, in one transaction."""
    async with atomic():
        marks = ", ".join(dialect().param(number) for number in (1, 2, 3))
        sql = f"INSERT INTO search_told (saved_id, content_id, club_id) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING id"
        if not await rows(sql, [saved.id, row["id"], club.id]):
            return
        await notify(
            FOUND,
            to=[saved.user_id],
            club=club,
            key=f"{saved.id}:{row['id']}",
            subject=N_("New for your search “%(query)s”: %(title)s"),
            text=N_("“%(title)s” in %(club)s matches a search that you keep."),
            path=row["url"],
            values={"query": saved.query, "title": row["title"], "club": club.name},
            content_id=row["id"],
        )


async def _viewer_of(user: Any) -> Viewer:
    """Somebody with their clubs, as at a request outside of any club."""
    nowhere = Club(id=0, slug="", visibility="hidden")
    viewer = await access_for(current_app(), nowhere, user_id=user.id, name=user.name)
    return replace(viewer, timezone=user.timezone)


async def _hold_person(actor: Viewer) -> None:
    """One after the other, where somebody saves in two windows at once."""
    if dialect().name == "postgres":
        await execute("SELECT id FROM accounts_user WHERE id = $1 FOR UPDATE", [actor.id])
