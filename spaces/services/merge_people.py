"""The people of a club that goes into another one: members, bans, requests, groups, rules and tokens. Parts of `merge_run`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from core import audit, current
from core.accounts.models import ApiToken
from core.db import dialect, rows
from core.events import announce
from core.i18n import N_
from core.notifications import notify
from core.permissions import base_of
from spaces.access import rank
from spaces.events import MemberJoined, RoleChanged
from spaces.models import Ban, Club, ClubMerge, GroupRule, JoinRequest, Membership
from spaces.notifications import REQUEST_ANSWERED
from spaces.queries.bans import holds
from spaces.services.barred import is_banned
from spaces.services.ending import end_lapsed
from spaces.services.inheritance import follow_parent

BATCH = 200
_ASKED = (
    N_("Your request to join %(club)s"),
    N_("%(club)s became a part of %(other)s, so your request is closed. You may ask there."),
)
_ASKED_HIDDEN = (
    N_("Your request to join %(club)s"),
    N_("%(club)s became a part of another club, so your request is closed."),
)


async def move_bans(merge: ClubMerge) -> bool:
    """Who is banned from one is from then on from the other; whoever was a member of that all the same is none any more, except
    for its owners. Of two bans the longer one holds.
    """
    found = await Ban.filter(club_id=merge.source_id).order_by("id").limit(BATCH).select_related("user")
    for ban in found:
        other = await Ban.get_or_none(club_id=merge.target_id, user_id=ban.user_id)
        if other is None:
            await Ban.filter(id=ban.id).update(club_id=merge.target_id)
        else:
            await Ban.filter(id=other.id).update(until=later(ban.until, other.until))
            await Ban.filter(id=ban.id).delete()
        if await Ban.filter(holds(), club_id=merge.target_id, user_id=ban.user_id).exists():
            await _put_out(merge.target, ban.user_id, ban.user.name)
    return len(found) == BATCH


async def move_people(merge: ClubMerge) -> bool:
    """The next members: the higher role of two holds, up to moderator, and the later end."""
    found = await Membership.filter(club_id=merge.source_id).order_by("id").limit(BATCH).select_related("user")
    stays = bool(json.loads(merge.counts or "{}").get("owners_stay"))
    for member in found:
        await end_lapsed(merge.target, member.user_id)
        if await end_lapsed(merge.source, member.user_id):
            continue
        if member.is_inherited or await is_banned(merge.target, member.user_id):
            await Membership.filter(id=member.id).delete()
            await _note("spaces.member_removed", merge.source, member.user.name, {"role": member.role}, {})
        else:
            await _bring(merge, member, stays)
    return len(found) == BATCH


async def move_groups(merge: ClubMerge) -> bool:
    """Groups of the club are groups of the other one, where that can have some; else clubs of their own, which keep who is in."""
    target = merge.target
    for group in await Club.filter(parent_id=merge.source_id).order_by("id"):
        above = None if group.id == target.id or target.parent_id not in (None, merge.source_id) else target.id
        if above is None:
            await Club.filter(id=group.id).update(parent_id=None, inherits_members=False)
            await Membership.filter(club_id=group.id, is_inherited=True).update(is_inherited=False, came_by="merge")
        else:
            await Club.filter(id=group.id).update(parent_id=above)
        await audit.record(
            "spaces.group_moved",
            actor=None,
            subject=group.slug,
            club_id=group.id,
            before={"parent": merge.source.slug},
            after={"parent": target.slug if above else ""},
        )
    return False


async def tell_asking(merge: ClubMerge) -> bool:
    """Requests to join end, and whoever asked is told; the other club is named unless it is hidden."""
    found = await JoinRequest.filter(club_id=merge.source_id).order_by("id").limit(BATCH)
    subject, text = _ASKED_HIDDEN if merge.target.visibility == "hidden" else _ASKED
    for asked in found:
        await JoinRequest.filter(id=asked.id).delete()
        await notify(
            REQUEST_ANSWERED,
            to=[asked.user_id],
            club=merge.source,
            key=f"request {asked.id}",
            subject=subject,
            text=text,
            path=current.app().urls.path("spaces:club", club=merge.source.slug),
            values={"club": merge.source.name, "other": merge.target.name},
        )
    return len(found) == BATCH


async def move_rules(merge: ClubMerge) -> bool:
    """Rules about groups at identity providers, where the other club has none for the same group."""
    for rule in await GroupRule.filter(club_id=merge.source_id).order_by("id"):
        same = GroupRule.filter(club_id=merge.target_id, provider_id=rule.provider_id, group=rule.group)
        if await same.exists():
            await GroupRule.filter(id=rule.id).delete()
        else:
            await GroupRule.filter(id=rule.id).update(club_id=merge.target_id, role=base_of(rule.role))
    return False


async def move_tokens(merge: ClubMerge) -> bool:
    """Tokens and feeds that are for the club are for the other one."""
    for token in await ApiToken.filter(clubs__contains=str(merge.source_id)).order_by("id"):
        ids = [int(word) for word in token.clubs.split(",") if word]
        if merge.source_id in ids:
            moved = dict.fromkeys(merge.target_id if id == merge.source_id else id for id in ids)
            await ApiToken.filter(id=token.id).update(clubs=",".join(map(str, moved)))
    return False


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends; None is for good."""
    return None if one is None or other is None else max(one, other)


async def _bring(merge: ClubMerge, member: Membership, owners_stay: bool) -> None:
    role = base_of(member.role)
    if role == "owner" and not owners_stay:
        role = "moderator"
    place = await Membership.get_or_none(club_id=merge.target_id, user_id=member.user_id)
    if place is None:
        await Membership.filter(id=member.id).update(
            club_id=merge.target_id, role=role, came_by="merge", steps_done_at=None
        )
        await _note("spaces.member_added", merge.target, member.user.name, {}, {"role": role, "came_by": "merge"})
        await announce(MemberJoined(club_id=merge.target_id, actor_id=None, user_id=member.user_id, role=role))
    else:
        await Membership.filter(id=member.id).delete()
        await _raise(merge.target, place, role, member)
    await follow_parent(merge.target, member.user_id, actor=None)


async def _raise(target: Club, place: Membership, role: str, member: Membership) -> None:
    """What somebody is who was in both."""
    highest = role if rank(role) > rank(place.role) else place.role
    end = None if highest == "owner" else later(place.expires_at, member.expires_at)
    await Membership.filter(id=place.id).update(role=highest, expires_at=end, is_inherited=False)
    if highest != place.role:
        name, before, after = member.user.name, place.role, highest
        await _note("spaces.role_changed", target, name, {"role": before}, {"user": name, "role": after})
        await announce(
            RoleChanged(club_id=target.id, actor_id=None, user_id=member.user_id, before=before, after=after)
        )


async def _put_out(target: Club, user_id: int, name: str) -> None:
    words = dialect()
    gone: list[dict[str, Any]] = await rows(
        f"DELETE FROM spaces_membership WHERE club_id = {words.param(1)} AND user_id = {words.param(2)} AND role <> 'owner' "
        "RETURNING role",
        [target.id, user_id],
    )
    if gone:
        await _note("spaces.member_removed", target, name, {"role": gone[0]["role"]}, {})
        await follow_parent(target, user_id, actor=None)


async def _note(action: str, club: Club, name: str, before: dict[str, object], after: dict[str, object]) -> None:
    await audit.record(action, actor=None, subject=name, club_id=club.id, before=before, after=after)
