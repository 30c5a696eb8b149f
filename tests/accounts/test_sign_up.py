"""Getting an account: open, on request, by invitation, and the first operator's."""

import asyncio
from typing import Literal

import pytest

from cercle.testing import Village
from core.accounts.models import OneTimeLink, SignUpRequest, User
from core.accounts.services import (
    approve_request,
    check_password,
    create_user,
    first_operator_link,
    refuse_request,
)
from core.accounts.services.signup import remind_operators, requests_waiting
from core.errors import Invalid, NotFound
from core.models import AuditEntry
from tests.accounts.letters import letters, link_in_last
from tests.accounts.puzzling import filled

WORDS = "four random words here"


def allow(village: Village, mode: Literal["open", "request", "invite"]) -> None:
    """Run the village with another way to sign up."""
    village.app.settings = village.app.settings.model_copy(update={"sign_up": mode})
    village.app.pages.environment.globals["sign_up"] = mode


async def test_by_invitation_the_page_says_so_and_takes_nothing(village: Village) -> None:
    client = village.client()
    assert "Accounts come by invitation" in (await client.get("/sign-up")).text
    assert (await client.post("/sign-up", data={"email": "new@village.example"})).status_code == 404


async def test_open_sign_up_proves_the_address_first(village: Village) -> None:
    allow(village, "open")
    client = village.client()
    await client.post("/sign-up", data={"email": "New@Village.example", **await filled(client, "/sign-up")})
    assert not await User.filter(email="new@village.example").exists()
    path = await link_in_last("new@village.example")
    assert (await client.get(path)).status_code == 200
    answer = await client.post(path, data={"name": "Nina New", "password": WORDS})
    assert answer.status_code == 303
    assert (await client.get("/account/")).status_code == 200
    assert (await User.get(email="new@village.example")).handle == "nina-new"
    assert (await village.client().post(path, data={"name": "Nina Two", "password": WORDS})).status_code == 404


async def test_open_sign_up_does_not_tell_who_has_an_account(village: Village) -> None:
    allow(village, "open")
    pages = []
    for email in ("member@village.example", "new@village.example"):
        client = village.client()
        puzzle = await filled(client, "/sign-up")
        with village.queries() as seen:
            answer = await client.post("/sign-up", data={"email": email, **puzzle})
        pages.append((answer.status_code, answer.text.replace(email, "X"), seen.count))
    assert pages[0] == pages[1]
    assert "You have one already" in (await letters("member@village.example"))[0].text


async def ask(village: Village, email: str = "new@village.example", **fields: str) -> int:
    """Ask for an account as a visitor; answers the status."""
    client = village.client()
    data = {"email": email, "name": "Nina New", "message": "Hello", **fields, **await filled(client, "/sign-up")}
    return (await client.post("/sign-up", data=data)).status_code


async def test_a_request_counts_once_its_address_is_proved_and_leads_to_a_password(village: Village) -> None:
    allow(village, "request")
    actor = await village.viewer(village.operator)
    assert [await ask(village), await ask(village, message="Hello again")] == [200, 200]
    asked = await SignUpRequest.get(email="new@village.example")
    assert (asked.message, asked.proven_at, await requests_waiting()) == ("Hello again", None, 0)
    with pytest.raises(NotFound):
        await approve_request(asked.id, actor=actor)
    client, path = village.client(), await link_in_last("new@village.example")
    assert (await client.get(path)).status_code == 200
    assert await requests_waiting() == 0
    assert (await client.post(path)).status_code == 200
    assert await requests_waiting() == 1
    assert (await client.post(path)).status_code == 404
    assert await ask(village, message="A stranger changes it") == 200
    assert (await SignUpRequest.get()).message == "Hello again"
    user = await approve_request(asked.id, actor=actor, note="See you on Friday")
    assert user.password_hash is None
    assert "See you on Friday" in (await letters("new@village.example"))[-1].text
    path = await link_in_last("new@village.example")
    assert (await client.post(path, data={"password": WORDS})).status_code == 303
    assert await check_password("new@village.example", WORDS) is not None
    with pytest.raises(NotFound):
        await refuse_request(asked.id, actor=actor)


async def test_a_refused_request_leaves_nothing_and_tells_the_person_why(village: Village) -> None:
    allow(village, "request")
    await ask(village)
    await village.client().post(await link_in_last("new@village.example"))
    asked = await SignUpRequest.get()
    await refuse_request(asked.id, actor=await village.viewer(village.operator), note="We are full this year.")
    assert await SignUpRequest.all().count() == 0
    assert not await User.filter(email="new@village.example").exists()
    assert "We are full this year." in (await letters("new@village.example"))[-1].text
    assert await AuditEntry.filter(action="accounts.request_refused", actor_id=village.operator.id).count() == 1


async def test_a_request_does_not_tell_who_has_an_account(village: Village) -> None:
    allow(village, "request")
    assert [await ask(village, email=one) for one in ("member@village.example", "new@village.example")] == [200, 200]
    assert await SignUpRequest.filter(email="member@village.example").count() == 0
    assert "You have one already" in (await letters("member@village.example"))[0].text


