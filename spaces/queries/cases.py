"""Reads about moderation: what waits, what was decided, and what somebody may read of one case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.accounts.viewer import Viewer
from core.errors import NotFound
from core.i18n import N_
from core.permissions import can
from spaces.models import Case, Club
from spaces.permissions import MODERATE

REASONS = {
    "off_topic": N_("It does not belong here"),
    "promotion": N_("Advertising for oneself"),
    "offensive": N_("Offensive or threatening"),
    "private": N_("Shows what is private"),
    "other": N_("Something else"),
}
"""Why an item or a person is reported, and why it is hidden."""
WAITING = ("open", "appealed")
TOLD = ("hidden", "appealed", "restored", "upheld", "removed")
"""The states that whom a case is about may read; of what came to nothing they learn nothing."""
STALE = timedelta(days=7)
MOST = 200
PAGE = 50


async def list_waiting(club: Club, viewer: Viewer) -> list[Case]:
    """What waits for a decision in a club and is not about the viewer, oldest first, with who reported; three queries."""
    found = Case.filter(_about_others(viewer), club_id=club.id, state__in=WAITING).order_by("id").limit(MOST)
    return await found.prefetch_related("person", "reports__reporter")


async def list_decided(club: Club, viewer: Viewer, *, before: int | None = None) -> list[Case]:
    """What was decided in a club, newest first; one more than `PAGE` when there is more.

    Args:
        club: the club.
        viewer: who looks; what is about them is left out, they read that on their own page.
        before: the id of the last one of the page before.
    """
    found = Case.filter(_about_others(viewer), club_id=club.id).exclude(state__in=WAITING)
    if before is not None:
        found = found.filter(id__lt=before)
    return await found.order_by("-id").limit(PAGE + 1).select_related("person", "decided_by")


async def list_mine(club: Club, viewer: Viewer) -> list[Case]:
    """What moderators decided about the viewer and what they wrote, newest first."""
    return await Case.filter(club_id=club.id, person_id=viewer.id, state__in=TOLD).order_by("-id").limit(MOST)


async def get_case(club: Club, id: int, viewer: Viewer) -> Case:
    """One case, for who may moderate, and once it is decided for whom it is about.

    Raises:
        NotFound: for everybody else, and when there is none.
    """
    people = ("person", "decided_by", "answered_by", "reports__reporter")
    found = await Case.get_or_none(club_id=club.id, id=id).prefetch_related(*people)
    if found is None:
        raise NotFound()
    is_own = viewer.id is not None and found.person_id == viewer.id
    if not (found.state in TOLD if is_own else can(viewer, MODERATE, club)):
        raise NotFound()
    return found


async def list_stale(now: datetime | None = None) -> list[Case]:
    """What has waited in any club for longer than `STALE`, longest first, for operators."""
    limit = (now or datetime.now(UTC)) - STALE
    late = Q(state="open", created_at__lt=limit) | Q(state="appealed", appealed_at__lt=limit)
    found: QuerySet[Case] = Case.filter(late, club__deleted_at=None).order_by("id").limit(MOST)
    return await found.prefetch_related("club", "person", "reports")


def _about_others(viewer: Viewer) -> Q:
    return Q(person_id__isnull=True) | ~Q(person_id=viewer.id)
