"""The address of an account changes with proof on both ends: the old one can stop it, and take it back."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import Authenticator, LoginSession, OneTimeLink, Passkey, Provider, RecoveryCode, User
from core.accounts.services import (
    begin_leaving,
    change_password,
    check_password,
    confirm_email,
    create_token,
    deactivate,
    request_email_change,
    undo_email_change,
)
from core.accounts.services.links import EMAIL, EMAIL_UNDO
from core.accounts.viewer import viewer_for
from core.errors import CercleError, Invalid
from core.models import AuditEntry
from tests.accounts.letters import letters

OLD, NEW = "member@village.example", "new@village.example"


async def link(address: str, name: str) -> str:
    """The path of the newest link of this kind in the mail to an address."""
    texts = [mail.text for mail in await letters(address)]
    found = re.findall(rf"^http://127\.0\.0\.1:8000({name}/\S+)$", "\n".join(texts), re.MULTILINE)
    return str(found[-1])


async def take_over(village: Village, address: str = NEW) -> User:
    """Somebody at the member's open browser gives the account an address of their own."""
    user = await User.get(id=village.member.id)
    old = user.email
    await request_email_change(user, address)
    secret = (await link(address, "/account/email")).rpartition("/")[2]
    await confirm_email(user, secret)
    assert (await letters(old))[-1].subject.startswith("Your address")
    return user


async def test_the_present_address_hears_of_it_at_once_and_can_stop_it(village: Village) -> None:
    client = village.client(village.member)
    await client.post("/account/email", data={"email": NEW})
    confirm, stop = await link(NEW, "/account/email"), await link(OLD, "/email/stop")
    assert NEW in (await letters(OLD))[-1].text
    stranger = village.client()
    for _opened_by_a_scanner in range(3):
        page = await stranger.get(stop)
        assert (page.status_code, OLD in page.text) == (200, True)
    assert (await client.get(confirm)).status_code == 200
    assert (await stranger.post(stop)).headers["location"] == "/reset-password"
    assert (await stranger.post(stop)).status_code == 404
    assert (await client.post(confirm)).status_code == 404
    assert (await User.get(id=village.member.id)).email == OLD
    assert await AuditEntry.filter(action="accounts.email_change_stopped").count() == 1


async def test_a_new_request_ends_the_link_of_the_one_before(village: Village) -> None:
    client = village.client(village.member)
    await client.post("/account/email", data={"email": "first@village.example"})
    first = await link("first@village.example", "/account/email")
    await client.post("/account/email", data={"email": NEW})
    assert (await client.post(first)).status_code == 404
    assert (await client.post(await link(NEW, "/account/email"))).status_code == 303
    assert (await User.get(id=village.member.id)).email == NEW


async def test_the_old_address_takes_it_back_and_everything_that_came_with_it_ends(village: Village) -> None:
    thief = village.client(village.member)
    await thief.post("/account/email", data={"email": NEW})
    stop = await link(OLD, "/email/stop")
    await thief.post(await link(NEW, "/account/email"))
    user = await User.get(id=village.member.id)
    await Authenticator.create(user=user, secret="x")
    await RecoveryCode.create(user=user, code_hash="x")
    await change_password(user, "nine slow tricycles")
    await create_token(user, name="Back door")
    owner = village.client()
    assert (await owner.post(stop)).status_code == 404
    undo = await link(OLD, "/email/undo")
    assert OLD in (await owner.get(undo)).text
    assert (await owner.post(undo)).headers["location"] == "/sign-in"
    user = await User.get(id=village.member.id)
    assert (user.email, user.password_hash, user.has_factor) == (OLD, None, False)
    assert await LoginSession.filter(user=user).count() == 0
    assert await Authenticator.all().count() + await RecoveryCode.all().count() == 0
    assert await check_password(OLD, "nine slow tricycles") is None
    assert (await owner.post(undo)).status_code == 404
    reset = await link(OLD, "/reset-password")
    answer = await owner.post(reset, data={"password": "eleven kind otters"})
    assert answer.status_code == 303
    assert await check_password(OLD, "eleven kind otters") is not None
    assert await AuditEntry.filter(action="accounts.email_change_undone").count() == 1


async def test_ways_in_that_were_there_long_before_stay(village: Village) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    for number in range(2):
        await Passkey.create(user=village.member, key_id=str(number), public_key="x", name="Phone")
    await Passkey.filter(key_id="0").update(created_at=long_ago)
    await take_over(village)
    await undo_email_change((await link(OLD, "/email/undo")).rpartition("/")[2])
    assert [one.key_id for one in await Passkey.all()] == ["0"]
    assert (await User.get(id=village.member.id)).has_factor is True


