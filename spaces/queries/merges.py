"""Reads about clubs that go into others: which do at the moment, what is in both, and where things are afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tortoise.expressions import Q

from core import current
from core.accounts.viewer import Viewer
from core.db import dialect, rows
from core.parts import LoadedPart
from spaces.models import Club, ClubMerge, ClubPlugin, Content, Membership
from spaces.queries.erasing import UNDECIDED, count_kept, live_erasures
from spaces.queries.standing import standing, stands
from spaces.space import quota_of


@dataclass(frozen=True, slots=True)
class Passage:
    """What a plugin keeps in a club that goes into another one.

    Args:
        name: of the plugin.
        items: how many of its items stand in lists.
        is_off: whether nobody sees them in the other club until the plugin is turned on there.
    """

    name: str
    items: int
    is_off: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What follows when a club goes into another one.

    Args:
        newcomers: members of the first alone.
        others: members of the second alone, who see what comes.
        banned: members of one whom the other keeps out.
        passages: what moves, by plugin.
        clashes: how many pages and posts get another name or address.
        size: bytes in both together.
        quota: bytes that may be in the second.
        full: how many members too many there would be.
        waits: whether something is to be erased in one of them.
    """

    newcomers: int
    others: int
    banned: int
    passages: tuple[Passage, ...]
    clashes: int
    size: int
    quota: int
    full: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Underway:
    """A merge that is not done.

    Args:
        step: the last step that is done.
        failed: why the last try failed, "" where none did.
    """

    step: str
    failed: str


async def merge_of(club: Club) -> Underway | None:
    """How it stands with the merge that a club is in at the moment."""
    found = await ClubMerge.filter(Q(source_id=club.id) | Q(target_id=club.id), done_at=None).first()
    return Underway(found.step, str(json.loads(found.counts or "{}").get("failed", ""))) if found else None


async def path_after(club: Club, old: str, rest: str) -> str:
    """Where in a club something is now that was in one that went into it.

    Args:
        club: the club that stays.
        old: the word in the address of the other one.
        rest: the path below that, such as `/wiki/pages/plan`.
    """
    for merge in await ClubMerge.filter(target_id=club.id, done_at__isnull=False).order_by("id"):
        said = json.loads(merge.counts or "{}")
        if old in said.get("slugs", ()):
            rest = _led(rest, said.get("addresses", {}))
    return rest


def _led(rest: str, addresses: Mapping[str, str]) -> str:
    """The path under the new address of the longest part of it that has one."""
    steps = rest.strip("/").split("/")
    for length in range(len(steps), 0, -1):
        if new := addresses.get("/".join(steps[:length])):
            return "/" + "/".join([new, *steps[length:]])
    return rest


async def targets_for(club: Club, viewer: Viewer) -> list[Club]:
    """The other clubs that the viewer owns, into which this one may go, by name; at most 100."""
    mine = {"memberships__user_id": viewer.id, "memberships__role": "owner"}
    known = [one.id for one in viewer.clubs if one.id != club.id]
    found = Club.filter(stands("memberships__"), deleted_at=None, archived_at=None, id__in=known, **mine)
    return await found.order_by("sort_name", "id").limit(100)


def club_plugins() -> list[LoadedPart]:
    """The running plugins that clubs turn on and off."""
    return [loaded for loaded in current.app().parts if loaded.part.scope == "club"]


async def count_all(club: Club) -> dict[str, Any]:
    """How many rows of each table of the plugins belong to a club, how many members and entries of lists, and its bytes."""
    tables: dict[str, int] = {}
    for loaded in club_plugins():
        tables |= (await count_kept(club, loaded.name)).tables
    size = (await Club.get(id=club.id).only("id", "storage_used")).storage_used
    return {
        "tables": tables,
        "members": await Membership.filter(club_id=club.id).count(),
        "items": await Content.filter(club_id=club.id).count(),
        "size": size,
    }


async def too_many(source: Club, target: Club) -> int:
    """How many members the second club would have above its limit."""
    limit = (await Club.get(id=target.id).only("id", "member_limit")).member_limit
    if limit is None:
        return 0
    newcomers = await _only_in(source, target, "AND NOT m.is_inherited")
    return max(0, newcomers + await Membership.filter(stands(), club_id=target.id).count() - limit)


async def load_preview(source: Club, target: Club) -> Preview:
    """What follows when the first club goes into the second."""
    states = dict(await ClubPlugin.filter(club_id=target.id).values_list("plugin", "effective"))
    passages = [
        Passage(loaded.name, items, states.get(loaded.name, "off") == "off")
        for loaded in club_plugins()
        if (items := await Content.filter(club_id=source.id, plugin=loaded.name).count())
    ]
    return Preview(
        newcomers=await _only_in(source, target),
        others=await _only_in(target, source),
        banned=await _banned(source, target) + await _banned(target, source),
        passages=tuple(passages),
        clashes=await _clashes(source, target),
        size=source.storage_used + target.storage_used,
        quota=quota_of(target),
        full=await too_many(source, target),
        waits=await has_erasures(source, target),
    )


async def has_erasures(*clubs: Club) -> bool:
    """Whether somebody wants to erase what a plugin keeps in one of these clubs."""
    return await live_erasures([club.id for club in clubs]).filter(due_at__lt=UNDECIDED).exists()


async def _only_in(one: Club, other: Club, more: str = "") -> int:
    word = dialect().param
    found = await rows(
        f"SELECT COUNT(*) AS many FROM spaces_membership m WHERE m.club_id = {word(1)} AND {standing('m')} {more} AND NOT EXISTS "
        f"(SELECT 1 FROM spaces_membership o WHERE o.club_id = {word(2)} AND o.user_id = m.user_id AND {standing('o')})",
        [one.id, other.id],
    )
    return int(found[0]["many"])


async def _banned(one: Club, other: Club) -> int:
    """Members of a club whom the other one keeps out."""
    word = dialect().param
    found = await rows(
        f"SELECT COUNT(*) AS many FROM spaces_membership m JOIN spaces_ban b ON b.user_id = m.user_id AND b.club_id = {word(1)} "
        f"WHERE m.club_id = {word(2)} AND {standing('m')} AND (b.until IS NULL OR b.until > CURRENT_TIMESTAMP)",
        [other.id, one.id],
    )
    return int(found[0]["many"])


async def _clashes(source: Club, target: Club) -> int:
    """Items whose address below the club is the same in both."""
    word = dialect().param
    found = await rows(
        f"SELECT COUNT(*) AS many FROM spaces_content s JOIN spaces_content t ON t.club_id = {word(1)} "
        f"AND t.plugin = s.plugin AND substr(t.url, {len(target.slug) + 4}) = substr(s.url, {len(source.slug) + 4}) "
        f"WHERE s.club_id = {word(2)}",
        [target.id, source.id],
    )
    return int(found[0]["many"])
