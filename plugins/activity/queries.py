"""Reading what happened: each list is one query over what the viewer may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from cercle import MINE_SHOW_MEMBERS, Club, Content, Viewer, can, dialect, rows, standing, visible_in, visible_to
from plugins.activity.models import Happening, Look

PAGE = 40
Place = tuple[datetime, int]
"""When a happening was, and its number: where a page of a list begins."""
_COLUMNS = {
    "id": "id",
    "club_id": "club_id",
    "verb": "verb",
    "at": "at",
    "times": "times",
    "actor_id": "actor_id",
    "actor_name": "actor__name",
    "actor_handle": "actor__handle",
    "plugin": "content__plugin",
    "kind": "content__kind",
    "title": "content__title",
    "url": "content__url",
}


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of activity; without plugin, kind, title and url where somebody joined."""

    id: int
    club_id: int
    verb: str
    at: datetime
    times: int
    actor_id: int | None
    actor_name: str | None
    actor_handle: str | None
    plugin: str | None
    kind: str | None
    title: str | None
    url: str | None

    @property
    def key(self) -> tuple[object, ...]:
        """What is alike in lines that are told as one."""
        return (self.actor_id, self.verb, self.club_id, self.plugin, self.kind if self.actor_id else self.id)


@dataclass(frozen=True, slots=True)
class Reach:
    """The clubs whose activity a viewer sees, and those of them where they may see the members.

    Args:
        clubs: ids.
        with_members: ids.
        content: the catalogue's rows that they may see there.
    """

    clubs: Collection[int]
    with_members: Collection[int]
    content: QuerySet[Content]

    def only(self, club_id: int) -> Reach:
        """The same in one of the clubs."""
        return Reach(
            [club for club in self.clubs if club == club_id],
            [club for club in self.with_members if club == club_id],
            self.content.filter(club_id=club_id),
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose activity is shown."""

    id: int
    name: str
    handle: str


def reach_in(club: Club, viewer: Viewer) -> Reach:
    """One club, into which the gate let the viewer."""
    with_members = [club.id] if can(viewer, "spaces.view_members", club) else []
    return Reach([club.id], with_members, visible_in(club, viewer))


async def reach_of(viewer: Viewer) -> Reach:
    """All clubs of the viewer in which they may read the activity at this moment; one query."""
    words, mine = dialect(), {club.id for club in viewer.clubs if viewer.may_use("activity")}
    found = await rows(
        f"SELECT mine.club_id, {MINE_SHOW_MEMBERS} AS members FROM spaces_membership mine "
        "JOIN spaces_club k ON k.id = mine.club_id AND k.deleted_at IS NULL "
        "JOIN spaces_club_plugin s ON s.club_id = mine.club_id AND s.plugin = 'activity' "
        "AND s.effective IN ('on', 'read_only') AND s.readers LIKE '% ' || mine.role || ' %' "
        f"WHERE mine.user_id = {words.param(1)} AND {standing('mine')}{viewer.within('mine.club_id')}",
        [viewer.id or 0],
    )
    kept = [row for row in found if row["club_id"] in mine]
    clubs = [row["club_id"] for row in kept]
    content = visible_to(viewer).filter(club_id__in=clubs)
    return Reach(clubs, [row["club_id"] for row in kept if row["members"]], content)


async def list_happenings(
    reach: Reach,
    *,
    after: Place | None = None,
    limit: int = PAGE,
    person: int | None = None,
    content: int | None = None,
) -> list[Happened]:
    """What happened, latest first; one query.

    Args:
        reach: which clubs, and what may be seen there.
        after: only what was before this.
        limit: the most lines.
        person: only what the person of this id did.
        content: only what happened to the catalogue's row of this id.
    """
    seen = Q(content_id__in=Subquery(reach.content.values("id")))
    seen |= Q(verb="joined", club_id__in=list(reach.with_members))
    wanted = Happening.filter(seen, club_id__in=list(reach.clubs))
    if person is not None:
        wanted = wanted.filter(actor_id=person)
    if content is not None:
        wanted = wanted.filter(content_id=content)
    if after is not None:
        wanted = wanted.filter(Q(at__lt=after[0]) | Q(at=after[0], id__lt=after[1]))
    return [Happened(**row) for row in await wanted.order_by("-at", "-id").limit(limit).values(**_COLUMNS)]


async def find_person(handle: str) -> Person | None:
    """Somebody by the name in their address; who may know of them is another question, see `meets`."""
    found = await rows(
        f"SELECT id, name, handle FROM accounts_user WHERE handle = {dialect().param(1)} AND is_active",
        [handle[:60].lower()],
    )
    return Person(**found[0]) if found else None


async def meets(reach: Reach, person: Person) -> bool:
    """Whether a person belongs to a club where the viewer sees activity and members."""
    clubs = ", ".join(str(int(club)) for club in sorted(reach.with_members))
    found = await rows(
        f"SELECT 1 AS one FROM spaces_membership m WHERE m.user_id = {dialect().param(1)} "
        f"AND m.club_id IN ({clubs or 'NULL'}) AND {standing('m')} LIMIT 1",
        [person.id],
    )
    return bool(found)


async def last_look(viewer: Viewer, club: Club | None) -> Look | None:
    """When the viewer last looked at this club's activity, or with None at that of all their clubs."""
    return await Look.filter(user_id=viewer.id, club_id=club.id if club else None).order_by("id").first()


async def count_happenings(club: Club) -> int:
    """How many lines of activity a club has."""
    return await Happening.filter(club_id=club.id).count()


async def done_by(user_id: int, clubs: Mapping[int, str]) -> list[dict[str, Any]]:
    """What a person did in these clubs, as it is remembered, oldest first, for what they take along."""
    names = {"club_id": "club_id", "verb": "verb", "at": "at", "times": "times", "address": "content__url"}
    found = await Happening.filter(actor_id=user_id, club_id__in=list(clubs)).order_by("id").values(**names)
    return [{**row, "club": clubs[row.pop("club_id")]} for row in found]


async def count_by_club(user_id: int) -> dict[int, tuple[int, int]]:
    """By the id of the club, how many lines name a person, and 0: the club remembers the rest of them."""
    found = await rows(
        "SELECT club_id, COUNT(*) AS lines FROM activity_happening "
        f"WHERE actor_id = {dialect().param(1)} GROUP BY club_id ORDER BY club_id",
        [user_id],
    )
    return {int(row["club_id"]): (int(row["lines"]), 0) for row in found}
