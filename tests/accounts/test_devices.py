"""Browsers that are known again: the mail about a new one, the history of sign-ins, and what a device cookie is no key to."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import KnownDevice, LoginSession, SignIn, User
from core.accounts.services import change_password, deactivate, request_reset
from core.accounts.services.devices import MOST_DEVICES, Browser, knows_device, network_words, shown_network
from core.accounts.services.sign_ins import FACTOR_WRONG, MANY_FACTORS, MANY_WRONG, MOST_ROWS, note_refusal
from core.accounts.sessions import digest
from core.accounts.viewer import viewer_for
from tests.accounts.letters import letters, link_in_last
from tests.accounts.working import DEVICE, EDGE, FIREFOX, IPHONE, browser, sign_in, working

NEW_PASSWORD = "nine calm lighthouses"


async def subjects(person: User) -> list[str]:
    return [mail.subject for mail in await letters(person.email)]


async def settled(village: Village, person: User) -> None:
    """They have signed in once before, somewhere else."""
    async with browser(village) as before:
        assert (await sign_in(village, before, person)).status_code == 303


async def test_a_sign_in_sets_a_cookie_for_400_days_that_scripts_cannot_read(village: Village) -> None:
    async with browser(village) as client:
        answer = await sign_in(village, client, village.member)
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(DEVICE))
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/", f"Max-Age={400 * 86400}"))
        row = await KnownDevice.get(user=village.member)
        assert row.token_hash == digest(client.cookies[DEVICE])
        assert (row.device, row.network) == (FIREFOX, "198.51.100.0/24")


async def test_over_https_the_device_cookie_is_pinned_to_the_host(village: Village) -> None:
    village.app.settings = village.app.settings.model_copy(update={"base_url": "https://127.0.0.1:8000"})
    async with browser(village) as client:
        answer = await sign_in(village, client, village.member)
        cookie = next(one for one in answer.headers.get_list("set-cookie") if "device" in one)
        assert cookie.startswith("__Host-cercle-device=")
        assert "Secure" in cookie
        assert "Domain" not in cookie


async def test_the_first_sign_in_of_an_account_is_no_news(village: Village) -> None:
    await settled(village, village.member)
    assert await subjects(village.member) == []
    row = await SignIn.get(user=village.member)
    assert (row.how, row.outcome, row.is_new_device, row.network) == ("password", "ok", True, "198.51.100.0/24")


async def test_a_new_browser_is_told_by_mail_in_words_and_the_owners_language(village: Village) -> None:
    await settled(village, village.member)
    await User.filter(id=village.member.id).update(locale="fr", timezone="Pacific/Auckland")
    async with browser(village, "203.0.113.9", EDGE) as client:
        await sign_in(village, client, village.member)
    mail = (await letters(village.member.email))[-1]
    assert mail.subject == f"Nouvelle connexion à votre compte sur {village.app.settings.site_name}"
    assert all(words in mail.text for words in ("Edge", "Windows", "203.0.113.0/24", "mot de passe"))
    assert "203.0.113.9" not in mail.text
    assert "http://127.0.0.1:8000/reset-password" in mail.text


async def test_what_a_browser_calls_itself_cannot_write_the_mail(village: Village) -> None:
    await settled(village, village.member)
    async with browser(village, agent="<a href=//evil.example>evil</a> Firefox/1 Linux") as client:
        await sign_in(village, client, village.member)
    mail = (await letters(village.member.email))[-1]
    assert "evil" not in f"{mail.subject}{mail.text}{mail.html}"


async def test_a_browser_that_comes_back_is_no_news(village: Village) -> None:
    async with browser(village) as client:
        for _round in range(3):
            await sign_in(village, client, village.member)
            await client.post("/sign-out")
    assert await subjects(village.member) == []
    assert await KnownDevice.filter(user=village.member).count() == 1
    assert await SignIn.filter(user=village.member, is_new_device=False).count() == 2


async def test_giving_the_password_again_is_neither_history_nor_news(village: Village) -> None:
    async with browser(village) as client:
        await sign_in(village, client, village.member)
        before = client.cookies["cercle"]
        await sign_in(village, client, village.member)
        assert client.cookies["cercle"] != before
    assert await SignIn.filter(user=village.member).count() == 1


async def test_two_people_share_a_browser_and_both_are_known(village: Village) -> None:
    await settled(village, village.owner)
    async with browser(village) as client:
        await sign_in(village, client, village.member)
        await client.post("/sign-out")
        await sign_in(village, client, village.owner)
        secret = client.cookies[DEVICE]
    assert await knows_device(village.member.email, secret)
    assert await knows_device(village.owner.email, secret)
    assert len(await subjects(village.owner)) == 1


async def test_a_planted_device_cookie_makes_nobody_known_elsewhere(village: Village) -> None:
    """Somebody puts the cookie of their own browser into another's, to be taken for its owner at home."""
    async with browser(village) as theirs, browser(village) as victims:
        await sign_in(village, theirs, village.outsider)
        planted = theirs.cookies[DEVICE]
        victims.cookies.set(DEVICE, planted, domain="127.0.0.1")
        await sign_in(village, victims, village.member)
        assert not await knows_device(village.member.email, planted)
        assert await knows_device(village.member.email, victims.cookies[DEVICE])


