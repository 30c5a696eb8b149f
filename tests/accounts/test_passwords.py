"""New passwords: by their owner, and by a link in a mail that works once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, LoginSession, OneTimeLink, Provider, User
from core.accounts.services import (
    change_password,
    check_password,
    create_user,
    feed_token,
    request_reset,
    reset_link,
    send_reset,
    viewer_from_feed_token,
)
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from tests.accounts.letters import letters, link_in_last
from tests.accounts.puzzling import answers

NEW = "four random words here"


async def test_changing_the_password_ends_everything_but_this_browser(village: Village) -> None:
    here, there, script = village.client(village.member), village.client(village.member), village.api(village.member)
    assert [(await c.get("/account/")).status_code for c in (here, there)] == [200, 200]
    assert (await script.get("me")).status_code == 200
    feed = feed_token(village.member)
    answer = await here.post("/account/password", data={"current": village.password, "password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/sessions")
    assert (await here.get("/account/")).status_code == 200
    assert (await there.get("/account/")).status_code == 303
    assert (await script.get("me")).status_code == 401
    assert await viewer_from_feed_token(feed) is None
    assert await check_password(village.member.email, NEW) is not None
    assert await check_password(village.member.email, village.password) is None
    assert await AuditEntry.filter(action="accounts.password_changed", actor_id=village.member.id).count() == 1
    assert [mail.subject for mail in await letters(village.member.email)] == ["Your password on Cercle has changed"]


async def test_the_stamp_alone_ends_sessions_and_tokens(village: Village) -> None:
    browser, script = village.client(village.member), village.api(village.member)
    await browser.get("/account/")
    await script.get("me")
    await User.filter(id=village.member.id).update(stamp="another")
    assert (await LoginSession.all().count(), await ApiToken.all().count()) == (1, 1)
    assert (await browser.get("/account/")).status_code == 303
    assert (await script.get("me")).status_code == 401


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "seven77",
        "x" * 1025,
        "é" * 600,
        "password123",
        "PASSWORD123",
        "azertyuiop",
        "aaaaaaaabbbb",
        "member@village.example",
        "max member",
        "member!2026",
        "2026 Cercle",
        "127.0.0.1",
        "nul\0nul\0nul",
        "line\nline\nline",
    ],
)
async def test_a_weak_or_impossible_password_is_refused_beside_its_field(village: Village, password: str) -> None:
    data = {"current": village.password, "password": password}
    answer = await village.client(village.member).post("/account/password", data=data)
    assert answer.status_code == 422
    assert 'id="field-password-errors"' in answer.text
    assert await check_password(village.member.email, village.password) is not None


async def test_words_of_the_site_are_no_passwords_on_any_way(village: Village) -> None:
    named = {"site_name": "Club Nautique", "base_url": "https://nautique.example.org"}
    village.app.settings = village.app.settings.model_copy(update=named)
    for password in ("Club Nautique", "clubnautique", "Nautique2026!", "nautique.example.org", "NAUTIQUE"):
        with pytest.raises(Invalid):
            await create_user(email="new@village.example", name="Nina New", password=password)
        with pytest.raises(Invalid):
            await change_password(village.member, password)
    await create_user(email="new@village.example", name="Nina New", password="three nautique words")
    assert await check_password("new@village.example", "three nautique words") is not None


async def test_a_new_password_wants_the_one_before(village: Village) -> None:
    client = village.client(village.member)
    assert 'name="current"' in (await client.get("/account/password")).text
    before = await User.get(id=village.member.id)
    for current in ("", "wrong", village.password.upper()):
        answer = await client.post("/account/password", data={"current": current, "password": NEW})
        assert (answer.status_code, 'id="field-current-errors"' in answer.text) == (422, True)
    assert (await User.get(id=village.member.id)).password_hash == before.password_hash
    assert (await client.get("/account/")).status_code == 200


async def test_wrong_current_passwords_are_counted_as_at_sign_in(village: Village) -> None:
    client = village.client(village.member)
    data = {"current": "wrong", "password": NEW}
    codes = [(await client.post("/account/password", data=data)).status_code for _again in range(11)]
    assert codes == [422] * 10 + [429]
    assert (await client.post("/account/password", data=data | {"current": village.password})).status_code == 429
    assert await check_password(village.member.email, village.password) is not None


async def test_who_has_no_password_sets_a_first_one(village: Village) -> None:
    await User.filter(id=village.member.id).update(password_hash=None)
    client = village.client(village.member)
    assert 'name="current"' not in (await client.get("/account/password")).text
    assert (await client.post("/account/password", data={"password": NEW})).status_code == 303
    assert await check_password(village.member.email, NEW) is not None


async def owned(user: User) -> Provider:
    """Let a provider own somebody's account."""
    provider = await Provider.create(slug="works", title="Works Council", issuer="https://id.example", client_id="x")
    await User.filter(id=user.id).update(provider_id=provider.id, password_hash=None)
    user.provider_id, user.password_hash = provider.id, None
    return provider


