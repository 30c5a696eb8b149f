"""Signs of life: kept for a minute, by the site's presence alone."""

from __future__ import annotations

from cercle import Content, Viewer, current_app, member_settings, topic_of
from plugins.presence.settings import MemberSettings

TOLD = 20
"""In a place with more people others hear of somebody new with their own next sign of life."""


async def be_here(content: Content, *, doing: str, visit: str, actor: Viewer) -> None:
    """Somebody is on an item for the next minute; those who hide themselves, and operators who act as them, are not.

    Args:
        content: what they look at.
        doing: `reading` or `editing`.
        visit: in which of their tabs.
        actor: who.
    """
    if actor.id is None or not await _shows_themself(actor):
        await go_away(content, visit="", actor=actor)
        return
    change = await current_app().presence.beat(place_of(content), actor.id, doing, visit)
    if change.before.get(actor.id) != change.after.get(actor.id) and len(change.before) < TOLD:
        await _tell(content)


async def go_away(content: Content, *, visit: str, actor: Viewer) -> None:
    """Somebody has left an item in one of their tabs, or in all of them ("")."""
    if actor.id is None:
        return
    change = await current_app().presence.leave(place_of(content), actor.id, visit)
    if change.before.get(actor.id) != change.after.get(actor.id):
        await _tell(content)


def place_of(content: Content) -> str:
    """The place that an item is."""
    return f"{content.club_id}/{content.plugin}/{content.kind}/{content.object_id}"


async def _shows_themself(actor: Viewer) -> bool:
    return actor.operator_id is None and (await member_settings(actor, MemberSettings)).show_me


async def _tell(content: Content) -> None:
    await current_app().live.tell(topic_of(content.plugin, content.kind, content.object_id), "presence")
