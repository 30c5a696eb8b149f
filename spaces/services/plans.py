"""Plans: how much clubs may store and how many may belong to them. The only writer of a club's quota and member limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import audit
from core.db import atomic, dialect, execute, rows
from core.errors import Conflict, Invalid
from core.i18n import N_, gettext, ngettext
from core.settings import MIB
from spaces.decisions import checked_reason, signed
from spaces.models import Club, ClubPlan
from spaces.queries.clubs import load_site_settings
from spaces.queries.plans import plan_key
from spaces.queries.standing import standing
from spaces.services.actors import Actor, asker
from spaces.space import hold_switches

LEAST_QUOTA = MIB
MOST_QUOTA = 1024**5
MOST_MEMBERS = 1_000_000
_FALL_BACK = ", ".join(
    f"{column} = COALESCE((SELECT p.{column} FROM spaces_club_plan p WHERE p.key = '#' || CAST(spaces_club.id AS TEXT)), "
    f"(SELECT p.{column} FROM spaces_club_plan p WHERE p.key = spaces_club.kind), "
    f"(SELECT p.{column} FROM spaces_club_plan p WHERE p.key = ''))"
    for column in ("quota", "member_limit")
)


class ClubFull(Conflict):
    """A club has as many members as its plan allows."""

    title = N_("The club is full")


@dataclass(frozen=True, slots=True)
class NewPlan:
    """Limits for clubs; None falls back to the next wider plan, and two None take the plan back.

    Args:
        quota: how many bytes a club may store, from 1 MB to 1 PB.
        member_limit: how many may belong to it, guests included, from 1 to a million.
        reason: why, for the owners of the clubs; at most 300 characters.
        kind: the kind of club; "" for all kinds.
    """

    quota: int | None
    member_limit: int | None
    reason: str = ""
    kind: str = ""


async def set_plans(plans: Sequence[NewPlan], *, actor: Actor | None) -> None:
    """Give kinds of clubs their plans, all of them or none. Nobody is removed from a club that is above its new plan.

    Raises:
        Invalid: naming the field that is wrong: `kind`, `quota`, `members` or `reason`.
    """
    async with atomic():
        await hold_switches(None)
        for plan in plans:
            await _require_kind(plan)
            await _keep(plan.kind, plan, subject=plan.kind, club_id=None, actor=actor)
        kinds = sorted({plan.kind for plan in plans})
        if "" in kinds:
            await execute(f"UPDATE spaces_club SET {_FALL_BACK}")
            return
        for kind in kinds:
            await execute(f"UPDATE spaces_club SET {_FALL_BACK} WHERE kind = {dialect().param(1)}", [kind])


async def set_club_plan(club: Club, plan: NewPlan, *, actor: Actor | None) -> None:
    """Give one club a plan of its own, above that of its kind; answers with the club's new limits.

    Raises:
        Invalid: as for `set_plans`.
    """
    async with atomic():
        await hold_switches(club.id)
        await _keep(plan_key(club), plan, subject=club.slug, club_id=club.id, actor=actor)
        await take_over_plan(club)


async def take_over_plan(club: Club) -> None:
    """Write what the plans say into a club that is new or of another kind, in the running transaction."""
    await hold_switches(club.id)
    await execute(f"UPDATE spaces_club SET {_FALL_BACK} WHERE id = {dialect().param(1)}", [club.id])
    await club.refresh_from_db(fields=["quota", "member_limit"])


async def take_place(club: Club, user_id: int, *, actor: Actor | None) -> None:
    """See that somebody fits in, in the transaction that has just written the membership; the last place goes to one.

    Raises:
        ClubFull: when the club has more members now than its plan allows.
    """
    words = dialect()
    alone = " FOR NO KEY UPDATE" if words.name == "postgres" else ""
    found = await rows(
        f"SELECT member_limit FROM spaces_club WHERE id = {words.param(1)} AND member_limit IS NOT NULL{alone}",
        [club.id],
    )
    if not found:
        return
    counted = await rows(
        f"SELECT COUNT(*) AS members FROM spaces_membership m WHERE m.club_id = {words.param(1)} AND {standing('m')}",
        [club.id],
    )
    if counted[0]["members"] > found[0]["member_limit"]:
        raise _full(found[0]["member_limit"], user_id, actor)


def _full(limit: int, user_id: int, actor: Actor | None) -> ClubFull:
    """The sentence for whoever acts: only those who run the club learn its limit."""
    if actor is not None and actor.is_operator:
        return ClubFull(
            ngettext(
                "The club has reached its %(num)s member. Give it a larger plan first.",
                "The club has reached its %(num)s members. Give it a larger plan first.",
                limit,
            )
        )
    if actor is not None and actor.id == user_id:
        return ClubFull(gettext("This club is full at the moment. Its owners can ask the operator for more places."))
    return ClubFull(
        ngettext(
            "The club has reached its %(num)s member. Ask the operator of the site for more places.",
            "The club has reached its %(num)s members. Ask the operator of the site for more places.",
            limit,
        )
    )


async def _require_kind(plan: NewPlan) -> None:
    """Refuse a kind that is not there; the plan of one that is gone can still be taken back."""
    taken_back = plan.quota is None and plan.member_limit is None and not plan.kind.startswith("#")
    if plan.kind and not taken_back and not (await load_site_settings()).has_kind(plan.kind):
        raise Invalid(gettext("There is no such kind of club."), field="kind")


async def _keep(key: str, plan: NewPlan, *, subject: str, club_id: int | None, actor: Actor | None) -> None:
    _check(plan)
    row = await ClubPlan.get_or_none(key=key)
    before: dict[str, object] = {name: getattr(row, name, None) for name in ("quota", "member_limit", "reason")}
    reason, by, _ = signed(checked_reason(plan.reason), asker(actor))
    if plan.quota is None and plan.member_limit is None:
        await ClubPlan.filter(key=key).delete()
    else:
        row = row or ClubPlan(key=key)
        row.quota, row.member_limit, row.reason, row.decided_by = plan.quota, plan.member_limit, reason, by
        await row.save()
    after: dict[str, object] = {"quota": plan.quota, "member_limit": plan.member_limit, "reason": reason}
    await audit.record(
        "spaces.plan_set", actor=asker(actor), subject=subject, club_id=club_id, before=before, after=after
    )


def _check(plan: NewPlan) -> None:
    if plan.quota is not None and not LEAST_QUOTA <= plan.quota <= MOST_QUOTA:
        raise Invalid(gettext("From 1 MB to 1 PB, please."), field="quota")
    if plan.member_limit is not None and not 1 <= plan.member_limit <= MOST_MEMBERS:
        raise Invalid(gettext("A number from 1 to %(most)s, please.", most=MOST_MEMBERS), field="members")