async def test_an_account_that_a_provider_owns_gets_no_password_here(village: Village) -> None:
    await request_reset(village.member.email)
    path = await link_in_last(village.member.email)
    await owned(village.member)
    client, actor = village.client(village.member), await village.viewer(village.operator)
    for answer in (
        await village.client().post(path, data={"password": NEW}),
        await client.post("/account/password", data={"password": NEW}),
    ):
        assert (answer.status_code, "Works Council manages this account" in answer.text) == (409, True)
    page = (await client.get("/account/password")).text
    assert ("Works Council manages this account" in page, 'name="password"' in page) == (True, False)
    assert "Works Council manages this account" in (await client.get("/account/sessions")).text
    for refused in (send_reset(village.member, actor=actor), reset_link(village.member)):
        with pytest.raises(Conflict):
            await refused
    assert (await User.get(id=village.member.id)).password_hash is None


@pytest.mark.parametrize("place", ["/reset-password", "/sign-in/link"])
async def test_no_mail_leads_into_an_account_that_a_provider_owns(village: Village, place: str) -> None:
    provider = await owned(village.member)
    await village.client().get(place)
    pages, counts = [], []
    for email in (village.member.email, "nobody@village.example"):
        with village.queries() as seen:
            answer = await village.client().post(place, data={"email": email})
        pages.append(answer.text.replace(email, "X"))
        counts.append(seen.count)
    assert (pages[0], counts[0]) == (pages[1], counts[1])
    told = (await letters(village.member.email))[-1]
    assert ("Works Council manages it" in told.text, f"{place}/" in told.text) == (True, False)
    await Provider.filter(id=provider.id).update(is_enabled=False)
    await village.client().post(place, data={"email": village.member.email})
    assert f"{place}/" in (await letters(village.member.email))[-1].text


@pytest.mark.parametrize("password", ["eight8by", "x" * 1020 + "abcd", "été à Bègles 🚲", "   spaces around   "])
async def test_passwords_from_8_to_1024_bytes_are_taken_as_typed(village: Village, password: str) -> None:
    person = await create_user(email="new@village.example", name="Nina New", password=password)
    assert await check_password(person.email, password) is not None
    assert await check_password(person.email, password.strip() + "!") is None


async def test_half_of_a_surrogate_pair_is_no_password(village: Village) -> None:
    assert await check_password(village.member.email, "\ud800abcdefgh") is None
    with pytest.raises(Invalid):
        await create_user(email="new@village.example", name="Nina New", password="\ud800abcdefgh")


async def test_the_password_is_asked_again_after_a_quarter_of_an_hour(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    await LoginSession.all().update(proven_at=datetime.now(UTC) - timedelta(minutes=16))
    for path in ("/account/password", "/account/email", "/account/tokens"):
        assert (await client.get(path)).headers["location"] == "/account/proof?next=" + path.replace("/", "%2F")
    await client.post("/account/password", data={"current": village.password, "password": NEW})
    assert await check_password(village.member.email, NEW) is None
    wrong = await client.post("/account/proof", data={"password": "wrong", "next": "/account/password"})
    assert wrong.status_code == 422
    before = client.cookies["cercle"]
    right = await client.post("/account/proof", data={"password": village.password, "next": "/account/password"})
    assert right.headers["location"] == "/account/password"
    assert right.cookies["cercle"] != before
    assert (await client.get("/account/password")).status_code == 200
    assert await LoginSession.all().count() == 1


async def test_a_reset_link_works_once_and_ends_sessions(village: Village) -> None:
    browser, client = village.client(village.member), village.client()
    await browser.get("/account/")
    sent = await client.post("/reset-password", data={"email": "Member@village.example"})
    assert sent.status_code == 200
    path = await link_in_last(village.member.email)
    for _scanner in range(3):
        assert (await client.get(path)).status_code == 200
    weak = await client.post(path, data={"password": "short"})
    assert weak.status_code == 422
    answer = await client.post(path, data={"password": NEW})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await browser.get("/account/")).status_code == 303
    assert await check_password(village.member.email, NEW) is not None
    assert (await client.get(path)).status_code == 404
    assert (await client.post(path, data={"password": "another four random"})).status_code == 404
    assert await check_password(village.member.email, NEW) is not None


