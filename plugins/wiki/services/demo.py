"""The past of the demo: its pages were written over the last weeks, not all in the minute in which they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle import Club, Content
from plugins.wiki.models import Page, Revision

NEWEST = timedelta(hours=30)
LONG_AGO = timedelta(days=70)
APART = timedelta(days=4, hours=5)


async def spread_over_weeks(club: Club, *, newest: timedelta = NEWEST) -> None:
    """Date the pages of a demo club back, the last one the least; pages that somebody edited stay as they are.

    Args:
        club: whose pages.
        newest: the age of the last one.
    """
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)  # whatever the time, the same days
    for number, page in enumerate(await Page.filter(club_id=club.id, version=1).order_by("-id").only("id")):
        moment = now - newest - number * APART
        await Page.filter(id=page.id).update(created_at=moment, updated_at=moment)
        await Revision.filter(page_id=page.id).update(created_at=moment)
        dates = {"created_at": moment, "updated_at": moment, "published_at": moment}
        await Content.filter(plugin="wiki", kind="page", object_id=page.id).update(**dates)