async def test_two_operators_who_decide_at_the_same_time_make_one_account(village: Village) -> None:
    allow(village, "request")
    await ask(village)
    await village.client().post(await link_in_last("new@village.example"))
    asked, actor = await SignUpRequest.get(), await village.viewer(village.operator)
    done = await asyncio.gather(*(approve_request(asked.id, actor=actor) for _ in range(3)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NotFound", "NotFound", "User"]
    assert await User.filter(email="new@village.example").count() == 1


async def test_operators_are_reminded_of_waiting_requests_once_a_day(village: Village) -> None:
    allow(village, "request")
    await remind_operators()
    await ask(village)
    await remind_operators()
    assert await letters(village.operator.email) == []
    await village.client().post(await link_in_last("new@village.example"))
    await remind_operators()
    await remind_operators()
    assert [mail.subject for mail in await letters(village.operator.email)] == ["People wait for an account on Cercle"]
    assert await letters(village.member.email) == []


async def test_somebody_who_wants_no_password_goes_on_to_their_passkey(village: Village) -> None:
    allow(village, "open")
    client = village.client()
    await client.post("/sign-up", data={"email": "new@village.example", **await filled(client, "/sign-up")})
    path = await link_in_last("new@village.example")
    empty = await client.post(path, data={"name": "Nina New", "password": ""})
    assert empty.status_code == 422
    answer = await client.post(path, data={"name": "Nina New", "password": "", "way": "passkey"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/passkeys")
    assert (await User.get(email="new@village.example")).password_hash is None
    assert (await client.get("/account/passkeys")).status_code == 200


async def test_the_address_of_a_new_account_is_that_of_the_link(village: Village) -> None:
    allow(village, "open")
    client = village.client()
    await client.post("/sign-up", data={"email": "new@village.example", **await filled(client, "/sign-up")})
    path = await link_in_last("new@village.example")
    answer = await client.post(path, data={"name": "Nina", "password": WORDS, "email": "owner@village.example"})
    assert answer.status_code == 422
    assert not await User.filter(email="new@village.example").exists()


async def test_there_is_no_link_for_a_first_operator_when_there_is_one(village: Village) -> None:
    assert await first_operator_link() is None


async def test_the_first_operator_is_made_once(village: Village) -> None:
    await User.all().update(is_operator=False)
    older, newer = await first_operator_link(), await first_operator_link()
    assert older is not None
    assert newer is not None
    client = village.client()
    assert [(await client.get(link)).status_code for link in (older, newer)] == [404, 200]
    data = {"email": "first@village.example", "name": "Fanny First", "password": "short"}
    assert (await client.post(newer, data=data)).status_code == 422
    answer = await client.post(newer, data={**data, "password": WORDS})
    assert answer.status_code == 303
    assert (await User.get(email="first@village.example")).is_operator
    assert (await client.get("/account/")).status_code == 200
    assert (await client.post(newer, data={**data, "password": WORDS})).status_code == 404
    assert await first_operator_link() is None


async def test_two_who_open_the_first_operators_link_become_one_operator(village: Village) -> None:
    await User.all().update(is_operator=False)
    link = await first_operator_link()
    assert link is not None
    sent = [
        village.client().post(link, data={"email": f"{n}@village.example", "name": f"Fanny {n}", "password": WORDS})
        for n in range(3)
    ]
    answers = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert answers == [303, 404, 404]
    assert await User.filter(is_operator=True).count() == 1


async def test_people_of_one_name_get_different_handles_even_at_the_same_time(village: Village) -> None:
    made = await asyncio.gather(
        *(create_user(email=f"twin{n}@village.example", name="Élodie Dupré-Martin") for n in range(6))
    )
    handles = sorted(user.handle for user in made)
    assert handles == ["elodie-dupre-martin", *(f"elodie-dupre-martin-{n}" for n in range(2, 7))]
    assert {user.sort_name for user in made} == {"dupre-martin elodie"}


async def test_an_address_belongs_to_one_account_in_every_spelling(village: Village) -> None:
    made = await asyncio.gather(
        *(create_user(email=email, name="Nina New") for email in ("Nina@Village.example", "nina@village.EXAMPLE")),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in made) == ["Invalid", "User"]
    assert await User.filter(email="nina@village.example").count() == 1


@pytest.mark.parametrize(
    "email",
    ["", "x", "a b@c.example", "Name <a@b.example>", "a@b@c", "a@b\nBcc: c@d.example", "é@b.example", "a@" + "b" * 300],
)
async def test_what_is_no_address_makes_no_account(village: Village, email: str) -> None:
    with pytest.raises(Invalid) as caught:
        await create_user(email=email, name="Nina New")
    assert "email" in caught.value.errors


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u200b", "...", "x" * 121])
async def test_what_is_no_name_makes_no_account(village: Village, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        await create_user(email="new@village.example", name=name)
    assert "name" in caught.value.errors


@pytest.mark.parametrize(
    ("name", "handle"), [("李 小龙", "li-xiao-long"), ("🚲 1", "1"), ("O'Brien", "o-brien"), ("ǅ", "dz")]
)
async def test_names_of_all_scripts_get_a_handle(village: Village, name: str, handle: str) -> None:
    assert (await create_user(email="new@village.example", name=name)).handle == handle


async def test_only_the_digest_of_a_link_is_stored(village: Village) -> None:
    await User.all().update(is_operator=False)
    link = await first_operator_link()
    assert link is not None
    row = await OneTimeLink.get(purpose="first_operator")
    assert link.rpartition("/")[2] not in row.token_hash