async def test_a_device_cookie_alone_opens_nothing(village: Village) -> None:
    async with browser(village) as client, browser(village) as thief:
        await sign_in(village, client, village.member)
        thief.cookies.set(DEVICE, client.cookies[DEVICE])
        assert (await thief.get("/account/")).status_code == 303
        assert (await sign_in(village, thief, village.member, "wrong")).status_code == 422
        thief.cookies.set("cercle", client.cookies[DEVICE])
        assert (await thief.get("/account/")).status_code == 303


async def test_a_new_password_makes_every_other_browser_a_strangers(village: Village) -> None:
    async with browser(village) as here, browser(village) as there:
        await sign_in(village, here, village.member)
        await sign_in(village, there, village.member)
        await here.post("/account/password", data={"current": village.password, "password": NEW_PASSWORD})
        assert (await here.get("/account/")).status_code == 200
        assert await knows_device(village.member.email, here.cookies[DEVICE])
        assert not await knows_device(village.member.email, there.cookies[DEVICE])
        assert [one.split()[0] for one in await subjects(village.member)] == ["New", "Your"]


async def test_the_browser_that_sets_a_new_password_by_mail_is_known(village: Village) -> None:
    await settled(village, village.member)
    async with browser(village, agent=IPHONE) as client:
        await request_reset(village.member.email)
        path = await link_in_last(village.member.email)
        assert (await client.post(path, data={"password": NEW_PASSWORD})).status_code == 303
        told = await subjects(village.member)
        assert (await sign_in(village, client, village.member, NEW_PASSWORD)).status_code == 303
        assert await subjects(village.member) == told
    assert await KnownDevice.filter(user=village.member).count() == 1


async def test_signing_out_everywhere_else_forgets_the_other_browsers(village: Village) -> None:
    async with browser(village) as here, browser(village) as there:
        await sign_in(village, here, village.member)
        await sign_in(village, there, village.member)
        await here.post("/account/sessions/others/delete")
        assert await KnownDevice.filter(user=village.member).count() == 1
        assert await knows_device(village.member.email, here.cookies[DEVICE])


async def test_a_suspended_persons_browser_is_nobodys(village: Village) -> None:
    async with browser(village) as client:
        await sign_in(village, client, village.member)
        await deactivate(village.member, actor=viewer_for(village.operator))
        assert (await client.get("/account/")).status_code == 303
        assert not await knows_device(village.member.email, client.cookies[DEVICE])
        assert (await sign_in(village, client, village.member)).status_code == 422
    assert await LoginSession.filter(user=village.member).count() == 0


async def test_an_account_knows_so_many_browsers_and_no_more(village: Village) -> None:
    now = datetime.now(UTC)
    old = [
        KnownDevice(user=village.member, token_hash=f"{number:064}", seen_at=now - timedelta(days=number))
        for number in range(1, MOST_DEVICES + 1)
    ]
    await KnownDevice.bulk_create(old)
    await settled(village, village.member)
    assert await KnownDevice.filter(user=village.member).count() == MOST_DEVICES
    assert not await KnownDevice.filter(token_hash=f"{MOST_DEVICES:064}").exists()


