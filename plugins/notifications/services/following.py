"""Beginning to follow something, and ending it."""

from __future__ import annotations

from typing import Any

from cercle import Club, Content, Invalid, NotFound, Viewer, current_app, gettext, item_at
from plugins.notifications.models import Follow
from plugins.notifications.queries.follows import item_target

MOST = 500
"""So many things one person follows in one club."""


async def follow_item(club: Club, plugin: str, kind: str, object_id: int, *, actor: Viewer) -> Follow:
    """Hear of changes of one item.

    Raises:
        NotFound: when they may not see it.
    """
    content = await item_at(club, plugin, kind, object_id, viewer=actor)
    return await _follow(club.id, actor, item_target(plugin, kind, object_id), content_id=content.id)


async def follow_author(club: Club, content: Content, *, actor: Viewer) -> Follow:
    """Hear of all that the author of an item publishes in a club.

    Raises:
        NotFound: when it has none.
    """
    if content.author_id is None or content.author_id == actor.id:
        raise NotFound()
    return await _follow(club.id, actor, f"author:{content.author_id}", author_id=content.author_id)


async def follow_plugin(club: Club, plugin: str, *, actor: Viewer) -> Follow:
    """Hear of all that is new in a plugin of a club.

    Raises:
        NotFound: when they may not read it there.
    """
    refuse_unreadable(plugin, actor, club)
    return await _follow(club.id, actor, f"plugin:{plugin}")


async def follow_club(club: Club, *, actor: Viewer) -> Follow:
    """Hear of all that is new in a club."""
    return await _follow(club.id, actor, "club:")


async def follow_field(club: Club, plugin: str, name: str, value: str, *, actor: Viewer) -> Follow:
    """Hear of what is published with a value of a field, such as a tag or a folder.

    Raises:
        NotFound: when they may not read the plugin there.
        Invalid: when the plugin has no such field.
    """
    refuse_unreadable(plugin, actor, club)
    loaded = current_app().parts.get(plugin)
    if loaded is None or name not in {one.name for one in loaded.part.search_fields}:
        raise Invalid(gettext("There is no field of this name."), field="field")
    return await _follow(club.id, actor, f"field:{plugin}/{name}:{value}"[:200])


async def unfollow(viewer: Viewer, follow_id: int) -> None:
    """Hear of it no more.

    Raises:
        NotFound: when they follow nothing of this number.
    """
    if not await Follow.filter(id=follow_id, user_id=viewer.id).delete():
        raise NotFound()


async def follow_own(content: Content) -> None:
    """Let an author follow what they have published."""
    if content.author_id is not None:
        target = item_target(content.plugin, content.kind, content.object_id)
        row = Follow(user_id=content.author_id, club_id=content.club_id, target=target, content_id=content.id)
        await Follow.bulk_create([row], ignore_conflicts=True)


def refuse_unreadable(plugin: str, viewer: Viewer, club: Club) -> None:
    """Refuse what the viewer may not read in a club, as if it were not there.

    Raises:
        NotFound: always then.
    """
    grant = viewer.grants.get(club.id)
    if grant is None or f"{plugin}.view" not in grant.allowed:
        raise NotFound()


async def _follow(club_id: int, actor: Viewer, target: str, **values: int) -> Follow:
    if actor.id is None or actor.role_in(club_id) is None:
        raise NotFound()
    key: dict[str, Any] = {"user_id": actor.id, "club_id": club_id, "target": target}
    if (
        not await Follow.filter(**key).exists()
        and await Follow.filter(user_id=actor.id, club_id=club_id).count() >= MOST
    ):
        raise Invalid(gettext("You follow %(most)s things in this club. End some of them first.", most=MOST))
    await Follow.bulk_create([Follow(**key, **values)], ignore_conflicts=True)
    return await Follow.get(**key)