async def test_of_two_who_use_a_link_at_the_same_time_one_succeeds(village: Village) -> None:
    await request_reset(village.member.email)
    path = await link_in_last(village.member.email)
    first, second = village.client(), village.client()
    answers = await asyncio.gather(
        first.post(path, data={"password": "first of two words"}),
        second.post(path, data={"password": "second of two words"}),
    )
    assert sorted(answer.status_code for answer in answers) == [303, 404]


async def test_known_and_unknown_addresses_get_one_answer_and_the_same_work(village: Village) -> None:
    pages, rows = [], []
    for email in ("member@village.example", "nobody@village.example"):
        with village.queries() as seen:
            answer = await village.client().post("/reset-password", data={"email": email})
        pages.append(answer.text.replace(email, "X"))
        rows.append(seen.count)
        assert len(await letters(email)) == 1
    assert pages[0] == pages[1]
    assert rows[0] == rows[1]
    assert "no account" in (await letters("nobody@village.example"))[0].text


async def test_a_reset_link_dies_with_time_a_newer_link_a_change_of_password_and_the_account(village: Village) -> None:
    client = village.client()

    async def fresh() -> str:
        await request_reset(village.member.email)
        return await link_in_last(village.member.email)

    path = await fresh()
    await OneTimeLink.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await client.get(path)).status_code == 404
    older, newer = await fresh(), await fresh()
    assert [(await client.get(p)).status_code for p in (older, newer)] == [404, 200]
    await User.filter(id=village.member.id).update(stamp="another")
    assert (await client.post(newer, data={"password": NEW})).status_code == 404
    path = await fresh()
    await User.filter(id=village.member.id).update(is_active=False)
    assert (await client.post(path, data={"password": NEW})).status_code == 404


async def test_the_link_in_the_mail_never_comes_from_the_host_header(village: Village) -> None:
    client = village.client()
    for headers in ({"host": "evil.example"}, {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"}):
        await client.post("/reset-password", data={"email": village.member.email}, headers=headers)
    mails = await letters(village.member.email)
    assert len(mails) == 1
    assert "evil.example" not in mails[0].text + mails[0].html
    assert "http://127.0.0.1:8000/reset-password/" in mails[0].text


async def test_mails_to_one_address_are_limited(village: Village) -> None:
    client = village.client()
    sent = [await client.post("/reset-password", data={"email": village.member.email}) for _ in range(4)]
    assert [answer.status_code for answer in sent] == [200, 200, 200, 422]
    solved = {"email": village.member.email, **answers(sent[-1].text)}
    assert (await client.post("/reset-password", data=solved)).status_code == 429
    assert len(await letters(village.member.email)) == 3


async def test_a_link_of_one_kind_opens_nothing_else(village: Village) -> None:
    await request_reset(village.member.email)
    secret = (await link_in_last(village.member.email)).rpartition("/")[2]
    client = village.client(village.member)
    for place in ("sign-up", "first-operator", "account/email"):
        assert (await client.get(f"/{place}/{secret}")).status_code == 404


async def test_mails_speak_the_language_of_their_reader(village: Village) -> None:
    await User.filter(id=village.member.id).update(locale="fr")
    await village.client(None, accept_language="en").post("/reset-password", data={"email": village.member.email})
    mail = (await letters(village.member.email))[0]
    assert mail.subject == "Un nouveau mot de passe pour Cercle"
    assert mail.text.startswith("Bonjour Max Member,")
