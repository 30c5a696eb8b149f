"""The past of the demo: its pages were written over the last weeks, not all in the minute in which they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle import Club, Content
from plugins.wiki.models import Page, Revision

NEWEST = timedelta(hours=30)
APART = timedelta(days=4, hours=5)


async def spread_over_weeks(club: Club) -> None:
    """Date the pages of a demo club back, the last one the least; pages that somebody edited stay as they are."""
    now = datetime.now(UTC)
    for number, page in enumerate(await Page.filter(club_id=club.id, version=1).order_by("-id").only("id")):
        moment = now - NEWEST - number * APART
        await Page.filter(id=page.id).update(created_at=moment, updated_at=moment)
        await Revision.filter(page_id=page.id).update(created_at=moment)
        dates = {"created_at": moment, "updated_at": moment, "published_at": moment}
        await Content.filter(plugin="wiki", kind="page", object_id=page.id).update(**dates)
