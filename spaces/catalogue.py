"""The content catalogue: what plugins publish to it, and the one condition by which every list is filtered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from core import current
from core.accounts.viewer import Viewer
from core.collation import fold
from core.db import Dialect, dialect, in_atomic
from core.errors import Forbidden, PluginError
from core.i18n import gettext
from core.permissions import base_of, can
from core.search_fields import FieldValues, field_marks, field_start, without_marks
from spaces.models import ClubPlugin, Content
from spaces.told import tell_of_change, tell_of_removal
from spaces.trial import SHOWN, begin_trial

WORDS = 50_000
TITLE_END, FOLDED_END = "\x1e", "\x1f"
"""What ends the folded title, and all that is folded, in `Content.words`; no text contains them."""


class Item(Protocol):
    """What a plugin's own row must have to be published."""

    id: Any
    club_id: int


async def publish_content(
    item: Item,
    *,
    plugin: str,
    kind: str,
    title: str,
    url: str,
    summary: str = "",
    words: str = "",
    fields: FieldValues | None = None,
    author_id: int | None = None,
    state: str = "published",
    audience: str = "club",
    published_at: datetime | None = None,
    created_at: datetime | None = None,
    actor_id: int | None = None,
    touch: bool = True,
) -> bool:
    """Write the catalogue's row of an item, in the transaction that writes the item.

    Where a club wants that, the first items of a new member wait for a moderator: at the end of the transaction they are
    hidden, as `content_hidden` says. Answers False for such an item, of which nobody is to be told then, else True.

    Args:
        item: the plugin's own row, with `id` and `club_id`.
        plugin: its name.
        kind: what the item is, such as `page`; one word of the plugin's own.
        title: as members know it.
        url: path of its page.
        summary: a sentence or two of plain text.
        words: plain text for search; cut at 50,000 characters and stored as `searchable` says.
        fields: what `field:value` in the search box finds it by, such as `{"type": "pdf", "tag": ["tools", "wood"]}`; all of
            them each time, since they replace those that were there.
        author_id: the user who made it, or None.
        state: `draft`, `scheduled`, `published` or `trashed`.
        audience: `club`, `site`, `public`, `moderators` or `author`.
        published_at: when it is, or was, published; now for a new `published` item.
        created_at: when it was made, for imports; now otherwise.
        actor_id: who changes it; its author unless said.
        touch: False when the change is too small to count as news.

    Raises:
        RuntimeError: outside of `atomic()`.
        Forbidden: for an item that a moderator has hidden, unless it is `trashed`.
    """
    if not in_atomic():
        raise RuntimeError("publish_content() belongs inside `async with atomic()`")
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "title": title[:250],
        "summary": summary[:400],
        "words": searchable(title[:250], summary[:400], words, fields or {}),
        "url": url,
        "author_id": author_id,
        "state": state,
        "audience": audience,
        "published_at": published_at or (now if state == "published" else None),
    }
    key: dict[str, Any] = {"plugin": plugin, "kind": kind, "object_id": int(item.id)}
    columns = ("id", "published_at", "hidden_at", "is_on_trial", "audience", "state")
    present = await Content.filter(**key).only(*columns).first()
    if present is not None and present.hidden_at is not None and state != "trashed":
        raise Forbidden(gettext("A moderator has hidden this. Only a moderator can bring it back."))
    is_first = present is None or present.published_at is None or present.audience == "author"
    waits = present is not None and present.is_on_trial
    if is_first and not waits and state in SHOWN and audience != "author":
        waits = values["is_on_trial"] = await begin_trial(item.club_id, author_id, key)
    if present is None:
        switch = await ClubPlugin.get_or_none(club_id=item.club_id, plugin=plugin).only("id")
        if switch is None:
            raise PluginError(f"{plugin} has no switch in club {item.club_id}", plugin=plugin)
        made = created_at or now
        row = await Content.create(
            **key, **values, club_id=item.club_id, switch_id=switch.id, created_at=made, updated_at=made
        )
        await tell_of_change(None, row, actor_id=actor_id or author_id, is_news=touch)
        return not waits
    values["published_at"] = published_at or present.published_at or values["published_at"]
    if touch:
        values["updated_at"] = now
    await Content.filter(id=present.id).update(**values)
    row = Content(**{**key, "id": present.id, "club_id": item.club_id, "is_on_trial": waits, **values})
    await tell_of_change(present, row, actor_id=actor_id or author_id, is_news=touch)
    return not waits


