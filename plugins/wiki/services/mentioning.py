"""Telling people that a page mentions them: once, when their name comes into it."""

from __future__ import annotations

from cercle import N_, Club, Content, Rule, TooMany, Viewer, current_app, members_named, mentioned_in, notify
from plugins.wiki.models import Page
from plugins.wiki.names import page_url
from plugins.wiki.notifications import MENTIONED

MOST = 50
"""So many people are told by one save; whoever mentions more means nobody."""
OFTEN = Rule("wiki.mentions.author", "60 per hour")
"""How often one person's saves tell anybody; what they save is saved all the same."""


async def tell_mentioned(club: Club, page: Page, *, before: str, actor: Viewer) -> None:
    """Tell the members whom the stored HTML of a page mentions and the one before did not, in the running transaction."""
    known = set(mentioned_in(before))
    new = [handle for handle in mentioned_in(page.body_html) if handle not in known]
    people = [user_id for user_id in await members_named(club, new[:MOST]) if user_id != actor.id] if new else []
    if not people or not await _may_tell(actor):
        return
    row = await Content.get_or_none(plugin="wiki", kind="page", object_id=page.id)
    await notify(
        MENTIONED,
        to=people,
        club=club,
        key=f"page {page.id} version {page.version}",
        subject=N_("%(name)s mentions you in “%(title)s”"),
        text=N_("%(name)s mentions you on the page “%(title)s” in %(club)s."),
        path=page_url(club, page.slug),
        values={"name": actor.name, "title": page.title, "club": club.name},
        content_id=row.id if row else None,
    )


async def _may_tell(actor: Viewer) -> bool:
    try:
        await current_app().limits.hit(OFTEN, actor.id)
    except TooMany:
        return False
    return True