async def test_the_first_owner_wins_however_often_the_address_is_changed(village: Village) -> None:
    await take_over(village)
    first = (await link(OLD, "/email/undo")).rpartition("/")[2]
    await take_over(village, "other@village.example")
    second = (await link(NEW, "/email/undo")).rpartition("/")[2]
    await undo_email_change(second)
    assert (await User.get(id=village.member.id)).email == NEW
    await undo_email_change(first)
    assert (await User.get(id=village.member.id)).email == OLD
    assert await OneTimeLink.filter(purpose=EMAIL_UNDO, used_at=None).count() == 0


async def test_an_account_that_the_thief_wants_deleted_stays(village: Village) -> None:
    user = await take_over(village)
    await begin_leaving(user, actor=viewer_for(user))
    await undo_email_change((await link(OLD, "/email/undo")).rpartition("/")[2])
    user = await User.get(id=village.member.id)
    assert (user.email, user.is_active, user.leaving_at) == (OLD, True, None)


@pytest.mark.parametrize("end", ["expired", "suspended", "taken"])
async def test_there_is_no_way_back_when_it_is_too_late(village: Village, end: str) -> None:
    user = await take_over(village)
    if end == "expired":
        past = datetime.now(UTC) - timedelta(seconds=1)
        await OneTimeLink.filter(purpose=EMAIL_UNDO).update(expires_at=past)
    elif end == "suspended":
        await deactivate(user, actor=None)
    else:
        await User.filter(id=village.guest.id).update(email=OLD)
    answer = await village.client().post(await link(OLD, "/email/undo"))
    assert answer.status_code == (422 if end == "taken" else 404)
    assert (await User.get(id=village.member.id)).email == NEW


async def test_of_many_at_once_one_changes_the_address_and_one_takes_it_back(village: Village) -> None:
    user = await User.get(id=village.member.id)
    await request_email_change(user, NEW)
    secret = (await link(NEW, "/account/email")).rpartition("/")[2]
    people = [await User.get(id=user.id) for _number in range(10)]
    confirmed = await asyncio.gather(*(confirm_email(one, secret) for one in people), return_exceptions=True)
    assert [one for one in confirmed if one is None] == [None]
    secret = (await link(OLD, "/email/undo")).rpartition("/")[2]
    undone = await asyncio.gather(*(undo_email_change(secret) for _number in range(10)), return_exceptions=True)
    assert len([one for one in undone if isinstance(one, User)]) == 1
    assert all(isinstance(one, User | CercleError) for one in undone)


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\0.example", "x" * 300 + "@village.example", "two@a.example,b@a.example"]
)
async def test_what_is_no_address_is_refused_and_nobody_is_told(village: Village, address: str) -> None:
    answer = await village.client(village.member).post("/account/email", data={"email": address})
    assert answer.status_code == 422
    assert await letters(OLD) == []


@pytest.mark.parametrize(
    "path", ["/email/stop/x", "/email/undo/x", "/email/undo/" + "x" * 5000, "/email/stop/%F0%9F%98%80"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_unknown_links_are_all_alike(village: Village, path: str, method: str) -> None:
    assert (await village.client().request(method, path)).status_code == 404


async def test_a_link_of_one_kind_is_none_of_the_other(village: Village) -> None:
    await village.client(village.member).post("/account/email", data={"email": NEW})
    secret = (await link(OLD, "/email/stop")).rpartition("/")[2]
    client = village.client(village.member)
    for path in (f"/email/undo/{secret}", f"/account/email/{secret}", f"/reset-password/{secret}"):
        assert (await client.get(path)).status_code == 404
    assert await OneTimeLink.filter(purpose=EMAIL, used_at=None).count() == 1


async def test_an_address_that_another_system_owns_is_not_changed_here(village: Village) -> None:
    provider = await Provider.create(
        slug="firm", title="The Firm", issuer="https://id.firm.example", client_id="x", rules={"locked": ["email"]}
    )
    await User.filter(id=village.member.id).update(provider_id=provider.id)
    client = village.client(village.member)
    page = await client.get("/account/email")
    assert ("The Firm" in page.text, 'name="email"' in page.text) == (True, False)
    assert (await client.post("/account/email", data={"email": NEW})).status_code == 422
    with pytest.raises(Invalid):
        await request_email_change(await User.get(id=village.member.id), NEW)
    assert await letters(OLD) == []
