"""What somebody was told, as far as they may still know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercle import Viewer, current_app, dialect, rows, visible_to
from plugins.notifications.models import Entry

MOST_COUNTED = 100


async def entries_of(
    viewer: Viewer, *, club_id: int | None = None, before: int | None = None, unread: bool = False, limit: int = 50
) -> tuple[list[Entry], int | None]:
    """The newest first, and the number after which the next page begins, None at the end.

    What the viewer may not see any more is left out, so a page may hold fewer than `limit`.
    """
    asked = Entry.filter(user_id=viewer.id).select_related("club")
    asked = asked.filter(club_id=club_id) if club_id is not None else asked
    asked = asked.filter(id__lt=before) if before is not None else asked
    asked = asked.filter(read_at=None) if unread else asked
    found = await asked.order_by("-id").limit(limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    return await shown_to(viewer, found[:limit]), more


async def count_unread(viewer: Viewer) -> int:
    """How many were not read; at most 100 are looked at."""
    found, _ = await entries_of(viewer, unread=True, limit=MOST_COUNTED)
    return len(found)


async def shown_to(viewer: Viewer, entries: Sequence[Entry]) -> list[Entry]:
    """Those of these that the viewer may know of at this moment: rights end with their reason, here too."""
    items = {entry.content_id for entry in entries if entry.content_id is not None}
    seen: set[int] = set()
    if items:
        seen = set(await visible_to(viewer).filter(id__in=items).values_list("id", flat=True))  # type: ignore[arg-type]
    readable = await _readable(viewer, {entry.club_id for entry in entries if entry.club_id is not None})
    return [entry for entry in entries if _may(viewer, entry, seen, readable)]


def _may(viewer: Viewer, entry: Entry, seen: set[int], readable: set[tuple[int, str]]) -> bool:
    kind = current_app().notifications.get(entry.kind)
    if kind is None or not viewer.may_use(kind.part):
        return False
    if entry.content_id is not None:
        return entry.content_id in seen
    if entry.club_id is None:
        return True
    if viewer.role_in(entry.club_id) is None:
        is_open = entry.club is not None and entry.club.visibility != "hidden" and entry.club.deleted_at is None
        return is_open and not kind.members_only and viewer.token_clubs is None
    return kind.part not in current_app().parts.plugin_names or (entry.club_id, kind.part) in readable


async def _readable(viewer: Viewer, clubs: Iterable[int]) -> set[tuple[int, str]]:
    """Which plugins the viewer's role reads in these clubs of theirs."""
    roles = {club.id: club.role for club in viewer.clubs if club.id in set(clubs)}
    if not roles:
        return set()
    marks = ", ".join(dialect().param(number + 1) for number in range(len(roles)))
    found = await rows(
        "SELECT club_id, plugin, readers FROM spaces_club_plugin "
        f"WHERE effective IN ('on', 'read_only') AND club_id IN ({marks})",
        list(roles),
    )
    return {(row["club_id"], row["plugin"]) for row in found if f" {roles[row['club_id']]} " in row["readers"]}
