"""Authenticator app and recovery codes: setting up, using each code once, taking them away."""

import asyncio
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, Authenticator, LoginSession, RecoveryCode, User
from core.accounts.services.authenticators import check_code, keep_authenticator, new_secret, remove_authenticator
from core.accounts.services.factor_reset import reset_factors
from core.accounts.services.recovery_codes import codes_left, make_codes, use_code
from core.accounts.settings import SiteSettings
from core.accounts.viewer import viewer_for
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from core.plugin_settings.changes import change_site_settings
from tests.accounts.factors import code_of, shown_codes, shown_secret, signed_in, with_app, wrong_code
from tests.accounts.letters import letters
from tests.accounts.test_commands import cercle

NEW = "/account/second-factor/new"
PAGE = "/account/second-factor"


async def test_an_app_is_set_up_with_a_code_and_ends_everything_else(village: Village) -> None:
    client, elsewhere, script = (
        village.client(village.member),
        village.client(village.member),
        village.api(village.member),
    )
    await elsewhere.get("/account/")
    await script.get("me")
    secret = shown_secret((await client.get(NEW)).text)
    before = client.cookies["cercle"]
    answer = await client.post(PAGE, data={"code": code_of(secret)})
    codes = shown_codes(answer.text)
    assert (answer.status_code, len(set(codes))) == (200, 10)
    assert answer.cookies["cercle"] != before
    assert (await client.get(PAGE)).status_code == 200
    assert (await elsewhere.get("/account/")).status_code == 303
    assert (await script.get("me")).status_code == 401
    assert (await User.get(id=village.member.id)).has_factor
    assert [mail.subject for mail in await letters(village.member.email)] == [
        "A second factor for your account on Cercle",
        "New recovery codes for your account on Cercle",
    ]
    assert await AuditEntry.filter(action="accounts.authenticator_added", actor_id=village.member.id).count() == 1


async def test_secret_and_codes_cannot_be_read_in_the_database(village: Village) -> None:
    secret = await with_app(village.member)
    codes = await make_codes(village.member)
    kept = await Authenticator.get(user_id=village.member.id)
    hashes = [row.code_hash for row in await RecoveryCode.filter(user_id=village.member.id)]
    assert secret not in kept.secret
    assert not any(code.replace("-", "") in hashed for code in codes for hashed in hashes)


async def test_another_look_shows_the_same_qr_code(village: Village) -> None:
    client = village.client(village.member)
    assert shown_secret((await client.get(NEW)).text) == shown_secret((await client.get(NEW)).text)


async def test_a_wrong_code_sets_nothing_up(village: Village) -> None:
    client = village.client(village.member)
    secret = shown_secret((await client.get(NEW)).text)
    answer = await client.post(PAGE, data={"code": wrong_code(secret)})
    assert (answer.status_code, "This code is wrong" in answer.text) == (422, True)
    assert not await Authenticator.exists()


async def test_ten_wrong_codes_end_a_qr_code(village: Village) -> None:
    client = village.client(village.member)
    secret = shown_secret((await client.get(NEW)).text)
    for _try in range(10):
        await client.post(PAGE, data={"code": wrong_code(secret)})
    answer = await client.post(PAGE, data={"code": code_of(secret)})
    assert (answer.status_code, shown_secret(answer.text) == secret) == (422, False)
    assert not await Authenticator.exists()


async def test_the_qr_code_that_somebody_else_began_sets_nothing_up(village: Village) -> None:
    mine, theirs = village.client(village.member), village.client(village.outsider)
    secret = shown_secret((await theirs.get(NEW)).text)
    mine.cookies.set("cercle-step-authenticator", theirs.cookies["cercle-step-authenticator"])
    assert (await mine.post(PAGE, data={"code": code_of(secret)})).status_code == 422
    assert not await Authenticator.exists()


async def test_of_two_confirmations_at_once_one_sets_up_the_app(village: Village) -> None:
    client = village.client(village.member)
    secret = shown_secret((await client.get(NEW)).text)
    data = {"code": code_of(secret)}
    answers = await asyncio.gather(*(client.post(PAGE, data=data) for _again in range(5)))
    assert [len(shown_codes(answer.text)) for answer in answers].count(10) == 1
    assert await Authenticator.filter(user_id=village.member.id).count() == 1
    assert await codes_left(village.member) == 10


@pytest.mark.parametrize(("offset", "taken"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)])
async def test_a_clock_may_be_half_a_minute_off_and_no_more(village: Village, offset: int, taken: bool) -> None:
    secret = await with_app(village.member)
    assert await check_code(village.member, code_of(secret, offset)) is taken


async def test_a_code_is_taken_once_and_none_before_it_any_more(village: Village) -> None:
    secret = await with_app(village.member)
    code, earlier = code_of(secret), code_of(secret, -1)
    assert await check_code(village.member, f"{code[:3]} {code[3:]}")
    assert not await check_code(village.member, code)
    assert not await check_code(village.member, earlier)


async def test_of_a_hundred_who_send_the_same_code_one_is_right(village: Village) -> None:
    secret = await with_app(village.member)
    code = code_of(secret)
    answers = await asyncio.gather(*(check_code(village.member, code) for _again in range(100)))
    assert answers.count(True) == 1


async def test_a_new_app_ends_the_old_one(village: Village) -> None:
    old = await with_app(village.member)
    await with_app(village.member)
    assert not await check_code(village.member, code_of(old))
    assert await Authenticator.filter(user_id=village.member.id).count() == 1


@pytest.mark.parametrize(
    "text", ["", "12345", "1234567", "１２３４５６", "12345\0", "\ud800" * 6, "9" * 10_000_000, "-12345"]
)
async def test_what_is_no_code_is_refused_at_once(village: Village, text: str) -> None:
    await with_app(village.member)
    await make_codes(village.member)
    began = asyncio.get_running_loop().time()
    assert not await check_code(village.member, text)
    assert not await use_code(village.member, text)
    assert asyncio.get_running_loop().time() - began < 2


