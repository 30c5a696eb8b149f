"""Invitations under way: where they lead, how many may come, who came by them, sending one again, links that died."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.errors import CercleError, Conflict, Invalid
from core.models import AuditEntry, Mail
from spaces.models import Club, Invitation, Membership
from spaces.services import accept_invitation, change_role, invite_by_link, invite_by_mail, resend_invitation, set_grant
from spaces.services.invitation_mail import checked_landing
from spaces.services.ways import open_ways

BASE = "http://127.0.0.1:8000"


def _secret(url: str) -> str:
    return url.rpartition("/")[2]


def _mailed(mail: Mail) -> str:
    return mail.text.split("/invitations/")[1].split()[0]


LEADING = {
    "": "",
    "  /c/atelier/ ": "",
    "/c/atelier": "",
    "/c/atelier/wiki/pages/accueil": "wiki/pages/accueil",
    f"{BASE}/c/atelier/blog/?page=2": "blog/?page=2",
    "/c/atelier/wiki/pages/été": "wiki/pages/été",
}
ASTRAY = (
    "/c/place/wiki/",
    "/c/atelier-2/wiki/",
    "/c/atelier/../place/",
    "/c/atelier/%2e%2e/place/",
    "/c/atelier/wiki/./x",
    "/c/atelier/..%5cplace",
    "/c/atelier/\\evil.example",
    "/c/atelier/a\nb",
    "//evil.example/c/atelier/x",
    "https://evil.example/c/atelier/wiki",
    f"{BASE}.evil.example/c/atelier/wiki",
    f"{BASE}@evil.example/c/atelier/wiki",
    "javascript:alert(1)",
    "wiki/",
    "/admin/",
    "/c/atelier/" + "x" * 201,
    "x" * 10_000_000,
)


async def test_an_invitation_leads_to_a_page_of_its_club(village: Village) -> None:
    assert {typed: checked_landing(village.club, typed) for typed in LEADING} == LEADING


async def test_an_invitation_leads_nowhere_else(village: Village) -> None:
    for typed in ASTRAY:
        with pytest.raises(Invalid) as refused:
            await invite_by_link(village.club, landing=typed, actor=village.owner)
        assert list(refused.value.errors) == ["landing"], typed[:80]
    assert await Invitation.all().count() == 0


async def test_a_new_member_arrives_where_the_invitation_leads(village: Village) -> None:
    made = await village.client(village.owner).post(
        "/c/atelier/invitations/link", data={"role": "member", "uses": "2", "days": "1", "landing": "/c/atelier/wiki/"}
    )
    secret = made.text.split(f'value="{BASE}/invitations/')[1].split('"')[0]

    known = await village.client(village.outsider).post(f"/invitations/{secret}")
    new = await village.client().post(
        f"/invitations/{secret}/account",
        data={"name": "Nina New", "email": "nina@example.org", "password": "eleven green doors"},
    )

    assert [one.headers["location"] for one in (known, new)] == ["/c/atelier/wiki/"] * 2
    again = (await village.client(village.member).get(f"/invitations/{secret}")).status_code
    assert again == 404


async def test_a_wrong_landing_is_said_on_the_page(village: Village) -> None:
    browser = village.client(village.owner)

    link = await browser.post("/c/atelier/invitations/link", data={"role": "member", "landing": "/c/place/"})
    mail = await browser.post(
        "/c/atelier/invitations/mail", data={"email": "n@example.org", "landing": "https://evil.example/"}
    )

    assert [one.status_code for one in (link, mail)] == [422, 422]
    assert 'id="field-landing"' in link.text
    assert await Invitation.all().count() == 0


async def test_a_link_comes_with_a_qr_code_and_is_not_stored(village: Village) -> None:
    browser = village.client(village.owner)

    made = await browser.post("/c/atelier/invitations/link", data={"role": "guest", "unlimited": "true", "days": "7"})

    secret = made.text.split(f'value="{BASE}/invitations/')[1].split('"')[0]
    assert 'src="data:image/svg+xml' in made.text
    assert secret not in html.unescape((await browser.get("/c/atelier/invitations")).text)
    assert secret not in str(await Invitation.all().values()) + str(await AuditEntry.all().values())
    assert [(way.uses_left, way.is_working) for way in await open_ways(village.club)] == [(None, True)]
    for name in ("Ana", "Ben"):
        await accept_invitation(secret, viewer=await village.person(f"{name} Comes"))
    page = (await browser.get("/c/atelier/invitations")).text
    assert "Link for as many people as come" in page
    assert "2 people came by it (Ben Comes and Ana Comes)" in page


async def test_it_is_audited_who_came_by_which_invitation(village: Village) -> None:
    url = await invite_by_link(village.club, "guest", 2, actor=village.moderator)

    await accept_invitation(_secret(url), viewer=village.outsider)
    await accept_invitation(_secret(url), viewer=village.outsider)

    entry = await AuditEntry.get(action="spaces.invitation_used")
    made = await Invitation.get()
    assert (entry.actor_id, entry.subject, entry.club_id) == (village.outsider.id, str(made.id), village.club.id)
    assert entry.after == {"role": "guest", "inviter_id": village.moderator.id, "by": "link"}


async def test_the_list_says_which_links_died_with_their_inviters_right_as_the_links_do(village: Village) -> None:
    other = await village.person("Lea Leaves")
    await village.join(other, village.club, "moderator")
    urls = {
        "ok": await invite_by_link(village.club, actor=village.owner),
        "gone": await invite_by_link(village.club, actor=other),
        "demoted": await invite_by_link(village.club, "moderator", actor=village.moderator),
    }
    await village.leave(other, village.club)
    await change_role(village.club, village.moderator, "member", actor=None)
    await set_grant(village.club, "member", "spaces.invite", True, actor=None)

    listed = [way.is_working for way in reversed(await open_ways(village.club))]

    opened = [
        (await village.client(village.outsider).get(f"/invitations/{_secret(url)}")).status_code
        for url in urls.values()
    ]
    assert listed == [True, False, False]
    assert opened == [200, 404, 404]
    page = (await village.client(village.owner).get("/c/atelier/invitations")).text
    assert page.count("Does not work") == 2
    assert "Lea Leaves may not invite to this any more" in page


async def test_the_list_takes_as_many_queries_for_two_as_for_twenty(village: Village) -> None:
    browser, seen = village.client(village.owner), []
    for many in (2, 18):
        urls = [await invite_by_link(village.club, actor=village.owner) for _ in range(many)]
        await accept_invitation(_secret(urls[0]), viewer=await village.person(f"N{many} Comes"))
        await browser.get("/c/atelier/invitations")
        with village.queries() as queries:
            await browser.get("/c/atelier/invitations")
        seen.append(queries.count)

    assert seen[0] == seen[1]


async def _mail_of_an_hour_ago(village: Village, **values: Any) -> Invitation:
    made = await invite_by_mail(village.club, "new@example.org", "guest", "Come!", actor=village.moderator)
    before = datetime.now(UTC) - timedelta(hours=1)
    await Invitation.filter(id=made.id).update(**{"sent_at": before, **values})
    return made


async def test_a_letter_that_is_sent_again_has_a_new_link_and_the_old_one_ends(village: Village) -> None:
    made = await _mail_of_an_hour_ago(village)

    answer = await village.client(village.owner).post(f"/c/atelier/invitations/{made.id}/resend")

    assert answer.status_code == 303
    old, new = await Mail.all().order_by("id")
    assert "Come!" in new.text
    outsider = village.client(village.outsider)
    opened = [(await outsider.get(f"/invitations/{_mailed(mail)}")).status_code for mail in (old, new)]
    assert opened == [404, 200]
    entry = await AuditEntry.get(action="spaces.invitation_resent")
    assert (entry.actor_id, entry.before["inviter_id"], entry.after["inviter_id"]) == (
        village.owner.id,
        village.moderator.id,
        village.owner.id,
    )


async def test_a_letter_that_nobody_took_up_in_time_can_be_sent_again(village: Village) -> None:
    made = await _mail_of_an_hour_ago(village, expires_at=datetime.now(UTC) - timedelta(days=3))
    browser = village.client(village.owner)
    assert "Not taken up in time" in (await browser.get("/c/atelier/invitations")).text

    await browser.post(f"/c/atelier/invitations/{made.id}/resend")

    assert "Not taken up in time" not in (await browser.get("/c/atelier/invitations")).text
    assert (await Invitation.get()).expires_at > datetime.now(UTC) + timedelta(days=13)


async def test_a_letter_is_not_sent_again_at_once_nor_twice_by_two(village: Village) -> None:
    fresh = await invite_by_mail(village.club, "fresh@example.org", actor=village.owner)
    made = await _mail_of_an_hour_ago(village)
    await Mail.all().delete()

    refused = await _all_at_once(
        resend_invitation(village.club, fresh.id, actor=village.owner),
        resend_invitation(village.club, made.id, actor=village.owner),
        resend_invitation(village.club, made.id, actor=village.moderator),
    )

    assert refused == [Conflict, Conflict]
    assert [mail.recipient for mail in await Mail.all()] == ["new@example.org"]


async def test_what_is_over_withdrawn_a_link_or_of_another_club_is_not_sent_again(village: Village) -> None:
    await invite_by_link(village.club, actor=village.owner)
    link = await Invitation.get()
    used = await _mail_of_an_hour_ago(village, uses_left=0)
    gone = await _mail_of_an_hour_ago(village, withdrawn_at=datetime.now(UTC))
    there = await invite_by_mail(village.hidden, "there@example.org", actor=village.owner)
    await Invitation.filter(id=there.id).update(sent_at=None)
    await Mail.all().delete()

    browser = village.client(village.owner)
    for number in (link.id, used.id, gone.id, there.id, "0", "x", "9" * 30):
        assert (await browser.post(f"/c/atelier/invitations/{number}/resend")).status_code == 404
    assert await Mail.all().count() == 0


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_those_who_may_invite_send_a_letter_again(village: Village, person: str, status: int) -> None:
    made = await _mail_of_an_hour_ago(village)

    answer = await village.client(getattr(village, person)).post(f"/c/atelier/invitations/{made.id}/resend")

    assert answer.status_code == status
    assert await Mail.all().count() == 1


async def test_nobody_sends_a_letter_again_for_a_role_above_their_own(village: Village) -> None:
    made = await invite_by_mail(village.club, "new@example.org", "owner", actor=village.owner)
    await Invitation.all().update(sent_at=None)

    answer = await village.client(village.moderator).post(f"/c/atelier/invitations/{made.id}/resend")

    assert answer.status_code == 403
    assert await Mail.all().count() == 1


async def test_twenty_people_at_a_link_for_one_let_one_in_and_tell_the_others(village: Village) -> None:
    people = await _crowd(village, 20)
    url = await invite_by_link(village.club, uses=1, days=1, actor=village.owner)
    before = await Membership.filter(club=village.club).count()

    answers = await asyncio.gather(*[village.client(person).post(f"/invitations/{_secret(url)}") for person in people])

    assert sorted(answer.status_code for answer in answers) == [303] + [404] * 19
    told = [answer.text for answer in answers if answer.status_code == 404]
    assert all("Ask the person who sent it for a new one" in text for text in told)
    assert await Membership.filter(club=village.club).count() == before + 1
    assert (await Invitation.get()).uses_left == 0
    assert await AuditEntry.filter(action="spaces.invitation_used").count() == 1


async def test_twenty_people_at_the_last_place_of_a_club_let_one_in_and_tell_the_others(village: Village) -> None:
    people = await _crowd(village, 20)
    url = await invite_by_link(village.club, uses=None, days=1, actor=village.owner)
    before = await Membership.filter(club=village.club).count()
    await Club.filter(id=village.club.id).update(member_limit=before + 1)

    answers = await asyncio.gather(*[village.client(person).post(f"/invitations/{_secret(url)}") for person in people])

    led = sorted(answer.headers["location"] for answer in answers)
    assert led == ["/c/atelier/"] + [f"/invitations/{_secret(url)}"] * 19
    assert await Membership.filter(club=village.club).count() == before + 1
    assert await AuditEntry.filter(action="spaces.invitation_used").count() == 1
    loser = next(
        one for one, answer in zip(people, answers, strict=True) if answer.headers["location"] != "/c/atelier/"
    )
    told = await village.client(loser).get(f"/invitations/{_secret(url)}")
    assert "The club is full" in told.text


async def test_a_link_that_is_withdrawn_while_people_come_lets_in_as_many_as_were_counted(village: Village) -> None:
    people = await _crowd(village, 6)
    url = await invite_by_link(village.club, uses=6, days=1, actor=village.owner)
    made, before = await Invitation.get(), await Membership.filter(club=village.club).count()

    coming = [village.client(person).post(f"/invitations/{_secret(url)}") for person in people]
    ending = village.client(village.owner).post(f"/c/atelier/invitations/{made.id}/withdraw")
    *answers, ended = await asyncio.gather(*coming, ending)

    came = sum(answer.status_code == 303 for answer in answers)
    assert ended.status_code == 303
    assert {answer.status_code for answer in answers} <= {303, 404}
    assert await Membership.filter(club=village.club).count() == before + came
    assert (await Invitation.get()).uses_left == 6 - came


async def _crowd(village: Village, many: int) -> list[User]:
    return [await village.person(f"Crowd{number:02} Person") for number in range(many)]


async def _all_at_once(*acts: Any) -> list[type[BaseException]]:
    answers = await asyncio.gather(*acts, return_exceptions=True)
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, CercleError) for error in errors), errors
    return [type(error) for error in errors]