def searchable(title: str, summary: str, words: str, fields: FieldValues) -> str:
    """What `Content.words` holds: the folded title up to `TITLE_END`, the folded text and summary and the marks of the fields up
    to `FOLDED_END`, and after that the text as it was written, for excerpts. So a search looks at one column, on every
    database alike.
    """
    text = " ".join(without_marks(words).split())[:WORDS]
    folded = f"{fold(text)} {fold(without_marks(summary))}{field_marks(fields)}"
    return f"{fold(without_marks(title))}{TITLE_END}{folded}{FOLDED_END}{text}"


def lacks_field(name: str) -> Q:
    """A condition about `Content`: rows published without a field, as those from before the plugin had it."""
    return ~Q(words__contains=field_start(name))


def hidden_items(club_id: int, *, plugin: str, kind: str) -> Subquery:
    """The numbers of the items of a plugin that moderators have hidden in a club, for `exclude(id__in=…)`: such an item is
    left out of the trash's pages, cannot be taken out of it, and is not erased with it.
    """
    found = Content.filter(club_id=club_id, plugin=plugin, kind=kind).exclude(hidden_at=None)
    return Subquery(found.values("object_id"))


async def forget_content(*, plugin: str, kind: str, object_ids: Iterable[int]) -> None:
    """Remove the catalogue's rows of items that are gone for good, in the transaction that deletes the items."""
    gone = Content.filter(plugin=plugin, kind=kind, object_id__in=list(object_ids))
    await tell_of_removal(await gone.only("id", "club_id", "plugin", "kind", "object_id"))
    await gone.delete()


def visible_to(viewer: Viewer, *, now: datetime | None = None) -> QuerySet[Content]:
    """Everything the viewer may see, in all clubs, as one query: membership, audience, plugin state and time.

    Args:
        viewer: who looks.
        now: the moment that decides about scheduled items.
    """
    moment = now or datetime.now(UTC)
    running = [name for name in current.app().parts.plugin_names if viewer.may_use(name)]
    on = Q(switch__effective__in=("on", "read_only"), plugin__in=running, club__deleted_at=None)
    return Content.filter(on, _published(viewer, moment), _audience(viewer), hidden_at=None)


def visible_in(club: Any, viewer: Viewer) -> QuerySet[Content]:
    """Everything the viewer may see in one club.

    For members the gate has answered most of it: which plugins their role may read here. Then no other table is asked.
    """
    role, grant = viewer.role_in(club.id), viewer.grants.get(club.id)
    if role is None or grant is None or grant.role != role:
        return visible_to(viewer).filter(club_id=club.id)
    readable = [name for name in current.app().parts.plugin_names if f"{name}.view" in grant.allowed]
    audience = Q(audience__in=_audiences(role)) | Q(author_id=viewer.id)
    shown = Content.filter(_published(viewer, datetime.now(UTC)), audience, hidden_at=None)
    return shown.filter(club_id=club.id, plugin__in=readable)