async def test_many_sign_ins_at_once_in_one_new_browser_all_succeed(village: Village) -> None:
    await settled(village, village.member)
    async with browser(village) as client:
        answers = await asyncio.gather(*(sign_in(village, client, village.member) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [303] * 5
    assert await SignIn.filter(user=village.member, outcome="ok").count() == 6


async def test_of_two_first_sign_ins_at_once_one_is_news(village: Village) -> None:
    async with browser(village) as mine, browser(village, "203.0.113.9") as somebodys:
        await asyncio.gather(*(sign_in(village, one, village.member) for one in (mine, somebodys)))
    assert len(await subjects(village.member)) == 1


async def test_wrong_passwords_stand_in_their_owners_history_by_network(village: Village) -> None:
    async with working(village), browser(village, "203.0.113.9") as stranger:
        for _try in range(3):
            await sign_in(village, stranger, village.member, "wrong")
    page = (await village.client(village.member).get("/account/sign-ins")).text
    assert "3 wrong passwords" in page
    assert "203.0.113.0/24" in page
    assert "203.0.113.9" not in page
    assert "wrong password" not in (await village.client(village.owner).get("/account/sign-ins")).text


async def test_a_refusal_by_the_limit_is_noted_once_an_hour(village: Village) -> None:
    async with working(village), browser(village, "203.0.113.9") as stranger:
        for _try in range(14):
            await sign_in(village, stranger, village.member, "wrong")
    assert await SignIn.filter(user=village.member, outcome="wrong").count() == 10
    assert await SignIn.filter(user=village.member, outcome="limited").count() == 1


async def test_many_wrong_passwords_are_told_once_a_day(village: Village) -> None:
    for _try in range(MANY_WRONG - 1):
        await note_refusal(village.member.id, Browser(FIREFOX, "203.0.113.9"), "password")
    assert await subjects(village.member) == []
    for _try in range(5):
        await note_refusal(village.member.id, Browser(FIREFOX, "203.0.113.9"), "password")
    assert len(await subjects(village.member)) == 1


async def test_wrong_codes_after_the_right_password_are_told_as_what_they_are(village: Village) -> None:
    for _try in range(MANY_FACTORS):
        await note_refusal(village.member.id, Browser(FIREFOX, "203.0.113.9"), "code", FACTOR_WRONG)
    assert "they know your password" in (await letters(village.member.email))[-1].text


async def test_a_try_on_nobodys_account_leaves_nothing(village: Village) -> None:
    async with working(village), browser(village) as stranger:
        await stranger.post("/sign-in", data={"email": "nobody@village.example", "password": "wrong"})
    assert await SignIn.all().count() == 0


async def test_the_history_goes_after_180_days_and_strangers_push_nothing_out(village: Village) -> None:
    now = datetime.now(UTC)
    old, mine = [await SignIn.create(user=village.member, how="password", outcome="ok") for _ in range(2)]
    await SignIn.filter(id=old.id).update(at=now - timedelta(days=181))
    flood = [SignIn(user=village.member, how="password", outcome="wrong") for _ in range(MOST_ROWS + 20)]
    await SignIn.bulk_create(flood)
    for _twice in range(2):
        await village.app.jobs.run("accounts.forget_old")
        assert await SignIn.filter(outcome="wrong").count() == MOST_ROWS
        assert [row.id for row in await SignIn.filter(outcome="ok")] == [mine.id]


async def test_browsers_whose_cookie_is_gone_are_forgotten(village: Village) -> None:
    await settled(village, village.member)
    await KnownDevice.all().update(seen_at=datetime.now(UTC) - timedelta(days=401))
    await village.app.jobs.run("accounts.forget_old")
    assert await KnownDevice.all().count() == 0


async def test_a_long_history_comes_in_pages(village: Village) -> None:
    rows = [SignIn(user=village.member, how=f"provider:p{number}", outcome="ok") for number in range(150)]
    await SignIn.bulk_create(rows)
    await SignIn.create(user=village.owner, how="provider:secret", outcome="ok")
    client = village.client(village.member)
    first = (await client.get("/account/sign-ins")).text
    with_more = first.partition("?before=")[2].partition('"')[0]
    second = (await client.get(f"/account/sign-ins?before={with_more}")).text
    assert [text.count("Signed in with") for text in (first, second)] == [100, 50]
    assert "secret" not in first + second


@pytest.mark.parametrize("before", ["", "-1", "x", "9" * 40, "١٢", "1' OR 1=1"])
async def test_a_strange_page_of_the_history_is_a_page(village: Village, before: str) -> None:
    await SignIn.create(user=village.member, how="password", outcome="ok")
    answer = await village.client(village.member).get("/account/sign-ins", params={"before": before})
    assert answer.status_code == 200


async def test_the_history_is_nobody_elses(village: Village) -> None:
    assert (await village.client().get("/account/sign-ins")).status_code == 303
    script = village.api(village.member)
    assert (await script.get("http://127.0.0.1:8000/account/sign-ins")).status_code in (303, 403)


async def test_a_changed_password_by_command_forgets_browsers_too(village: Village) -> None:
    await settled(village, village.member)
    await change_password(village.member, NEW_PASSWORD)
    assert await KnownDevice.filter(user=village.member).count() == 0


@pytest.mark.parametrize(
    ("address", "network", "words"),
    [
        ("203.0.113.9", "203.0.113.0/24", "network 203.0.113.0/24"),
        ("fd00:1:2:3::4", "fd00:1:2::/48", "local network fd00:1:2::/48"),
        ("2a01:e0a:1:2::3", "2a01:e0a:1::/48", "network 2a01:e0a:1::/48"),
        ("192.168.1.20", "192.168.1.0/24", "local network 192.168.1.0/24"),
        ("127.0.0.1", "127.0.0.0/24", "this server itself"),
        ("unix", "", "unknown network"),
    ],
)
async def test_a_place_is_a_network_in_words(village: Village, address: str, network: str, words: str) -> None:
    assert shown_network(address) == network
    assert network_words(network) == words
