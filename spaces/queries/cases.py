"""Reads about moderation: what waits, what was decided, and what somebody may read of one case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core.accounts.viewer import Viewer
from core.errors import NotFound
from core.i18n import N_
from core.permissions import can
from spaces.catalogue import FOLDED_END
from spaces.models import Case, Club, Content
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
    """What was reported or objected to in a club and is not about the viewer, oldest first, with who reported; three queries."""
    told = Q(state="open", is_trial=False) | Q(state="appealed")
    found = Case.filter(_about_others(viewer), told, club_id=club.id).order_by("id").limit(MOST)
    return await found.prefetch_related("person", "reports__reporter")


async def list_trial(club: Club, viewer: Viewer) -> list[tuple[Case, str]]:
    """What waits because its author is new and is not about the viewer, oldest first, with how it begins; two queries."""
    found = Case.filter(_about_others(viewer), club_id=club.id, state="open", is_trial=True)
    cases = await found.order_by("id").limit(MOST).select_related("person")
    held = Content.filter(club_id=club.id, object_id__in=[case.object_id or 0 for case in cases], is_on_trial=True)
    texts = {(one.plugin, one.kind, one.object_id): one.summary or text_of(one)[:400] for one in await held}
    return [(case, texts.get((case.plugin, case.kind, case.object_id or 0), "")) for case in cases]


def text_of(item: Content) -> str:
    """The words of an item, as far as the catalogue has them."""
    return item.words.partition(FOLDED_END)[2]


async def find_hidden(club: Club, addresses: Collection[str], viewer: Viewer) -> Case | None:
    """Why there is nothing at an address, where the viewer made what was there, or may moderate; None for everybody else.

    Args:
        club: the club.
        addresses: ways to write it.
        viewer: who looks.
    """
    gone = Q(state="open", is_trial=True) | Q(state__in=("hidden", "appealed", "upheld"))
    found = Case.filter(gone, club_id=club.id, url__in=list(addresses))
    if not can(viewer, MODERATE, club):
        found = found.filter(person_id=viewer.id)
    return await found.order_by("-id").first()


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
    """What moderators decided about the viewer and what they wrote, and what of it waits for them, newest first."""
    return await Case.filter(_told(), club_id=club.id, person_id=viewer.id).order_by("-id").limit(MOST)


async def get_case(club: Club, id: int, viewer: Viewer) -> Case:
    """One case, for who may moderate, and once it is decided, or where it waits because they are new, for whom it is about.

    Raises:
        NotFound: for everybody else, and when there is none.
    """
    people = ("person", "decided_by", "answered_by", "reports__reporter")
    found = await Case.get_or_none(club_id=club.id, id=id).prefetch_related(*people)
    if found is None:
        raise NotFound()
    is_own = viewer.id is not None and found.person_id == viewer.id
    if not (found.is_trial or found.state in TOLD if is_own else can(viewer, MODERATE, club)):
        raise NotFound()
    return found


async def list_stale(now: datetime | None = None) -> list[Case]:
    """What has waited in any club for longer than `STALE`, longest first, for operators."""
    limit = (now or datetime.now(UTC)) - STALE
    late = Q(state="open", created_at__lt=limit) | Q(state="appealed", appealed_at__lt=limit)
    found: QuerySet[Case] = Case.filter(late, club__deleted_at=None).order_by("id").limit(MOST)
    return await found.prefetch_related("club", "person", "reports")


def _told() -> Q:
    return Q(state__in=TOLD) | Q(is_trial=True)


def _about_others(viewer: Viewer) -> Q:
    return Q(person_id__isnull=True) | ~Q(person_id=viewer.id)
