"""Inviting many people at once: what is read out of lists, what the preview says, and that nobody gets two letters."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import OneTimeLink, User
from core.accounts.services import demote, promote
from core.accounts.services.invites import take_up_invite
from core.errors import Invalid
from core.models import AuditEntry, Mail
from spaces.models import Club, Membership
from spaces.services.inviting import Offer, send_invites
from spaces.services.people_lists import Listed, decoded, read_list
from tests.accounts.letters import link_in_last

ADA, BOB = Listed("ada@example.org", "Ada Lovelace"), Listed("bob@example.org", "Bob Noël")


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace <ada@example.org>\nBob Noël <bob@example.org>",
        "Ada Lovelace <ADA@example.org>, Bob Noël <bob@example.org>;",
        '"Lovelace, Ada" <ada@example.org>\r\n"Bob Noël" bob@example.org\r\n\r\n',
        "ada@example.org\tAda\tLovelace\nbob@example.org\tBob\tNoël",
        "Name\tE-Mail\nAda Lovelace\tada@example.org\nBob Noël\tbob@example.org",
        "Nom;Prénom;Courriel\nLovelace;Ada;ada@example.org\nNoël;Bob;bob@example.org",
        'email,name\nada@example.org,"Ada Lovelace"\nbob@example.org,Bob Noël\n,\n',
        "mailto:ada@example.org Ada Lovelace\nBob Noël (bob@example.org)",
    ],
)
def test_people_are_read_out_of_what_is_pasted(text: str) -> None:
    assert read_list(text) == [ADA, BOB]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_spreadsheets_are_read_whatever_wrote_them(encoding: str) -> None:
    data = "Prénom;Nom;Adresse e-mail\r\nAda;Lovelace;ada@example.org\r\nBob;Noël;bob@example.org\r\n".encode(encoding)
    assert read_list(decoded(data)) == [ADA, BOB]


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0", b"a\x00b", b"\xff\xfea", b"x" * (1024 * 1024 + 1)]
)
def test_a_file_that_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        read_list(decoded(data))


@pytest.mark.parametrize(
    "text", ["", " \n;,\n", "a@example.org\n" * 2001, "x" * (1024 * 1024 + 1), "a@b\x00.org", "\ud800@x.org"]
)
def test_a_list_of_nobody_of_too_many_or_of_rubbish_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_list(text)


def test_a_wrong_address_says_so_and_leaves_the_others() -> None:
    people = read_list("nobody\nada@example.org\nx@\n")
    assert [bool(one.problem) for one in people] == [True, False, True]


def _list(*lines: str, **more: str) -> dict[str, str]:
    return {"people": "\n".join(lines), "role": "member", **more}


async def _preview(browser: httpx.AsyncClient, **data: str) -> str:
    answer = await browser.post("/admin/people/invite/preview", data=data)
    assert answer.status_code == 200
    return answer.text


async def test_the_preview_says_what_is_known_and_sends_nothing(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post("/admin/people/invite", data=_list("old@example.org"))
    lines = ("new@example.org", "NEW@example.org", "old@example.org", village.member.email, "wrong")

    page = await _preview(browser, **_list(*lines))

    states = ("New", "Twice in the list", "Invited already", "Has an account", "Wrong")
    rows = page.split('<th scope="row">')[1:]
    assert [state in row for state, row in zip(states, rows, strict=True)] == [True] * 5
    assert "1 letter to send" in page
    assert await Mail.all().count() == 1


async def test_a_file_is_read_in_place_of_what_is_pasted(village: Village) -> None:
    file = {"file": ("people.csv", "Nom;Prénom;Courriel\nNoël;Ève;eve@example.org\n".encode("cp1252"), "text/csv")}
    answer = await village.client(village.operator).post(
        "/admin/people/invite/preview", data={"role": "member"}, files=file
    )

    assert ("eve@example.org" in answer.text, "Ève Noël" in answer.text) == (True, True)


async def test_a_list_that_is_sent_twice_gives_nobody_two_letters(village: Village) -> None:
    browser, data = village.client(village.operator), _list("Ada <ada@example.org>", "bob@example.org")

    await browser.post("/admin/people/invite", data=data)
    await browser.post("/admin/people/invite", data=data)

    assert sorted(one.recipient for one in await Mail.all()) == ["ada@example.org", "bob@example.org"]
    assert await OneTimeLink.filter(purpose="invite").count() == 2


async def test_a_list_that_is_sent_twice_at_once_gives_nobody_two_letters(village: Village) -> None:
    people, actor = read_list("ada@example.org\nbob@example.org"), await village.viewer(village.operator)

    await asyncio.gather(*(send_invites(people, Offer(), actor=actor) for _number in range(3)))

    assert sorted(one.recipient for one in await Mail.all()) == ["ada@example.org", "bob@example.org"]


async def test_a_long_list_is_sent_in_parts(village: Village) -> None:
    people, actor = (
        read_list("\n".join(f"p{n}@example.org" for n in range(230))),
        await village.viewer(village.operator),
    )

    assert [await send_invites(people, Offer(), actor=actor) for _number in range(3)] == [200, 30, 0]


async def test_who_accepts_is_a_member_of_the_clubs(village: Village) -> None:
    data = _list("Ada Lovelace <ada@example.org>", clubs="atelier", role="guest", note="Welcome to us")
    await village.client(village.operator).post("/admin/people/invite", data=data)
    path = await link_in_last("ada@example.org")

    visitor = village.client()
    assert "Welcome to us" in (await visitor.get(path)).text
    answer = await visitor.post(path, data={"name": "Ada Lovelace", "password": "nine sleepy tractors"})

    assert answer.status_code == 303, answer.text
    ada = await User.get(email="ada@example.org")
    assert (await Membership.get(club=village.club, user=ada)).role == "guest"
    entry = await AuditEntry.get(action="spaces.member_added", subject="Ada Lovelace")
    assert (entry.actor_id, entry.club_id) == (village.operator.id, village.club.id)


async def test_an_invitation_dies_with_its_makers_right_and_clubs_that_are_gone_are_left_out(village: Village) -> None:
    actor = await village.viewer(village.operator)
    await send_invites(read_list(village.outsider.email), Offer(("atelier", "cave")), actor=actor)
    secret = (await link_in_last(village.outsider.email)).rpartition("/")[2]
    await promote(village.owner, actor=None)
    await demote(village.operator, actor=None)
    assert (await village.client().get(f"/invitation/{secret}")).status_code == 404
    await promote(village.operator, actor=None)
    await Club.filter(id=village.hidden.id).update(deleted_at=village.hidden.created_at)

    await take_up_invite(secret, village.outsider)

    assert [one.club_id for one in await Membership.filter(user=village.outsider)] == [village.club.id]


@pytest.mark.parametrize(
    "data",
    [
        {"clubs": "nowhere"},
        {"role": "owner"},
        {"note": "x" * 1001},
        {"locale": "xx"},
        {"people": ""},
        {"clubs": "atelier\x00"},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_sent(village: Village, data: dict[str, str]) -> None:
    answer = await village.client(village.operator).post(
        "/admin/people/invite", data={**_list("a@example.org"), **data}
    )

    assert answer.status_code == 422
    assert await OneTimeLink.filter(purpose="invite").count() == 0


async def test_open_invitations_are_listed_sent_again_and_withdrawn(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.post("/admin/people/invite", data=_list("Ada Lovelace <ada@example.org>", clubs="atelier"))
    first, link = await link_in_last("ada@example.org"), await OneTimeLink.get(purpose="invite")
    page = (await browser.get("/admin/people/invitations")).text
    assert all(words in page for words in ("Ada Lovelace", "ada@example.org", "by Odile Operator", "Atelier"))

    await browser.post(f"/admin/people/invitations/{link.id}/resend")
    second = await link_in_last("ada@example.org")
    assert [(await village.client().get(path)).status_code for path in (first, second)] == [404, 200]
    await browser.post(f"/admin/people/invitations/{link.id}/withdraw")

    assert (await village.client().get(second)).status_code == 404
    assert (await browser.post(f"/admin/people/invitations/{link.id}/withdraw")).status_code == 404
    assert "ada@example.org" not in (await browser.get("/admin/people/invitations")).text


async def test_the_preview_asks_no_more_for_many_than_for_few(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get("/admin/people/invite")
    with village.queries() as few:
        await _preview(browser, **_list("a@example.org"))
    with village.queries() as many:
        await _preview(browser, **_list(*(f"p{number}@example.org" for number in range(100))))

    assert many.count == few.count
