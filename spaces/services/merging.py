"""Letting a club go into another one: who may, when it cannot be, and the wish that a job fulfils."""

from __future__ import annotations

import json

from core import audit, current
from core.accounts.viewer import Viewer
from core.db import after_commit, atomic
from core.errors import Conflict, FactorNeeded, Forbidden, NotFound
from core.i18n import gettext, ngettext
from spaces.access import RANK
from spaces.models import Club, ClubMerge, Membership
from spaces.queries.merges import count_all, has_erasures, too_many
from spaces.queries.standing import stands
from spaces.services.actors import Actor, actor_id, asker, rank_of, refuse_acting
from spaces.services.inheritance import hold_pair
from spaces.services.merging_now import refuse_merging
from spaces.services.purge import plugins_left_in

MERGE = "spaces.merge_clubs"


async def ask_merge(source: Club, target: Club, *, owners_stay: bool = False, actor: Actor | None) -> ClubMerge:
    """Let a club go into another one. From now on both can only be read; a job moves everything, and then the first is gone.

    Args:
        source: the club that goes, with its name and its settings.
        target: the club that stays.
        owners_stay: whether owners of the first own the second afterwards; otherwise they are moderators there.
        actor: an owner of both, or an operator; None for the machine.

    Raises:
        Forbidden: when the actor is none of these.
        FactorNeeded: when one of them lets its members in with a second factor only, and it was not given.
        Conflict: when they cannot become one: archived, at it already, with too many members, with something to be erased.
        NotFound: when one of them is deleted.
    """
    refuse_acting(actor)
    if source.id == target.id:
        raise Conflict(gettext("A club cannot go into itself."))
    async with atomic():
        await hold_pair(*sorted((source.id, target.id)))
        await _require_owner(source, actor)
        await _require_owner(target, actor)
        await _require_fit(source, target)
        owners = (
            Membership.filter(stands(), club_id__in=[source.id, target.id], role="owner").order_by("user_id").distinct()
        )
        said = {
            "before": {"source": await count_all(source), "target": await count_all(target)},
            "owners": [int(str(id)) for id in await owners.values_list("user_id", flat=True)],
            "owners_stay": owners_stay,
            "name": source.name,
        }
        merge = await ClubMerge.create(
            source_id=source.id, target_id=target.id, asked_by_id=actor_id(actor), counts=json.dumps(said)
        )
        for club in (source, target):
            await audit.record(
                "spaces.merge_asked",
                actor=asker(actor),
                subject=source.slug,
                club_id=club.id,
                before={"source": source.slug, "target": target.slug, "counts": said["before"]},
                after={"target": target.slug, "owners_stay": owners_stay},
            )
        after_commit(lambda: current.app().jobs.nudge(MERGE))
    return merge


async def _require_owner(club: Club, actor: Actor | None) -> None:
    if await rank_of(club, actor) < RANK["owner"]:
        raise Forbidden(gettext("Only somebody who owns both clubs lets one go into the other."))
    if not isinstance(actor, Viewer) or actor.is_operator:
        return
    if club.id not in {one.id for one in actor.clubs}:
        raise Forbidden(gettext("Only somebody who owns both clubs lets one go into the other."))
    if club.needs_factor and not actor.is_strong:
        raise FactorNeeded(
            gettext("%(club)s lets its members in with a second factor only.", club=club.name), club=club.name
        )


async def _require_fit(source: Club, target: Club) -> None:
    for one in (source, target):
        fresh = await Club.get_or_none(id=one.id, deleted_at=None)
        if fresh is None:
            raise NotFound()
        if fresh.is_archived:
            raise Conflict(gettext("%(club)s is archived. Bring it back first.", club=fresh.name))
        await refuse_merging(fresh)
        if left := await plugins_left_in(current.app(), one.id):
            names = ", ".join(left)
            raise Conflict(
                gettext(
                    "%(plugins)s does not run, and keeps something in the club. Mend or purge it first.", plugins=names
                )
            )
    if await has_erasures(source, target):
        raise Conflict(
            gettext("What a plugin keeps in one of the clubs is to be erased. Take that back first, or wait for it.")
        )
    if many := await too_many(source, target):
        raise Conflict(
            ngettext(
                "Together they have %(num)s member more than fit in. Ask the operator of the site for more places.",
                "Together they have %(num)s members more than fit in. Ask the operator of the site for more places.",
                many,
            )
        )
