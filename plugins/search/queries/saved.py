"""Reading the searches that people keep; everybody sees their own."""

from __future__ import annotations

from cercle import NotFound, Viewer
from plugins.search.models import SavedSearch

MOST = 50


async def searches_of(viewer: Viewer) -> list[SavedSearch]:
    """The searches that somebody keeps, the newest first; at most 50."""
    return await SavedSearch.filter(user_id=viewer.id).order_by("-id").limit(MOST)


async def get_search(number: int, *, viewer: Viewer) -> SavedSearch:
    """One of the viewer's own.

    Raises:
        NotFound: for somebody else's as for none.
    """
    found = await SavedSearch.get_or_none(id=number, user_id=viewer.id) if number < 2**31 else None
    if found is None:
        raise NotFound
    return found
