"""Invitations that have ended: what their holder reads, and asking for a new one."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.models import Mail
from spaces.models import Club, Invitation
from spaces.services import change_role, invite_by_link, invite_by_mail, withdraw_invitation


async def _link(village: Village, club: Club | None = None, inviter: User | None = None) -> str:
    url = await invite_by_link(club or village.club, uses=1, actor=inviter or village.owner)
    await _end()
    return url.rpartition("/")[2]


async def _end() -> None:
    await Invitation.all().update(expires_at=datetime.now(UTC) - timedelta(hours=1))


async def _letter(village: Village) -> str:
    await invite_by_mail(village.club, "new@example.org", actor=village.owner)
    secret = (await Mail.get()).text.split("/invitations/")[1].split()[0]
    await Mail.all().delete()
    return secret


async def _mails() -> list[tuple[str, str]]:
    return [(mail.recipient, mail.text) for mail in await Mail.all().order_by("id")]


@pytest.mark.parametrize("how", ["expired", "used", "withdrawn"])
async def test_the_holder_of_a_link_that_ended_asks_for_a_new_one(village: Village, how: str) -> None:
    secret = await _letter(village)
    if how == "expired":
        await _end()
    elif how == "used":
        await Invitation.all().update(uses_left=0)
    else:
        await withdraw_invitation(village.club, (await Invitation.get()).id, actor=village.owner)
    browser = village.client()

    page = await browser.get(f"/invitations/{secret}")
    before = await _mails()
    asked = await browser.post(f"/invitations/{secret}/wanted")
    after = await browser.get(asked.headers["location"])

    assert (page.status_code, asked.status_code, after.status_code) == (404, 303, 404)
    assert "Ask for a new one" in page.text
    assert before == []
    assert "You have asked for a new one" in after.text
    [(recipient, text)] = await _mails()
    assert recipient == village.owner.email
    assert "Your invitation to new@example.org has ended" in text
    assert "/c/atelier/invitations" in text


async def test_the_page_names_neither_the_club_nor_who_is_in_it(village: Village) -> None:
    secret = await _link(village, village.hidden)
    browser = village.client(village.outsider)

    pages = [await browser.get(f"/invitations/{secret}"), await browser.get(f"/invitations/{secret}?asked=1")]

    for page in pages:
        for word in ("Cave", "cave", "Oscar", village.owner.email):
            assert word not in page.text


async def test_the_answer_is_the_same_when_nobody_may_be_asked_any_more(village: Village) -> None:
    secrets = [await _link(village, inviter=village.moderator) for _ in range(4)]
    answers = []
    await change_role(village.club, village.moderator, "guest", actor=None)
    answers.append(await _asked(village, secrets[0]))
    await change_role(village.club, village.moderator, "moderator", actor=None)
    await User.filter(id=village.moderator.id).update(is_active=False)
    answers.append(await _asked(village, secrets[1]))
    await User.filter(id=village.moderator.id).update(is_active=True)
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    answers.append(await _asked(village, secrets[2]))
    nobody = await _mails()
    await Club.filter(id=village.club.id).update(deleted_at=None)
    answers.append(await _asked(village, secrets[3]))

    assert nobody == []
    assert len(await _mails()) == 1
    assert (
        len({(status, page.replace(secret, "")) for (status, page), secret in zip(answers, secrets, strict=True)}) == 1
    )


async def _asked(village: Village, secret: str) -> tuple[int, str]:
    browser = village.client()
    answer = await browser.post(f"/invitations/{secret}/wanted", data={"email": "me@example.org"})
    page = (await browser.get(answer.headers["location"])).text
    return answer.status_code, html.unescape(page).partition("<main")[2].partition("</main>")[0]


async def test_a_stranger_says_where_they_can_be_reached_and_members_of_the_site_need_not(village: Village) -> None:
    first, second = await _link(village), await _link(village)

    silent = await village.client().post(f"/invitations/{first}/wanted")
    wrong = await village.client().post(f"/invitations/{first}/wanted", data={"email": "a@b\r\nBcc: c@d.org"})
    stranger = await village.client().post(f"/invitations/{first}/wanted", data={"email": "Me@Example.org"})
    known = await village.client(village.outsider).post(
        f"/invitations/{second}/wanted", data={"email": "evil@example.org"}
    )

    assert [one.status_code for one in (silent, wrong, stranger, known)] == [422, 422, 303, 303]
    assert 'id="field-email"' in silent.text
    texts = [text for _, text in await _mails()]
    assert "says that they are me@example.org" in texts[0]
    assert f"Otto Outsider ({village.outsider.email})" in texts[1]
    assert "evil@example.org" not in texts[1]


async def test_one_link_writes_one_mail_a_day_however_often_and_by_how_many(village: Village) -> None:
    secret = await _link(village)
    browsers = [village.client() for _ in range(15)]

    answers = await asyncio.gather(
        *(
            browser.post(f"/invitations/{secret}/wanted", data={"email": f"p{number}@example.org"})
            for number, browser in enumerate(browsers)
        )
    )

    assert {one.status_code for one in answers} == {303}
    assert len(await _mails()) == 1


async def test_many_links_do_not_flood_their_inviter_and_a_network_is_slowed(village: Village) -> None:
    secrets = [await _link(village) for _ in range(25)]

    codes = [
        (await village.client(village.outsider).post(f"/invitations/{secret}/wanted")).status_code for secret in secrets
    ]

    assert codes[:20] == [303] * 20
    assert codes[-1] == 429
    assert len(await _mails()) <= 20


async def test_a_link_that_never_was_or_still_works_is_not_asked_for(village: Village) -> None:
    working = (await invite_by_link(village.club, actor=village.owner)).rpartition("/")[2]

    unknown = await village.client().get("/invitations/nonsense")
    asked = [
        await village.client().post(f"/invitations/{secret}/wanted", data={"email": "me@example.org"})
        for secret in ("nonsense", working, "x" * 5000)
    ]

    assert "Ask for a new one" not in unknown.text
    assert [one.status_code for one in (unknown, *asked)] == [404] * 4
    assert (await village.client().get(f"/invitations/{working}")).status_code == 200
    assert await _mails() == []


async def test_opening_the_page_again_and_again_changes_nothing(village: Village) -> None:
    secret = await _link(village)
    before = await Invitation.all().values()

    pages = [await village.client().get(f"/invitations/{secret}", params={"asked": "1"}) for _ in range(30)]

    assert {page.status_code for page in pages} == {404}
    assert (await Invitation.all().values(), await _mails()) == (before, [])


async def test_joining_by_a_link_that_has_just_ended_offers_to_ask(village: Village) -> None:
    secret = await _link(village)

    joined = await village.client(village.outsider).post(f"/invitations/{secret}")
    made = await village.client().post(
        f"/invitations/{secret}/account",
        data={"name": "Nina New", "email": "nina@example.org", "password": "eleven green doors"},
    )

    assert [(one.status_code, "Ask for a new one" in one.text) for one in (joined, made)] == [(404, True)] * 2
    assert not await User.exists(email="nina@example.org")


async def test_a_forged_host_does_not_come_into_the_mail(village: Village) -> None:
    secret = await _letter(village)
    await _end()
    browser = village.client(host="evil.example", x_forwarded_host="evil.example")

    await browser.post(f"/invitations/{secret}/wanted")

    assert all("evil.example" not in text for _, text in await _mails())
