"""Reads about invitations: what is under way in a club, what was not taken up, and who came by them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from core.models import AuditEntry
from spaces.models import Club, Invitation, Membership
from spaces.queries.standing import stands

USED = "spaces.invitation_used"
"""The action of the audit log that says by which invitation somebody came."""
REMEMBERED = timedelta(days=60)
_MOST_USES = 2000


async def list_invitations(club: Club, limit: int = 200) -> list[Invitation]:
    """Invitations that can still be used, newest first, with who made them."""
    live = Invitation.filter(club_id=club.id, withdrawn_at=None, uses_left__gt=0, expires_at__gt=datetime.now(UTC))
    return await live.order_by("-id").limit(limit).select_related("inviter")


async def list_missed(club: Club, limit: int = 200) -> list[Invitation]:
    """Letters whose link ended within the last 60 days before anybody used it, to people who are no members; newest first."""
    now = datetime.now(UTC)
    over = Invitation.filter(club_id=club.id, withdrawn_at=None, uses_left__gt=0)
    found = await (
        over.filter(expires_at__lte=now, expires_at__gt=now - REMEMBERED)
        .exclude(email="")
        .order_by("-id")
        .limit(limit)
        .select_related("inviter")
    )
    members = await addresses_of_members(club, {one.email for one in found})
    return [one for one in found if one.email not in members]


async def who_came(club: Club, invitation_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of those who joined by each of these invitations, the last one first; "" for somebody who is gone."""
    if not invitation_ids:
        return {}
    used = AuditEntry.filter(club_id=club.id, action=USED, subject__in=[str(number) for number in invitation_ids])
    came = defaultdict(list)
    for one in await used.order_by("-id").limit(_MOST_USES):
        came[int(one.subject)].append(one.actor_name)
    return dict(came)


async def addresses_of_members(club: Club, emails: Collection[str]) -> set[str]:
    """Those of these addresses that belong to members; at most 500."""
    if not emails:
        return set()
    members = Membership.filter(stands(), club_id=club.id, user__email__in=list(emails))
    return {str(email) for email in await members.values_list("user__email", flat=True)}


async def addresses_invited(club: Club, emails: Collection[str]) -> set[str]:
    """Those of these addresses that a letter which still counts went to; at most 500."""
    if not emails:
        return set()
    live = Invitation.filter(club_id=club.id, withdrawn_at=None, uses_left__gt=0, expires_at__gt=datetime.now(UTC))
    return {str(email) for email in await live.filter(email__in=list(emails)).values_list("email", flat=True)}
