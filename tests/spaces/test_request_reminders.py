"""Requests that nobody answers: a reminder after a week, once, and an end after two months."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.models import AuditEntry, Mail
from spaces.models import Club, JoinRequest, Membership
from spaces.services import accept_request, ask_more, request_to_join
from spaces.services.waiting_requests import close_requests, remind_of_requests


async def _asked(village: Village, days: float, **values: Any) -> JoinRequest:
    await request_to_join(village.club, "Hello", actor=village.outsider)
    await Mail.all().delete()
    asked = await JoinRequest.get(user=village.outsider)
    await JoinRequest.filter(id=asked.id).update(created_at=datetime.now(UTC) - timedelta(days=days), **values)
    return asked


async def _mails() -> list[tuple[str, str]]:
    return sorted((mail.recipient, mail.subject) for mail in await Mail.all())


def _ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def test_moderators_are_reminded_after_a_week_and_once(village: Village) -> None:
    await _asked(village, 7.01)

    for _ in range(3):
        await remind_of_requests()

    subject = "Requests to join Atelier wait for an answer"
    assert await _mails() == [(village.moderator.email, subject), (village.owner.email, subject)]
    mail = await Mail.filter(recipient=village.owner.email).get()
    assert "/c/atelier/requests" in mail.text


async def test_nobody_is_reminded_before(village: Village) -> None:
    await _asked(village, 6.9)

    await remind_of_requests()

    assert await _mails() == []


async def test_several_requests_of_a_club_make_one_mail(village: Village) -> None:
    await _asked(village, 8)
    for number in range(4):
        await request_to_join(village.club, actor=await village.person(f"Q{number} Asks"))
    await Mail.all().delete()
    await JoinRequest.all().update(created_at=_ago(9))

    await remind_of_requests()

    assert len(await _mails()) == 2
    assert not await JoinRequest.filter(reminded_at=None).exists()


async def test_two_processes_remind_once(village: Village) -> None:
    await _asked(village, 8)

    await asyncio.gather(*(remind_of_requests() for _ in range(4)))

    assert len(await _mails()) == 2


async def test_nobody_is_reminded_while_the_person_owes_an_answer_but_when_it_has_come_a_week_ago(
    village: Village,
) -> None:
    asked = await _asked(village, 20)
    await ask_more(village.club, asked.id, "Who are you?", actor=village.owner)
    await Mail.all().delete()

    await remind_of_requests()
    assert await _mails() == []
    await JoinRequest.filter(id=asked.id).update(reply="Me", replied_at=_ago(6))
    await remind_of_requests()
    assert await _mails() == []
    await JoinRequest.filter(id=asked.id).update(replied_at=_ago(8))
    await remind_of_requests()

    assert len(await _mails()) == 2


@pytest.mark.parametrize("state", ["archived_at", "deleted_at"])
async def test_clubs_that_are_closed_remind_nobody(village: Village, state: str) -> None:
    await _asked(village, 8)
    await Club.filter(id=village.club.id).update(**{state: datetime.now(UTC)})

    await remind_of_requests()

    assert await _mails() == []


async def test_a_request_is_closed_after_two_months_and_the_person_is_told(village: Village) -> None:
    await _asked(village, 60.01, reminded_at=_ago(50))

    for _ in range(2):
        await close_requests()

    assert await JoinRequest.all().count() == 0
    mail = await Mail.get()
    assert (mail.recipient, mail.subject) == (village.outsider.email, "Your request to join Atelier")
    assert "within 60 days" in mail.text
    entry = await AuditEntry.get(action="spaces.request_closed")
    assert (entry.subject, entry.club_id, entry.actor_id) == ("Otto Outsider", village.club.id, None)


async def test_a_request_of_which_nobody_was_reminded_is_not_closed(village: Village) -> None:
    await _asked(village, 300)

    await close_requests()
    await remind_of_requests()
    await close_requests()

    assert await JoinRequest.all().count() == 1
    await JoinRequest.all().update(reminded_at=_ago(7.1))
    await close_requests()
    assert await JoinRequest.all().count() == 0


async def test_a_request_is_open_while_somebody_says_something(village: Village) -> None:
    asked = await _asked(village, 90, question="Who?", asked_at=_ago(59))
    await close_requests()
    assert await JoinRequest.exists(id=asked.id)
    await JoinRequest.filter(id=asked.id).update(
        asked_at=_ago(61), reply="Me", replied_at=_ago(59), reminded_at=_ago(40)
    )
    await close_requests()
    assert await JoinRequest.exists(id=asked.id)


async def test_who_never_answered_reads_why_the_request_is_closed(village: Village) -> None:
    await _asked(village, 90, question="Who?", asked_at=_ago(61))

    await close_requests()

    assert "wanted to know more about you" in (await Mail.get()).text


async def test_closing_and_letting_in_at_once_do_one_of_both(village: Village) -> None:
    asked = await _asked(village, 61, reminded_at=_ago(50))

    await asyncio.gather(
        close_requests(), accept_request(village.club, asked.id, actor=village.owner), return_exceptions=True
    )

    joined = await Membership.exists(club=village.club, user=village.outsider)
    closed = await AuditEntry.exists(action="spaces.request_closed")
    assert (joined, closed) in ((True, False), (False, True))
    assert await JoinRequest.all().count() == 0
    assert await Mail.filter(recipient=village.outsider.email).count() == 1


async def test_the_jobs_run_by_themselves(village: Village) -> None:
    names = {job.name for job in village.app.jobs.registered if job.every is not None}

    assert {"spaces.remind_of_requests", "spaces.close_requests"} <= names
