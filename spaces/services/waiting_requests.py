"""Requests to join that nobody answers: those who could are reminded once, and after two months the request is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import audit, current
from core.db import atomic
from core.i18n import N_
from core.notifications import notify
from spaces.models import Club, JoinRequest
from spaces.notifications import REQUEST_ANSWERED, REQUESTS_WAIT
from spaces.services.join_requests import deciders_of

REMINDED_AFTER = timedelta(days=7)
CLOSED_AFTER = timedelta(days=60)
BATCH = 200
_WAIT = (
    N_("Requests to join %(club)s wait for an answer"),
    N_(
        "Somebody asked to join %(club)s more than a week ago and still waits. Let them in or refuse: one click is enough."
    ),
)
_CLOSED = (
    N_("Your request to join %(club)s"),
    N_("Nobody answered your request to join %(club)s within 60 days, so it is closed. You may ask again."),
)
_UNANSWERED = (
    N_("Your request to join %(club)s"),
    N_(
        "The people who run %(club)s wanted to know more about you and had no answer within 60 days, so your request is closed. "
        "You may ask again."
    ),
)
_OWES_ANSWER = ~Q(question="") & Q(replied_at=None)


async def remind_of_requests() -> None:
    """Remind those who answer requests, once of each that has waited for a week; one mail for all that wait in a club."""
    open_clubs = _forgotten().filter(club__deleted_at=None, club__archived_at=None)
    numbers = await open_clubs.distinct().limit(BATCH).values_list("club_id", flat=True)
    for club in await Club.filter(id__in=numbers).order_by("id"):
        async with atomic():
            now = datetime.now(UTC)
            if await _forgotten().filter(club_id=club.id).update(reminded_at=now):  # else another process was faster
                await _remind(club, now)


async def close_requests() -> None:
    """Close requests that waited for 60 days, and tell whoever asked; each is closed once."""
    passed, stale = 0, _stale().filter(club__deleted_at=None).order_by("id").limit(BATCH)
    while found := await stale.filter(id__gt=passed).select_related("club", "user"):
        for asked in found:
            await _close(asked)
        passed = found[-1].id


async def _close(asked: JoinRequest) -> None:
    async with atomic():
        if not await _stale().filter(id=asked.id).delete():
            return  # answered meanwhile
        await audit.record("spaces.request_closed", actor=None, subject=asked.user.name, club_id=asked.club_id)
        subject, text = _UNANSWERED if asked.question and asked.replied_at is None else _CLOSED
        await notify(
            REQUEST_ANSWERED,
            to=[asked.user_id],
            club=asked.club,
            key=f"request {asked.id}",
            subject=subject,
            text=text,
            path=current.app().urls.path("spaces:club", club=asked.club.slug),
            values={"club": asked.club.name},
        )


async def _remind(club: Club, now: datetime) -> None:
    await notify(
        REQUESTS_WAIT,
        to=await deciders_of(club),
        club=club,
        key=f"requests {now.isoformat()}",
        subject=_WAIT[0],
        text=_WAIT[1],
        path=current.app().urls.path("spaces:requests", club=club.slug),
        values={"club": club.name},
    )


def _forgotten() -> QuerySet[JoinRequest]:
    """Requests that moderators could answer for a week, and were not reminded of."""
    since = datetime.now(UTC) - REMINDED_AFTER
    waiting = JoinRequest.filter(reminded_at=None, created_at__lte=since).exclude(_OWES_ANSWER)
    return waiting.filter(Q(replied_at=None) | Q(replied_at__lte=since))


def _stale() -> QuerySet[JoinRequest]:
    """Requests in which nothing was said for 60 days. Where it is for moderators to answer, they were reminded a week before."""
    now = datetime.now(UTC)
    since = now - CLOSED_AFTER
    told = _OWES_ANSWER | Q(reminded_at__lte=now - REMINDED_AFTER)
    silent = (Q(asked_at=None) | Q(asked_at__lte=since), Q(replied_at=None) | Q(replied_at__lte=since))
    return JoinRequest.filter(*silent, told, created_at__lte=since)