async def test_a_recovery_code_works_once_in_any_spelling_and_is_told(village: Village) -> None:
    await with_app(village.member)
    code, *others = await make_codes(village.member)
    typed = code.replace("-", " \N{EN DASH} ").lower()
    assert not await use_code(village.member, code[:-5])
    assert await use_code(village.member, f" {typed} ")
    assert not await use_code(village.member, code)
    assert await codes_left(village.member) == len(others)
    told = (await letters(village.member.email))[-1]
    assert (told.subject, "9 codes are left." in told.text) == (
        "A recovery code of your account on Cercle was used",
        True,
    )


async def test_recovery_codes_have_120_random_bits_in_groups_of_four(village: Village) -> None:
    await with_app(village.member)
    codes = await make_codes(village.member)
    assert [re.fullmatch(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){5}", code) is not None for code in codes] == [True] * 10
    assert len({group for code in codes for group in code.split("-")}) > 50


async def test_of_a_hundred_who_send_the_same_recovery_code_one_is_right(village: Village) -> None:
    await with_app(village.member)
    code = (await make_codes(village.member))[0]
    answers = await asyncio.gather(*(use_code(village.member, code) for _again in range(100)))
    assert answers.count(True) == 1
    assert await codes_left(village.member) == 9


async def test_a_code_opens_nobody_elses_account(village: Village) -> None:
    secret = await with_app(village.member)
    await with_app(village.outsider)
    code = (await make_codes(village.member))[0]
    assert not await use_code(village.outsider, code)
    assert not await check_code(village.outsider, code_of(secret))


async def test_new_recovery_codes_end_the_old_ones(village: Village) -> None:
    secret = await with_app(village.member)
    old = (await make_codes(village.member))[0]
    client = await signed_in(village, village.member, secret)
    codes = shown_codes((await client.post(f"{PAGE}/codes")).text)
    assert len(codes) == 10
    assert not await use_code(village.member, old)
    assert await use_code(village.member, codes[3])


async def test_without_a_factor_there_are_no_recovery_codes(village: Village) -> None:
    answer = await village.client(village.member).post(f"{PAGE}/codes")
    assert (answer.status_code, await RecoveryCode.all().count()) == (303, 0)


async def test_removing_the_app_ends_sessions_and_codes_and_keeps_this_browser(village: Village) -> None:
    secret = await with_app(village.member)
    await make_codes(village.member)
    client = await signed_in(village, village.member, secret)
    elsewhere = village.client(village.member)
    await elsewhere.get("/account/")
    assert (await client.post(f"{PAGE}/delete")).status_code == 303
    assert not (await User.get(id=village.member.id)).has_factor
    assert await RecoveryCode.all().count() == 0
    assert (await client.get("/account/")).status_code == 200
    assert (await elsewhere.get("/account/")).status_code == 303
    session = await LoginSession.get(user_id=village.member.id)
    assert (session.factor_at, session.methods) == (None, "password")
    assert (await letters(village.member.email))[-1].subject == "A second factor of your account on Cercle was removed"


async def test_the_last_factor_stays_where_the_site_asks_for_one(village: Village) -> None:
    await with_app(village.member)
    await change_site_settings(SiteSettings, {"second_factor": "everyone"}, actor=None)
    member = await User.get(id=village.member.id)
    with pytest.raises(Conflict):
        await remove_authenticator(member)
    assert await Authenticator.filter(user_id=member.id).exists()
    assert (await User.get(id=member.id)).has_factor


async def test_an_app_that_was_confirmed_while_the_password_changed_is_not_kept(village: Village) -> None:
    member = await User.get(id=village.member.id)
    await User.filter(id=member.id).update(stamp="another")
    with pytest.raises(Conflict):
        await keep_authenticator(member, new_secret(), 0)
    assert not await Authenticator.exists()


async def test_an_operator_takes_all_factors_away_and_the_person_is_told_why(village: Village) -> None:
    await with_app(village.member)
    await make_codes(village.member)
    await ApiToken.create(
        user=village.member, token_hash="x", name="t", stamp=village.member.stamp, seen_at=datetime.now(UTC)
    )
    actor = viewer_for(village.operator)
    assert await reset_factors(village.member, actor=actor, reason="They called, and I know their voice.")
    assert not await reset_factors(village.member, actor=actor, reason="Once more.")
    assert [await model.all().count() for model in (Authenticator, RecoveryCode, ApiToken)] == [0, 0, 0]
    assert not (await User.get(id=village.member.id)).has_factor
    assert "I know their voice" in (await letters(village.member.email))[-1].text
    entry = await AuditEntry.get(action="accounts.factors_reset")
    assert (entry.actor_id, entry.before["recovery_codes"]) == (village.operator.id, 10)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
async def test_taking_factors_away_needs_a_reason(village: Village, reason: str) -> None:
    await with_app(village.member)
    with pytest.raises(Invalid):
        await reset_factors(village.member, actor=viewer_for(village.operator), reason=reason)
    assert await Authenticator.all().count() == 1


def test_the_machine_removes_factors(tmp_path: Path) -> None:
    made = cercle(
        tmp_path,
        *("user", "create", "ada@example.org", "--name", "Ada", "--password-stdin"),
        stdin="four random words\n",
    )
    assert made.returncode == 0, made.stderr
    done: subprocess.CompletedProcess[str] = cercle(tmp_path, "user", "reset-factors", "ADA@example.org")
    assert (done.returncode, done.stderr + done.stdout) == (0, "Ada had no second factor; nothing was changed\n")
