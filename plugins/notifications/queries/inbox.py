"""What somebody was told, as far as they may still know of it."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from cercle import NotificationKind, Viewer, current_app, visible_to
from plugins.notifications.models import Entry
from plugins.notifications.queries.rights import plugins_read

MOST_COUNTED = 100


async def entries_of(
    viewer: Viewer, *, club_id: int | None = None, before: int | None = None, unread: bool = False, limit: int = 50
) -> tuple[list[Entry], int | None]:
    """The newest first, and the number after which the next page begins, None at the end."""
    asked = await _known(viewer)
    asked = asked.filter(club_id=club_id) if club_id is not None else asked
    asked = asked.filter(id__lt=before) if before is not None else asked
    asked = asked.filter(read_at=None) if unread else asked
    found = await asked.select_related("club").order_by("-id").limit(limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def entry_of(viewer: Viewer, entry_id: int) -> Entry | None:
    """One entry of theirs; None for what is not, or not any more."""
    return await (await _known(viewer)).get_or_none(id=entry_id)


async def count_unread(viewer: Viewer) -> int:
    """How many were not read, up to 100."""
    asked = (await _known(viewer)).filter(read_at=None).limit(MOST_COUNTED)
    return len(await asked.values_list("id", flat=True))


async def _known(viewer: Viewer) -> QuerySet[Entry]:
    """What the viewer was told and may know of at this moment: rights end with their reason, here too."""
    kinds = [kind for kind in current_app().notifications.all() if viewer.may_use(kind.part)]
    items = Q(content_id__in=Subquery(visible_to(viewer).values("id")), kind__in=[kind.name for kind in kinds])
    placed = Q(Q(content_id=None), await _in_place(viewer, kinds))
    return Entry.filter(Q(items, placed, join_type=Q.OR), user_id=viewer.id)


async def _in_place(viewer: Viewer, kinds: Sequence[NotificationKind]) -> Q:
    """What is about no item: of the site, of their clubs where they read the plugin, of others what concerns people outside."""
    mine, readable = [club.id for club in viewer.clubs], await plugins_read(viewer)
    plugins = current_app().parts.plugin_names
    everywhere = [kind.name for kind in kinds if kind.part not in plugins]
    found = Q(club_id=None, kind__in=[kind.name for kind in kinds]) | Q(club_id__in=mine, kind__in=everywhere)
    for plugin in sorted({kind.part for kind in kinds} & plugins):
        clubs = [club_id for club_id, name in readable if name == plugin]
        found |= Q(club_id__in=sorted(clubs), kind__in=[kind.name for kind in kinds if kind.part == plugin])
    if viewer.token_clubs is None:
        outside = [kind.name for kind in kinds if not kind.members_only]
        open_club = Q(club__visibility__not="hidden", club__deleted_at=None)
        found |= Q(~Q(club_id__in=mine), open_club, kind__in=outside, club_id__isnull=False)
    return found
