"""Who follows what."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cercle import Club, Content, Viewer, current_app, field_mark, gettext, visible_to
from plugins.notifications.models import Follow
from plugins.notifications.queries.rights import plugins_read

MOST_FIELDS = 2000
"""So many different values are looked at for one item."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One line of the list of what somebody follows.

    Args:
        id: of the row.
        label: what it is, translated.
        club: the name of the club.
        url: of what it is; the club where it has no page.
        icon: that stands before it.
    """

    id: int
    label: str
    club: str
    url: str
    icon: str


def item_target(plugin: str, kind: str, object_id: int) -> str:
    """The target of one item."""
    return f"item:{plugin}/{kind}/{object_id}"


async def targets_of(content: Content) -> list[str]:
    """Everything that somebody may follow so as to hear of a new item."""
    made = ["club:", f"plugin:{content.plugin}", item_target(content.plugin, content.kind, content.object_id)]
    if content.author_id is not None:
        made.append(f"author:{content.author_id}")
    return made + await _fields_of(content)


async def followers(club_id: int, targets: Collection[str]) -> set[int]:
    """The people who follow one of these in a club."""
    found = await Follow.filter(club_id=club_id, target__in=list(targets)).distinct().values_list("user_id", flat=True)
    return set(found)  # type: ignore[arg-type]


async def followed_by(viewer: Viewer, *, limit: int = 500) -> list[Followed]:
    """What the viewer follows in the clubs that they are in, by club; what they may not read any more is left out."""
    clubs = {club.id: club for club in viewer.clubs}
    found = Follow.filter(user_id=viewer.id, club_id__in=list(clubs)).select_related("author")
    follows = await found.order_by("club_id", "-id").limit(limit)
    items = [one.content_id for one in follows if one.content_id is not None]
    contents = {row.id: row async for row in visible_to(viewer).filter(id__in=items)} if items else {}
    titles = {loaded.name: gettext(loaded.part.title) for loaded in current_app().parts}
    readable = await plugins_read(viewer)
    made = []
    for one in follows:
        club, content = clubs[one.club_id], contents.get(one.content_id or 0)
        if one.content_id is not None and content is None:
            continue
        if (plugin := _plugin_of(one)) and (one.club_id, plugin) not in readable:
            continue
        label, icon = _words(one, titles, content)
        made.append(Followed(one.id, label, club.name, content.url if content else club.url, icon))
    return made


async def follows_in(club: Club, viewer: Viewer) -> dict[str, int]:
    """The targets that the viewer follows in a club, with the number of each row."""
    found = await Follow.filter(user_id=viewer.id, club_id=club.id).values_list("target", "id")
    return dict(found)


def _plugin_of(one: Follow) -> str:
    """The plugin of which they follow something that is no item, "" for other things."""
    sort, _, rest = one.target.partition(":")
    return rest.partition("/")[0] if sort in ("plugin", "field") else ""


def _words(one: Follow, titles: dict[str, str], content: Content | None) -> tuple[str, str]:
    sort, _, rest = one.target.partition(":")
    if content is not None:
        return content.title, "file-text"
    if sort == "author":
        return gettext("What %(name)s writes", name=one.author.name if one.author else "?"), "user"
    if sort == "plugin":
        return gettext("All that is new in %(plugin)s", plugin=titles.get(rest, rest)), "puzzle"
    if sort == "field":
        plugin, _, value = rest.partition("/")
        return gettext("%(field)s in %(plugin)s", field=value, plugin=titles.get(plugin, plugin)), "hash"
    return gettext("All that is new"), "users"


async def _fields_of(content: Content) -> list[str]:
    """The followed values that an item has; its searchable words know them."""
    prefix = f"field:{content.plugin}/"
    known = Follow.filter(club_id=content.club_id, target__startswith=prefix).distinct().limit(MOST_FIELDS)
    targets: list[str] = await known.values_list("target", flat=True)  # type: ignore[assignment]
    return [target for target in targets if _has(content, target.removeprefix(prefix))]


def _has(content: Content, asked: str) -> bool:
    name, _, value = asked.partition(":")
    return field_mark(name, value) in content.words