def visible_sql(club: Any, viewer: Viewer, *, plugin: str | None = None) -> tuple[str, tuple[object, ...]]:
    """What `visible_in` finds, without drafts, as a condition about `spaces_content c` with its parameters, counted from 1.

    Args:
        club: the one club.
        viewer: who looks; the gate let them in.
        plugin: only what this one published; a plugin that asks for its own spares the database all others.
    """
    role, grant, running = viewer.role_in(club.id), viewer.grants.get(club.id), current.app().parts.plugin_names
    running = frozenset(name for name in running if viewer.may_use(name))
    inside = role is not None and grant is not None and grant.role == role
    asked = sorted(running) if plugin is None else [plugin] if plugin in running else []
    plugins = [name for name in asked if not inside or (grant and f"{name}.view" in grant.allowed)]
    place = (role or "", "") if inside else ("", club.visibility)
    sql = _visible_text(len(plugins), *place, viewer.is_authenticated, dialect())
    return sql, (club.id, *plugins, datetime.now(UTC), *((viewer.id,) if inside else ()))


@lru_cache(maxsize=256)
def _visible_text(plugins: int, role: str, visibility: str, signed_in: bool, words: Dialect) -> str:
    """The condition for so many plugins, for a member of this role or, without one, for somebody outside."""
    marks = [words.param(number) for number in range(1, plugins + 4)]
    sql = f"c.club_id = {marks[0]} AND c.plugin IN ({', '.join(marks[1 : plugins + 1]) or 'NULL'})"
    sql += f" AND (c.state = 'published' OR (c.state = 'scheduled' AND c.published_at <= {marks[plugins + 1]}))"
    sql += " AND c.hidden_at IS NULL"
    if role:
        return f"{sql} AND (c.audience IN ({_quoted(_audiences(role))}) OR c.author_id = {marks[plugins + 2]})"
    return f"{sql} AND {_outside_sql(visibility, signed_in)}"


def _outside_sql(visibility: str, signed_in: bool) -> str:
    """What somebody sees who does not belong to the club; the same as `_audience` says of all clubs."""
    if visibility == "hidden":
        return "FALSE"
    seen = f"c.audience IN ({_quoted(['public', 'site'] if signed_in else ['public'])})"
    if visibility == "public":
        readers = "visitor" if signed_in else "anonymous"
        seen += f" OR (c.audience = 'club' AND s.readers LIKE '% {readers} %')"
    switch = f"s.id = c.switch_id AND s.effective IN ('on', 'read_only') AND ({seen})"
    return f"EXISTS (SELECT 1 FROM spaces_club_plugin s WHERE {switch})"


def _quoted(audiences: list[str]) -> str:
    return ", ".join(f"'{audience}'" for audience in audiences)


def is_visible(content: Content, viewer: Viewer) -> bool:
    """The same question about one row that is loaded, in a club that the gate let the viewer into."""
    return can(viewer, f"{content.plugin}.view", content)


def _published(viewer: Viewer, moment: datetime) -> Q:
    public = Q(state="published") | Q(state="scheduled", published_at__lte=moment)
    return public | Q(state__in=("draft", "scheduled"), author_id=viewer.id) if viewer.is_authenticated else public


def _audience(viewer: Viewer) -> Q:
    outside = Q(audience="public", club__visibility__in=("public", "listed"))
    outside |= Q(audience="club", club__visibility="public", switch__readers__contains=" anonymous ")
    if not viewer.is_authenticated:
        return outside
    outside |= Q(audience="site", club__visibility__in=("public", "listed"))
    outside |= Q(audience="club", club__visibility="public", switch__readers__contains=" visitor ")
    return _among_members(viewer, outside)


def _among_members(viewer: Viewer, found: Q) -> Q:
    by_role: defaultdict[str, list[int]] = defaultdict(list)
    for club in viewer.clubs:
        by_role[club.role].append(club.id)
    for role, ids in by_role.items():
        found |= Q(club_id__in=ids, audience__in=_audiences(role), switch__readers__contains=f" {role} ")
        found |= Q(club_id__in=ids, author_id=viewer.id, switch__readers__contains=f" {role} ")
    return found


def _audiences(role: str) -> list[str]:
    return ["public", "site", "club"] + (["moderators"] if base_of(role) in ("owner", "moderator") else [])
