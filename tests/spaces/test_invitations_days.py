"""Invitations that make a member for a limited time: by mail, by link and to a list; what is said where, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.errors import Invalid
from core.models import AuditEntry, Mail
from spaces.models import Invitation, Membership
from spaces.services import accept_invitation, invite_by_link, invite_by_mail, resend_invitation
from spaces.services.invitation_lists import invite_list
from spaces.services.people_lists import read_list

BASE = "http://127.0.0.1:8000"
INVITATIONS = "/c/atelier/invitations"


async def _ends_in(village: Village) -> timedelta | None:
    place = await Membership.get(club=village.club, user=village.outsider)
    return place.expires_at - datetime.now(UTC) if place.expires_at else None


async def test_a_link_makes_a_member_for_so_many_days_from_the_day_they_join(village: Village) -> None:
    browser = village.client(village.owner)
    made = await browser.post(
        f"{INVITATIONS}/link", data={"role": "guest", "uses": "2", "days": "90", "member_days": "30"}
    )
    secret = made.text.split(f'value="{BASE}/invitations/')[1].split('"')[0]

    landing = await village.client(village.outsider).get(f"/invitations/{secret}")
    listed = await browser.get(INVITATIONS)
    await Invitation.all().update(created_at=datetime.now(UTC) - timedelta(days=60))
    await accept_invitation(secret, viewer=village.outsider)

    assert "is a member for 30 days" in made.text
    assert "You become a member for 30 days." in landing.text
    assert "Makes a member for 30 days" in listed.text
    ends = await _ends_in(village)
    assert ends is not None
    assert timedelta(days=29, hours=23) < ends <= timedelta(days=30)
    entry = await AuditEntry.get(action="spaces.invitation_made")
    assert entry.after == {"role": "guest", "uses": 2, "days": 90, "member_days": 30}


async def test_without_days_it_is_for_good_and_nothing_is_said(village: Village) -> None:
    browser = village.client(village.owner)
    made = await browser.post(
        f"{INVITATIONS}/link", data={"role": "guest", "uses": "2", "days": "9", "member_days": ""}
    )
    secret = made.text.split(f'value="{BASE}/invitations/')[1].split('"')[0]

    landing = await village.client(village.outsider).get(f"/invitations/{secret}")
    await accept_invitation(secret, viewer=village.outsider)

    assert "become a member for" not in landing.text
    assert await _ends_in(village) is None
    assert (await Invitation.get()).member_days is None


async def test_a_letter_says_for_how_long_also_when_it_is_sent_again(village: Village) -> None:
    await village.client(village.moderator).post(
        f"{INVITATIONS}/mail", data={"email": village.outsider.email, "member_days": "1"}
    )
    await Invitation.all().update(sent_at=datetime.now(UTC) - timedelta(hours=1))
    again = await resend_invitation(village.club, (await Invitation.get()).id, actor=village.owner)

    mails = await Mail.all().order_by("id")
    assert ["You would be a member for 1 day." in text for mail in mails for text in (mail.text, mail.html)] == [
        True
    ] * 4
    assert again.member_days == 1


async def test_everybody_of_a_list_is_invited_for_so_long(village: Village) -> None:
    browser = village.client(village.owner)
    sent = {"people": "a@example.org\nb@example.org", "role": "member", "member_days": "365"}

    preview = await browser.post(f"{INVITATIONS}/list/preview", data=sent)
    await browser.post(f"{INVITATIONS}/list", data=sent)

    assert "They become members for 365 days." in preview.text
    assert 'name="member_days" value="365"' in preview.text
    assert [one.member_days for one in await Invitation.all()] == [365, 365]


@pytest.mark.parametrize("days", ["0", "-1", "3651", "1.5", "x", "9" * 400, "\u0661\u0662x"])
async def test_a_time_that_cannot_be_is_said_on_the_page(village: Village, days: str) -> None:
    browser = village.client(village.owner)

    answers = [
        await browser.post(f"{INVITATIONS}/mail", data={"email": "n@example.org", "member_days": days}),
        await browser.post(f"{INVITATIONS}/link", data={"role": "member", "member_days": days}),
        await browser.post(f"{INVITATIONS}/list/preview", data={"people": "n@example.org", "member_days": days}),
        await browser.post(f"{INVITATIONS}/list", data={"people": "n@example.org", "member_days": days}),
    ]

    assert [one.status_code for one in answers] == [422] * 4
    assert all('href="#field-member_days"' in one.text for one in answers)
    assert not await Invitation.exists()


async def test_an_owner_is_never_invited_for_a_time(village: Village) -> None:
    people = read_list("n@example.org")
    tries = (
        invite_by_mail(village.club, "n@example.org", "owner", member_days=3, actor=village.owner),
        invite_by_link(village.club, "owner", member_days=3, actor=village.owner),
        invite_list(village.club, people, "owner", member_days=3, actor=village.owner),
    )

    for one in tries:
        with pytest.raises(Invalid) as refused:
            await one
        assert list(refused.value.errors) == ["member_days"]
    assert not await Invitation.exists()


async def test_who_came_for_a_time_is_out_when_it_is_over(village: Village) -> None:
    url = await invite_by_link(village.club, member_days=7, actor=village.owner)
    await accept_invitation(url.rpartition("/")[2], viewer=village.outsider)
    browser = village.client(village.outsider)
    assert (await browser.get("/c/atelier/people")).status_code == 200

    await Membership.filter(user=village.outsider).update(expires_at=datetime.now(UTC) - timedelta(seconds=2))

    assert (await browser.get("/c/atelier/people")).status_code == 404
