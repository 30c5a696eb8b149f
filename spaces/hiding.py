"""Hiding an item of a plugin from everybody, and bringing it back; the plugin does it, in the same transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from core import current
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import CercleError, Conflict
from core.i18n import gettext
from spaces.models import Club, Content
from spaces.told import tell_of_first_sight

TRASHED = "trashed"


async def hide_item(club: Club, plugin: str, kind: str, object_id: int, *, actor: Viewer, is_new: bool = False) -> None:
    """Take an item out of sight. From then on `publish_content` refuses to bring it back.

    Args:
        club: where.
        plugin, kind, object_id: which item.
        actor: the moderator; nobody for an item that waits.
        is_new: whether it was out at no time, because it waits for a moderator.

    Raises:
        Conflict: when it is gone for good, or its plugin does not hide it.
    """
    async with atomic():
        found = Content.filter(club_id=club.id, plugin=plugin, kind=kind, object_id=object_id)
        if not await found.update(hidden_at=datetime.now(UTC)):
            raise Conflict(gettext("It has been deleted for good meanwhile. There is nothing to hide any more."))
        await _tell_plugin(club, plugin, kind, object_id, hidden=True, actor=actor, is_new=is_new)
        if await found.exclude(state=TRASHED).exists():
            raise _not_done(plugin)


async def show_item(club: Club, plugin: str, kind: str, object_id: int, *, actor: Viewer, is_new: bool = False) -> None:
    """Bring back what `hide_item` took out of sight; the arguments are the same.

    Raises:
        Conflict: when it is gone for good, or its plugin does not bring it back.
    """
    async with atomic():
        found = Content.filter(club_id=club.id, plugin=plugin, kind=kind, object_id=object_id)
        if not await found.update(hidden_at=None, is_on_trial=False):
            raise Conflict(gettext("It has been deleted for good meanwhile and cannot be brought back."))
        await _tell_plugin(club, plugin, kind, object_id, hidden=False, actor=actor, is_new=is_new)
        if is_new and (shown := await found.first()) is not None:
            await tell_of_first_sight(shown, actor_id=shown.author_id)


async def _tell_plugin(
    club: Club, plugin: str, kind: str, object_id: int, *, hidden: bool, actor: Viewer, is_new: bool
) -> None:
    faults = await current.app().hooks.notify(
        "content_hidden",
        only=plugin,
        club_id=club.id,
        club=club,
        kind=kind,
        object_id=object_id,
        hidden=hidden,
        actor=actor,
        is_new=is_new,
    )
    for fault in faults:
        if isinstance(fault.error, CercleError):
            raise fault.error
        raise _not_done(plugin) from fault.error


def _not_done(plugin: str) -> Conflict:
    return Conflict(gettext("The plugin %(plugin)s could not do this. Nothing was changed.", plugin=plugin))
