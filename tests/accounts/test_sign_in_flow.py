"""From the password over the second factor to a session, giving a proof again, and a site that asks everybody for a factor."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, SignInStep, User
from core.accounts.services import change_password
from core.accounts.services.authenticators import check_code
from core.accounts.services.recovery_codes import make_codes
from core.accounts.services.steps import begin_step
from core.accounts.settings import SiteSettings
from core.plugin_settings.changes import change_site_settings
from tests.accounts.factors import code_of, password_given, shown_codes, shown_secret, signed_in, with_app, wrong_code

FACTOR = "/sign-in/factor"
LONG_AGO = timedelta(hours=1)


async def asked_of(who: str) -> None:
    """Switch the policy on, as the machine may."""
    await change_site_settings(SiteSettings, {"second_factor": who}, actor=None)


async def test_the_password_alone_gives_no_session_to_who_has_a_factor(village: Village) -> None:
    await with_app(village.member)
    client = await password_given(village, village.member)
    assert "cercle" not in client.cookies
    assert await LoginSession.all().count() == 0
    assert (await client.get("/account/")).headers["location"].startswith("/sign-in?")


async def test_the_code_brings_in_where_the_person_wanted_to_go(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member, "/c/atelier/wiki/")
    page = (await client.get(FACTOR)).text
    assert all(text in page for text in ('autocomplete="one-time-code"', 'inputmode="numeric"'))
    answer = await client.post(FACTOR, data={"code": code_of(secret)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/atelier/wiki/")
    session = await LoginSession.get(user_id=village.member.id)
    assert (session.methods, session.factor_at is not None) == ("password code", True)
    assert (await client.get("/account/")).status_code == 200


async def test_a_recovery_code_brings_in_and_says_how_many_are_left(village: Village) -> None:
    await with_app(village.member)
    code = (await make_codes(village.member))[0]
    client = await password_given(village, village.member)
    assert "Recovery code" in (await client.get(f"{FACTOR}?way=recovery")).text
    answer = await client.post(FACTOR, data={"way": "recovery", "code": code})
    assert answer.status_code == 303
    assert (await LoginSession.get(user_id=village.member.id)).methods == "password recovery"
    assert "You have 9 recovery codes left." in (await client.get("/account/")).text


async def test_a_wrong_code_gives_no_session(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    answer = await client.post(FACTOR, data={"code": wrong_code(secret)})
    assert (answer.status_code, "This code is wrong" in answer.text) == (422, True)
    assert await LoginSession.all().count() == 0


async def test_after_five_wrong_codes_the_sign_in_begins_anew(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    kept = client.cookies["cercle-step-factor"]
    answers = [(await client.post(FACTOR, data={"code": wrong_code(secret)})).status_code for _try in range(5)]
    assert answers == [422, 422, 422, 422, 303]
    assert "Too many wrong codes" in (await client.get("/sign-in")).text
    client.cookies.set("cercle-step-factor", kept)
    assert (await client.get(FACTOR)).headers["location"] == "/sign-in"
    assert (await client.post(FACTOR, data={"code": code_of(secret)})).headers["location"] == "/sign-in"
    assert await LoginSession.all().count() == 0


async def test_new_sign_ins_give_no_new_tries_without_end(village: Village) -> None:
    secret = await with_app(village.member)
    for _sign_in in range(2):
        client = await password_given(village, village.member)
        for _try in range(5):
            await client.post(FACTOR, data={"code": wrong_code(secret)})
    client = await password_given(village, village.member)
    answer = await client.post(FACTOR, data={"code": code_of(secret)})
    assert (answer.status_code, "Please wait" in answer.text) == (422, True)
    code = (await make_codes(village.member))[0]
    assert (await client.post(FACTOR, data={"way": "recovery", "code": code})).status_code == 303


async def test_of_a_hundred_codes_at_once_the_right_one_gives_one_session_at_most(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    codes = [code_of(secret), *(f"{number:06}" for number in range(99))]
    answers = await asyncio.gather(*(client.post(FACTOR, data={"code": code}) for code in codes))
    step = await SignInStep.get(purpose="factor")
    assert step.tries == 5
    assert await LoginSession.filter(user_id=village.member.id).count() <= 1
    assert {answer.status_code for answer in answers} <= {303, 422}


async def test_of_ten_who_send_the_right_code_at_once_one_is_in(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    data = {"code": code_of(secret)}
    await asyncio.gather(*(client.post(FACTOR, data=data) for _again in range(10)))
    assert await LoginSession.filter(user_id=village.member.id).count() == 1


async def test_the_step_of_one_person_does_not_take_the_code_of_another(village: Village) -> None:
    await with_app(village.member)
    theirs = await with_app(village.outsider)
    client = await password_given(village, village.member)
    assert (await client.post(FACTOR, data={"code": code_of(theirs)})).status_code == 422
    assert await LoginSession.all().count() == 0


async def test_a_step_for_something_else_or_of_nobody_opens_nothing(village: Village) -> None:
    secret = await with_app(village.member)
    member = await User.get(id=village.member.id)
    for purpose, user in (("passkey", member), ("factor", None)):
        client = village.client()
        client.cookies.set("cercle-step-factor", await begin_step(purpose, user=user))
        assert (await client.post(FACTOR, data={"code": code_of(secret)})).headers["location"] == "/sign-in"
    assert await LoginSession.all().count() == 0


async def test_a_step_dies_with_the_password_that_it_stands_on(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    await change_password(await User.get(id=village.member.id), "another quiet bicycle")
    assert (await client.post(FACTOR, data={"code": code_of(secret)})).headers["location"] == "/sign-in"
    assert await LoginSession.all().count() == 0


async def test_an_expired_step_leads_back_with_a_sentence(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    await SignInStep.filter(purpose="factor").update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await client.post(FACTOR, data={"code": code_of(secret)})).headers["location"] == "/sign-in"
    assert "This page has expired" in (await client.get("/sign-in")).text


async def test_a_process_killed_after_the_code_was_used_lets_nobody_in_by_it(village: Village) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member)
    code = code_of(secret)
    assert await check_code(village.member, code)
    assert (await client.post(FACTOR, data={"code": code})).status_code == 422
    assert (await client.post(FACTOR, data={"code": code_of(secret, 1)})).status_code == 303


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tevil", "javascript:1"]
)
async def test_nobody_is_led_to_another_site(village: Village, wanted: str) -> None:
    secret = await with_app(village.member)
    client = await password_given(village, village.member, wanted)
    assert (await client.post(FACTOR, data={"code": code_of(secret)})).headers["location"] == "/"


async def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(village: Village) -> None:
    secret = await with_app(village.member)
    planted = village.client(village.outsider)
    await planted.get("/account/")
    cookie = planted.cookies["cercle"]
    answer = await planted.post("/sign-in", data={"email": village.member.email, "password": village.password})
    assert answer.headers["location"] == FACTOR
    answer = await planted.post(FACTOR, data={"code": code_of(secret)})
    assert answer.cookies["cercle"] != cookie
    stale = village.client()
    stale.cookies.set("cercle", cookie)
    assert (await stale.get("/account/")).status_code == 303


@pytest.mark.parametrize("code", ["", "x" * 201, "12\0456", "\udcff", "９" * 6])
async def test_hostile_codes_are_refused_and_change_nothing(village: Village, code: str) -> None:
    await with_app(village.member)
    client = await password_given(village, village.member)
    body = b"code=" + "".join(f"%{byte:02x}" for byte in code.encode("utf-8", "surrogatepass")).encode()
    answer = await client.post(FACTOR, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 422
    assert await LoginSession.all().count() == 0


async def test_a_code_of_ten_megabytes_is_refused(village: Village) -> None:
    await with_app(village.member)
    client = await password_given(village, village.member)
    answer = await client.post(FACTOR, data={"code": "1" * 10_000_000})
    assert answer.status_code in (413, 422)
    assert await LoginSession.all().count() == 0


async def test_who_has_a_factor_proves_it_again_with_that_and_not_with_the_password(village: Village) -> None:
    secret = await with_app(village.member)
    client = await signed_in(village, village.member, secret)
    old = datetime.now(UTC) - LONG_AGO
    await LoginSession.all().update(factor_at=old)
    asked = await client.get("/account/password")
    assert asked.headers["location"] == "/account/proof?next=%2Faccount%2Fpassword"
    assert (await client.post("/account/proof", data={"password": village.password})).status_code == 422
    before = client.cookies["cercle"]
    answer = await client.post("/account/proof", data={"code": code_of(secret, 1), "next": "/account/password"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/password")
    assert client.cookies["cercle"] != before
    assert (await client.get("/account/password")).status_code == 200


async def test_a_new_password_leaves_the_browser_as_strong_as_it_was(village: Village) -> None:
    secret = await with_app(village.member)
    client = await signed_in(village, village.member, secret)
    data = {"current": village.password, "password": "another quiet bicycle"}
    await client.post("/account/password", data=data)
    session = await LoginSession.get(user_id=village.member.id)
    assert (session.methods, session.factor_at is not None) == ("password code", True)


async def test_without_password_and_factor_one_signs_in_again_to_prove_it(village: Village) -> None:
    person = await village.person("Paula Provided")
    client = village.client(person)
    await client.get("/account/")
    await LoginSession.all().update(proven_at=datetime.now(UTC) - LONG_AGO)
    page = (await client.get("/account/proof?next=/account/password")).text
    assert "Sign out and in again" in page
    assert 'value="/sign-in?next=%2Faccount%2Fpassword"' in page


async def test_where_everybody_needs_a_factor_nothing_else_is_open_without(village: Village) -> None:
    await asked_of("everyone")
    client = village.client(village.member)
    assert (await client.get("/")).headers["location"] == "/account/second-factor?next=%2F"
    assert (await client.get("/c/atelier/")).headers["location"].startswith("/account/second-factor")
    assert (
        (await client.post("/account/", data={"name": "New"})).headers["location"].startswith("/account/second-factor")
    )
    assert (await village.api(village.member).get("me")).status_code == 403
    assert (await client.get("/account/second-factor")).status_code == 200
    assert (await client.get("/account/passkeys")).status_code == 200
    assert (await client.get("/account/proof")).status_code == 200
    assert (await client.post("/sign-out")).status_code == 303


async def test_who_sets_a_factor_up_goes_on_where_they_wanted(village: Village) -> None:
    await asked_of("everyone")
    client = village.client(village.member)
    page = (await client.get("/account/second-factor?next=/c/atelier/")).text
    assert "/account/second-factor/new?next=%2Fc%2Fatelier%2F" in page
    secret = shown_secret((await client.get("/account/second-factor/new?next=/c/atelier/")).text)
    answer = await client.post("/account/second-factor", data={"code": code_of(secret)})
    assert (len(shown_codes(answer.text)), 'href="/c/atelier/"' in answer.text) == (10, True)
    assert (await client.get("/c/atelier/home")).status_code == 200


async def test_operators_alone_can_be_asked(village: Village) -> None:
    await asked_of("operators")
    assert (await village.client(village.member).get("/account/")).status_code == 200
    operator = village.client(village.operator)
    assert (await operator.get("/admin/")).headers["location"].startswith("/account/second-factor")
    secret = await with_app(village.operator)
    assert (await (await signed_in(village, village.operator, secret)).get("/admin/")).status_code == 200
