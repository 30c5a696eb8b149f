"""Inviting a whole list to a club: what the preview says, that nobody gets two letters, and what is refused."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from cercle.testing import Village
from core.models import AuditEntry, Mail
from spaces.models import Invitation, Membership
from spaces.services import invite_by_mail
from spaces.services.invitation_lists import invite_list
from spaces.services.people_lists import Listed

PATH = "/c/atelier/invitations/list"


def _list(*lines: str, **more: str) -> dict[str, str]:
    return {"people": "\n".join(lines), "role": "member", **more}


async def _recipients() -> list[str]:
    return sorted(mail.recipient for mail in await Mail.all())


async def test_the_preview_says_who_gets_a_letter_and_sends_nothing(village: Village) -> None:
    await invite_by_mail(village.club, "old@example.org", actor=village.owner)
    await Mail.all().delete()
    lines = ("new@example.org", "NEW@example.org", "old@example.org", village.member.email, "wrong")

    page = await village.client(village.moderator).post(f"{PATH}/preview", data=_list(*lines))

    rows = page.text.split('<th scope="row">')[1:]
    states = ("Gets a letter", "Twice in the list", "Invited already", "Member already", "Wrong")
    assert [state in row for state, row in zip(states, rows, strict=True)] == [True] * 5
    assert "1 letter to send" in page.text
    assert await Mail.all().count() == 0


async def test_whether_somebody_has_an_account_on_the_site_is_not_told(village: Village) -> None:
    browser = village.client(village.owner)

    known = await browser.post(f"{PATH}/preview", data=_list(village.outsider.email))
    new = await browser.post(f"{PATH}/preview", data=_list("otta@village.example"))

    assert known.text.replace(village.outsider.email, "x") == new.text.replace("otta@village.example", "x")


async def test_a_file_of_a_spreadsheet_is_read(village: Village) -> None:
    data = "Prénom;Nom;Courriel\r\nAda;Lovelace;ada@example.org\r\nBob;=1+1;bob@example.org\r\n".encode("cp1252")

    page = await village.client(village.owner).post(
        f"{PATH}/preview", data={"people": "", "role": "guest"}, files={"file": ("people.csv", data, "text/csv")}
    )

    assert page.status_code == 200
    assert "2 letters to send" in page.text
    assert "Ada Lovelace" in page.text


async def test_everybody_of_a_list_gets_one_letter_with_role_note_and_landing(village: Village) -> None:
    browser = village.client(village.moderator)
    sent = _list(
        *("Ada <ada@example.org>", "bob@example.org"), role="guest", note="Come & see", landing="/c/atelier/wiki/"
    )

    for _ in range(2):
        assert (await browser.post(PATH, data=sent)).status_code == 303

    assert await _recipients() == ["ada@example.org", "bob@example.org"]
    made = await Invitation.all()
    assert {(one.role, one.note, one.landing, one.inviter_id) for one in made} == {
        ("guest", "Come & see", "wiki/", village.moderator.id)
    }
    assert await AuditEntry.filter(action="spaces.invitation_made").count() == 2
    token = (await Mail.first()).text.split("/invitations/")[1].split()[0]  # type: ignore[union-attr]
    joined = await village.client(village.outsider).post(f"/invitations/{token}")
    assert joined.headers["location"] == "/c/atelier/wiki/"
    assert (await Membership.get(club=village.club, user=village.outsider)).role == "guest"


async def test_a_list_that_two_send_at_once_gives_nobody_two_letters(village: Village) -> None:
    people = [Listed(f"p{number}@example.org") for number in range(6)]

    sent = await asyncio.gather(
        *[invite_list(village.club, people, actor=actor) for actor in (village.owner, village.moderator, village.owner)]
    )

    assert sum(sent) == 6
    assert await _recipients() == [f"p{number}@example.org" for number in range(6)]


async def test_a_long_list_goes_on_where_it_stopped(village: Village) -> None:
    browser = village.client(village.owner)
    sent = _list(*(f"p{number:03}@example.org" for number in range(103)))

    first = await browser.post(PATH, data=sent)
    number = await Mail.all().count()
    second = await browser.post(PATH, data=sent)

    assert (first.status_code, number, second.status_code) == (200, 100, 303)
    assert "3 letters to send" in first.text
    assert await Mail.all().count() == 103


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (_list(), 422),
        (_list("a@example.org", role="owner"), 403),
        (_list("a@example.org", role="king"), 422),
        (_list("a@example.org", note="x" * 1001), 422),
        (_list("a@example.org", landing="https://evil.example/"), 422),
        (_list("a\x00@example.org"), 422),
        (_list("a@example.org", other="1"), 422),
        (_list("x" * 1_100_000), 422),
        (_list(*["a@example.org"] * 2001), 422),
    ],
)
async def test_a_list_of_another_form_or_for_a_higher_role_sends_nothing(
    village: Village, sent: dict[str, str], status: int
) -> None:
    answer = await village.client(village.moderator).post(PATH, data=sent)

    assert answer.status_code == status
    assert (await Mail.all().count(), await Invitation.all().count()) == (0, 0)


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"a\x00b", b"x" * (1024 * 1024 + 1)])
async def test_a_file_that_is_no_table_is_said_and_what_was_typed_stays(village: Village, data: bytes) -> None:
    answer = await village.client(village.owner).post(
        f"{PATH}/preview", data={"role": "member", "note": "My words"}, files={"file": ("x.csv", data, "text/csv")}
    )

    assert answer.status_code == 422
    assert "My words" in answer.text
    assert 'href="#field-file"' in answer.text


@pytest.mark.parametrize("person,status", [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_only_those_who_may_invite_reach_lists(village: Village, person: str, status: int) -> None:
    browser: httpx.AsyncClient = village.client(getattr(village, person))

    answers = [
        await browser.get(PATH),
        await browser.post(PATH, data=_list("a@example.org")),
        await browser.post(f"{PATH}/preview", data=_list("a@example.org")),
    ]

    assert [answer.status_code for answer in answers] == [status] * 3
    assert await Mail.all().count() == 0
