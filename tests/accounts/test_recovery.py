"""Getting back in: a link that signs in, a reset that an operator sends, and what neither of them opens."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import Authenticator, LoginSession, OneTimeLink, RecoveryCode, User
from core.accounts.services import deactivate, demote, reset_link, send_reset
from core.accounts.services.secrets_box import seal
from core.accounts.settings import SiteSettings
from core.errors import Conflict
from core.models import AuditEntry
from core.plugin_settings.changes import change_site_settings
from tests.accounts.letters import letters, link_in_last

NEW = "four random words here"


async def link_for(village: Village, email: str | None = None, wanted: str = "") -> str:
    """Ask for a link that signs in; answers its path."""
    address = email or village.member.email
    answer = await village.client().post("/sign-in/link", data={"email": address, "next": wanted})
    assert answer.status_code == 200
    return await link_in_last(address)


async def give_factor(user: User) -> None:
    """Let somebody have an authenticator and a recovery code."""
    await Authenticator.create(user=user, secret=seal("JBSWY3DPEHPK3PXP"))
    await RecoveryCode.create(user=user, code_hash="x")
    await User.filter(id=user.id).update(has_factor=True)


async def test_a_link_signs_in_once_after_a_button(village: Village) -> None:
    path = await link_for(village, wanted="/c/atelier/")
    for _scanner in range(3):
        page = await village.client().get(path)
        assert page.status_code == 200
        assert "m…@village.example" in page.text
        assert village.member.email not in page.text
    assert await LoginSession.all().count() == 0
    client = village.client()
    answer = await client.post(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/atelier/")
    assert (await client.get("/account/")).status_code == 200
    assert (await LoginSession.get()).methods == "link"
    assert (await village.client().post(path)).status_code == 404
    assert (await village.client().get(path)).status_code == 404
    assert await AuditEntry.filter(action="accounts.sign_in_link_used", actor_id=village.member.id).count() == 1


async def test_of_many_who_use_a_link_at_the_same_time_one_is_let_in(village: Village) -> None:
    path = await link_for(village)
    answers = await asyncio.gather(*(village.client().post(path) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [303] + [404] * 9
    assert await LoginSession.all().count() == 1


async def test_a_link_by_mail_does_not_stand_for_the_second_factor(village: Village) -> None:
    await give_factor(village.member)
    path = await link_for(village)
    client = village.client()
    answer = await client.post(path)
    assert answer.headers["location"].startswith("/sign-in/factor")
    assert (await client.get("/account/")).status_code == 303
    assert await LoginSession.all().count() == 0


async def test_a_reset_leaves_the_second_factor_and_asks_for_it(village: Village) -> None:
    await give_factor(village.member)
    client = village.client()
    await client.post("/reset-password", data={"email": village.member.email})
    assert (await client.post(await link_in_last(village.member.email), data={"password": NEW})).status_code == 303
    assert await LoginSession.all().count() == 0
    kept = await User.get(id=village.member.id)
    assert (kept.has_factor, await Authenticator.all().count(), await RecoveryCode.all().count()) == (True, 1, 1)
    answer = await client.post("/sign-in", data={"email": village.member.email, "password": NEW})
    assert answer.headers["location"].startswith("/sign-in/factor")
    assert (await client.get("/account/")).status_code == 303


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
async def test_a_link_leads_nowhere_else(village: Village, wanted: str) -> None:
    answer = await village.client().post(await link_for(village, wanted=wanted))
    assert answer.headers["location"] == "/"


async def test_a_link_dies_with_time_a_newer_one_a_change_of_stamp_and_the_account(village: Village) -> None:
    older = await link_for(village)
    newer = await link_for(village)
    assert (await village.client().post(older)).status_code == 404
    await OneTimeLink.all().update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await village.client().post(newer)).status_code == 404
    newest = await link_for(village)
    await deactivate(village.member, actor=await village.viewer(village.operator))
    assert (await village.client().get(newest)).status_code == 404
    assert (await village.client().post(newest)).status_code == 404
    assert await LoginSession.all().count() == 0


async def test_who_is_suspended_or_unknown_gets_no_link_and_one_answer(village: Village) -> None:
    await deactivate(village.owner, actor=await village.viewer(village.operator))
    await village.client().get("/sign-in/link")
    pages = []
    for email in (village.owner.email, "nobody@village.example", village.member.email):
        with village.queries() as seen:
            answer = await village.client().post("/sign-in/link", data={"email": email})
        pages.append((answer.status_code, answer.text.replace(email, "X"), seen.count))
        assert ("/sign-in/link/" in (await letters(email))[-1].text) is (email == village.member.email)
    assert pages[0] == pages[1] == pages[2]


async def test_operators_may_do_without_links(village: Village) -> None:
    path = await link_for(village)
    assert "/sign-in/link" in (await village.client().get("/sign-in")).text
    actor = await village.viewer(village.operator)
    await change_site_settings(SiteSettings, {"sign_in_links": False}, actor=actor)
    client = village.client()
    assert "/sign-in/link" not in (await client.get("/sign-in")).text
    for method, place in (("GET", "/sign-in/link"), ("POST", "/sign-in/link"), ("GET", path), ("POST", path)):
        assert (await client.request(method, place, data={"email": "x@example.org"})).status_code == 404
    assert await LoginSession.all().count() == 0


async def test_an_operator_sends_a_reset_without_seeing_it(village: Village) -> None:
    actor = await village.viewer(village.operator)
    await send_reset(village.member, actor=actor)
    mail = (await letters(village.member.email))[-1]
    assert "An operator of this site sends you this link" in mail.text
    logged = await AuditEntry.get(action="accounts.reset_sent")
    assert (logged.actor_id, logged.subject) == (village.operator.id, village.member.handle)
    path = await link_in_last(village.member.email)
    assert path.rpartition("/")[2] not in f"{logged.before}{logged.after}"
    assert (await village.client().post(path, data={"password": NEW})).status_code == 303
    await deactivate(village.member, actor=actor)
    with pytest.raises(Conflict):
        await send_reset(village.member, actor=actor)


async def test_the_machine_prints_a_link_that_works_once(village: Village) -> None:
    link = await reset_link(village.member)
    assert link.startswith("http://127.0.0.1:8000/reset-password/")
    path = httpx.URL(link).path
    codes = [(await village.client().post(path, data={"password": NEW})).status_code for _ in range(2)]
    assert codes == [303, 404]


@pytest.mark.parametrize("path", ["/reset-password", "/sign-in/link"])
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"},
        {"forwarded": "host=evil.example;proto=https"},
        {"host": "127.0.0.1:8000@evil.example"},
    ],
)
async def test_links_in_mails_come_from_the_configured_address_alone(
    village: Village, path: str, headers: dict[str, str]
) -> None:
    await village.client().post(path, data={"email": village.member.email}, headers=headers)
    await village.client().post(f"http://evil.example{path}", data={"email": village.member.email})
    sent = await letters(village.member.email)
    assert all("evil.example" not in mail.text + mail.html for mail in sent)
    assert all(f"http://127.0.0.1:8000{path}/" in mail.text for mail in sent)


async def test_two_operators_who_demote_each_other_leave_one(village: Village) -> None:
    await User.filter(id=village.owner.id).update(is_operator=True)
    people = [village.operator, await User.get(id=village.owner.id)]
    viewers = [await village.viewer(person) for person in people]
    done = await asyncio.gather(
        demote(people[0], actor=viewers[1]), demote(people[1], actor=viewers[0]), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert await User.filter(is_operator=True).count() == 1


async def test_two_operators_who_suspend_each_other_leave_one(village: Village) -> None:
    await User.filter(id=village.owner.id).update(is_operator=True)
    people = [village.operator, await User.get(id=village.owner.id)]
    viewers = [await village.viewer(person) for person in people]
    done = await asyncio.gather(
        deactivate(people[0], actor=viewers[1]), deactivate(people[1], actor=viewers[0]), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert await User.filter(is_operator=True, is_active=True).count() == 1


async def test_password_managers_find_the_page_for_a_new_password(village: Village) -> None:
    answer = await village.client().get("/.well-known/change-password")
    assert (answer.status_code, answer.headers["location"]) == (302, "/account/password")


async def test_a_contact_for_weaknesses_is_named_where_there_is_one(village: Village) -> None:
    client = village.client()
    assert (await client.get("/.well-known/security.txt")).status_code == 404
    named = {"security_contact": "mailto:security@village.example"}
    village.app.settings = village.app.settings.model_copy(update=named)
    lines = (await client.get("/.well-known/security.txt")).text.splitlines()
    facts = dict(line.split(": ", 1) for line in lines)
    assert facts.pop("Expires") > datetime.now(UTC).isoformat()
    assert facts == {
        "Contact": "mailto:security@village.example",
        "Preferred-Languages": "en, fr",
        "Canonical": "http://127.0.0.1:8000/.well-known/security.txt",
    }
