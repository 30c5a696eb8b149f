"""Reads about plans: how much a club may store and how many may belong to it, whose decision that is, who is above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core import current
from core.db import dialect, rows
from spaces.models import Club, ClubPlan, Membership
from spaces.queries.standing import standing, stands

_MEMBERS = f"(SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = c.id AND {standing('m')})"
Source = Literal["club", "kind", "site", "setting"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a club, and how much of it is used.

    Args:
        value: bytes or members; None for as many as like.
        used: bytes or members there are.
        source: whose plan says so: this club's own, its kind's, that of all clubs; `setting` when none does.
        reason: what the operator wrote, "" when nothing.
        by: the operator's name at that time; "" for a command on the machine, or when nobody decided.
        at: when it was decided; None when nobody did.
    """

    value: int | None
    used: int
    source: Source = "setting"
    reason: str = ""
    by: str = ""
    at: datetime | None = None

    @property
    def is_reached(self) -> bool:
        """Whether nothing more fits."""
        return self.value is not None and self.used >= self.value

    @property
    def is_exceeded(self) -> bool:
        """Whether there is more than the limit allows, because it was lowered."""
        return self.value is not None and self.used > self.value


@dataclass(frozen=True, slots=True)
class Plan:
    """What a club may use: bytes and members."""

    storage: Limit
    members: Limit


@dataclass(frozen=True, slots=True)
class PlanOfClub:
    """A club in the operator's lists of plans; None in `quota` and `member_limit` as in `Club`."""

    id: int
    slug: str
    name: str
    kind: str
    quota: int | None
    member_limit: int | None
    storage_used: int
    members: int

    @property
    def storage(self) -> Limit:
        """Its storage; who decided is not loaded."""
        return Limit(current.app().settings.club_quota if self.quota is None else self.quota, self.storage_used)

    @property
    def people(self) -> Limit:
        """Its members; who decided is not loaded."""
        return Limit(self.member_limit, self.members)


def plan_key(club: Club) -> str:
    """The key of a club's own plan."""
    return f"#{club.id}"


async def plan_of(club: Club) -> Plan:
    """What a club may use, whose decision that is and how much of it is used."""
    found = {row.key: row for row in await ClubPlan.filter(key__in=("", club.kind, plan_key(club)))}
    chain: tuple[tuple[Source, ClubPlan | None], ...] = (
        ("club", found.get(plan_key(club))),
        ("kind", found.get(club.kind)),
        ("site", found.get("")),
    )
    default = int(current.app().settings.club_quota)
    storage = next((_limit(s, p, p.quota, club.storage_used) for s, p in chain if p and p.quota is not None), None)
    members = await Membership.filter(stands(), club_id=club.id).count()
    people = next((_limit(s, p, p.member_limit, members) for s, p in chain if p and p.member_limit is not None), None)
    return Plan(storage or Limit(default, club.storage_used), people or Limit(None, members))


async def own_plan(club: Club) -> ClubPlan | None:
    """The plan that holds for this club alone."""
    return await ClubPlan.get_or_none(key=plan_key(club))


async def plans_of_kinds() -> dict[str, ClubPlan]:
    """The plans for kinds of clubs, by kind; "" for all kinds."""
    return {plan.key: plan for plan in await ClubPlan.exclude(key__startswith="#")}


async def is_full(club: Club) -> bool:
    """Whether nobody else can become a member; no query where there is no limit."""
    limit: int | None = club.member_limit
    return limit is not None and await Membership.filter(stands(), club_id=club.id).count() >= limit


async def clubs_above_plan(limit: int = 50) -> list[PlanOfClub]:
    """Clubs that use more than their plan allows, by name; one more than the limit when there are more."""
    roomy = dialect().param(1)
    above = " UNION ".join(
        f"SELECT c.id FROM spaces_club c WHERE {condition}"  # apart, because each has an index of its own
        for condition in (
            f"c.quota IS NULL AND c.storage_used > CAST({roomy} AS BIGINT)",
            "c.quota IS NOT NULL AND c.storage_used > c.quota",
            f"c.member_limit IS NOT NULL AND {_MEMBERS} > c.member_limit",
        )
    )
    return await _listed(f"c.id IN ({above})", [int(current.app().settings.club_quota)], limit)


async def clubs_with_own_plan(limit: int = 50) -> list[PlanOfClub]:
    """Clubs for which the operator decided apart from their kind, by name; one more than the limit when there are more."""
    own = "c.id IN (SELECT CAST(SUBSTR(p.key, 2) AS INTEGER) FROM spaces_club_plan p WHERE p.key LIKE '#%')"
    return await _listed(own, [], limit)


async def _listed(where: str, values: list[Any], limit: int) -> list[PlanOfClub]:
    page = (
        f"SELECT c.id FROM spaces_club c WHERE c.deleted_at IS NULL AND ({where}) "
        f"ORDER BY c.sort_name, c.id LIMIT {int(limit) + 1}"
    )
    found = await rows(
        f"SELECT c.id, c.slug, c.name, c.kind, c.quota, c.member_limit, c.storage_used, {_MEMBERS} AS members "
        f"FROM ({page}) one JOIN spaces_club c ON c.id = one.id ORDER BY c.sort_name, c.id",
        values,
    )
    return [PlanOfClub(**row) for row in found]


def _limit(source: Source, plan: ClubPlan, value: int | None, used: int) -> Limit:
    return Limit(value, used, source, plan.reason, plan.decided_by, plan.decided_at)
