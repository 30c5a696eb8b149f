"""The operator's pages about people: who is found, and what is done with an account, in the log and by mail."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import ApiToken, Identity, LoginSession, Provider, SignUpRequest, User
from core.accounts.services import deactivate, demote, promote
from core.accounts.services.people import insert_user
from core.models import AuditEntry, Mail

LONG_AGO = datetime.now(UTC) - timedelta(days=100)


async def _names(village: Village, **query: str) -> set[str]:
    page = (await village.client(village.operator).get("/admin/people", params=query)).text
    body = page[page.index('id="main"') :]
    return {kind for kind, person in village.people.items() if person.name in body}


async def test_people_are_found_by_name_handle_and_address_without_accents(village: Village) -> None:
    await insert_user(email="eleonore@example.org", name="Éléonore Œuvre")
    browser = village.client(village.operator)

    for text in ("eleonore", "oeuvre", "ELEONORE@example", "eleonore-oeuvre"):
        assert "Éléonore Œuvre" in (await browser.get("/admin/people", params={"q": text})).text
    assert "Éléonore Œuvre" not in (await browser.get("/admin/people", params={"q": "100%"})).text


async def test_filters_show_those_whom_they_name(village: Village) -> None:
    provider = await Provider.create(slug="school", title="School", issuer="https://id.example.org", client_id="x")
    await Identity.create(provider=provider, subject="1", user=village.guest)
    await User.all().update(seen_at=datetime.now(UTC))
    await User.filter(id=village.member.id).update(seen_at=LONG_AGO, has_factor=True)
    await User.filter(id=village.removed.id).update(seen_at=None)
    await User.filter(id=village.outsider.id).update(is_active=False, leaving_at=datetime.now(UTC))
    await deactivate(village.moderator, actor=None, reason="Spam")

    everybody = set(village.people)
    assert await _names(village) == everybody
    assert await _names(village, only="active") == everybody - {"outsider", "moderator"}
    assert await _names(village, only="suspended") == {"moderator"}
    assert await _names(village, only="leaving") == {"outsider"}
    assert await _names(village, only="operators") == {"operator"}
    assert await _names(village, only="no_factor") == everybody - {"outsider", "moderator", "member"}
    assert await _names(village, only="never") == {"removed"}
    assert await _names(village, only="away") == {"member"}
    assert await _names(village, club="Cave") == {"owner"}
    assert await _names(village, provider="school") == {"guest"}
    assert await _names(village, only="nonsense") == everybody


@pytest.mark.parametrize("sort", ["name", "newest", "seen"])
async def test_pages_show_everybody_once_in_every_order(village: Village, sort: str) -> None:
    for number in range(120):
        seen = LONG_AGO + timedelta(minutes=number // 3) if number % 4 else None
        await insert_user(email=f"p{number}@example.org", name=f"Person {number % 7}", seen_at=seen)
    browser, path, found = village.client(village.operator), f"/admin/people?sort={sort}", list[str]()

    while path:
        page = (await browser.get(path)).text
        found += [part.partition('"')[0] for part in page.split('<p class="item-title"><a href="/admin/people/')[1:]]
        older = page.partition('href="/admin/people?')[2].partition('"')[0].replace("&amp;", "&")
        path = f"/admin/people?{older}" if "after=" in older else ""

    assert len(found) == len(set(found)) == await User.all().count()


async def test_the_list_makes_the_same_queries_for_ten_and_for_many(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get("/admin/people")
    with village.queries() as few:
        await browser.get("/admin/people?sort=seen&only=active")
    for number in range(60):
        await insert_user(email=f"p{number}@example.org", name=f"Person {number}")
    with village.queries() as many:
        await browser.get("/admin/people?sort=seen&only=active")

    assert many.count == few.count


async def test_the_export_holds_what_the_list_shows_and_no_formulas(village: Village) -> None:
    await insert_user(email="evil@example.org", name="=1+cmd|' /C calc'!A0")
    browser = village.client(village.operator)

    answer = await browser.post("/admin/people", data={"q": "e"})

    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["email"] for row in found} >= {village.member.email, "evil@example.org"}
    assert not any(value.startswith(("=", "+", "-", "@")) for row in found for value in row.values())
    assert await AuditEntry.filter(action="accounts.people_exported", actor_id=village.operator.id).count() == 1


async def test_a_suspended_person_is_out_at_once_and_told_why(village: Village) -> None:
    client, script = village.client(village.guest), village.api(village.guest)
    await client.get("/c/atelier/people")
    await script.get("me")
    path, act = f"/admin/people/{village.guest.id}", {"act": "suspend", "reason": "Sends advertisements"}

    assert (await village.client(village.operator).post(path, data=act)).status_code == 303

    assert (await client.get("/c/atelier/people")).headers["location"].startswith("/sign-in")
    assert (await script.get("me")).status_code == 401
    closed = await User.get(id=village.guest.id)
    assert (closed.is_active, closed.closed_reason, closed.closed_at is None) == (False, "Sends advertisements", False)
    assert "Sends advertisements" in (await Mail.get(recipient=village.guest.email)).text
    entry = await AuditEntry.get(action="accounts.user_deactivated")
    assert (entry.actor_id, entry.before, entry.after["reason"]) == (
        village.operator.id,
        {"is_active": True},
        "Sends advertisements",
    )


async def test_a_suspended_account_is_opened_again(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.guest.id}"
    await deactivate(village.guest, actor=None, reason="A mistake")
    assert "A mistake" in (await browser.get(path)).text

    await browser.post(path, data={"act": "reinstate"})

    opened = await User.get(id=village.guest.id)
    assert (opened.is_active, opened.closed_at, opened.closed_reason) == (True, None, "")
    assert (await village.client(opened).get("/c/atelier/people")).status_code == 200


async def test_nobody_is_suspended_without_a_reason(village: Village) -> None:
    path = f"/admin/people/{village.guest.id}"
    answer = await village.client(village.operator).post(path, data={"act": "suspend", "reason": "  "})

    assert (answer.status_code, "Please say why." in answer.text) == (422, True)
    assert (await User.get(id=village.guest.id)).is_active


async def test_an_act_that_does_not_fit_is_not_there(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.guest.id}"
    for act in ("demote", "reinstate", "erase", "factors", "nonsense", ""):
        assert (await browser.post(path, data={"act": act, "reason": "So"})).status_code == 404
        assert (await browser.get(f"{path}/{act}")).status_code == 404
    assert await AuditEntry.filter(actor_id=village.operator.id).count() == 0


async def test_operators_are_made_and_unmade_and_told(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.member.id}"

    await browser.post(path, data={"act": "promote", "reason": "Helps with the site"})
    assert (await User.get(id=village.member.id)).is_operator
    await browser.post(path, data={"act": "demote", "reason": "Has stopped"})

    assert not (await User.get(id=village.member.id)).is_operator
    told = [mail.text for mail in await Mail.filter(recipient=village.member.email).order_by("id")]
    assert ["Helps with the site" in told[0], "Has stopped" in told[1], len(told)] == [True, True, 2]


async def test_of_two_operators_who_demote_each_other_one_stays(village: Village) -> None:
    await promote(village.owner, actor=None)
    done = await asyncio.gather(
        demote(village.owner, actor=None, reason="x"), demote(village.operator, actor=None), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert await User.filter(is_operator=True, is_active=True).count() == 1


async def test_the_last_operator_stays_on_the_page_too(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.operator.id}"
    for act in ("suspend", "demote", "delete"):
        assert (await browser.post(path, data={"act": act, "reason": "So"})).status_code == 409
    still = await User.get(id=village.operator.id)
    assert (still.is_active, still.is_operator, still.leaving_at) == (True, True, None)


async def test_changing_an_account_wants_a_fresh_proof(village: Village) -> None:
    browser = village.client(village.operator)
    await browser.get("/admin/")
    await LoginSession.all().update(proven_at=datetime.now(UTC) - timedelta(hours=1))

    for path in (f"/admin/people/{village.member.id}", "/admin/people", "/admin/policies"):
        answer = await browser.post(path, data={"act": "promote"})
        assert answer.headers["location"].startswith("/account/proof")
    assert (await User.get(id=village.member.id)).is_operator is False


async def test_an_operator_sends_a_reset_and_sees_no_link(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.member.id}"
    answer = await browser.post(path, data={"act": "reset"})

    assert answer.status_code == 303
    mail = await Mail.get(recipient=village.member.email)
    assert "/reset-password/" in mail.text
    assert "reset-password" not in (await browser.get(path)).text.partition('id="main"')[2]


async def test_a_reason_is_asked_for_where_it_goes_somewhere(village: Village) -> None:
    await User.filter(id=village.guest.id).update(leaving_at=datetime.now(UTC))
    browser, path = village.client(village.operator), f"/admin/people/{village.guest.id}"
    asked = {act: 'name="reason"' in (await browser.get(f"{path}/{act}")).text for act in ("reset", "keep", "promote")}
    assert asked == {"reset": False, "keep": False, "promote": True}


async def test_deleting_begins_and_is_taken_back(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.guest.id}"

    await browser.post(path, data={"act": "delete", "reason": "Asked by phone"})
    assert (await User.get(id=village.guest.id)).leaving_at is not None
    assert "will be deleted on" in (await browser.get(path)).text
    await browser.post(path, data={"act": "keep"})

    kept = await User.get(id=village.guest.id)
    assert (kept.leaving_at, kept.is_active) == (None, True)


async def test_sessions_are_ended_one_by_one_and_all_at_once(village: Village) -> None:
    clients = [village.client(village.member, user_agent=f"Program{number}") for number in range(3)]
    for client in clients:
        await client.get("/c/atelier/people")
    browser, path = village.client(village.operator), f"/admin/people/{village.member.id}"
    first = await LoginSession.filter(user_id=village.member.id).order_by("id").first()
    assert first is not None

    assert (await browser.post(f"{path}/sessions/{first.id}/delete")).status_code == 303
    assert (await browser.post(f"{path}/sessions/{first.id}/delete")).status_code == 404
    assert [(await one.get("/c/atelier/people")).status_code for one in clients] == [303, 200, 200]
    await browser.post(f"{path}/sessions/delete")

    assert [(await one.get("/c/atelier/people")).status_code for one in clients] == [303, 303, 303]
    assert await AuditEntry.filter(action="accounts.sessions_ended").count() == 2


async def test_somebody_elses_session_is_not_ended_under_a_persons_address(village: Village) -> None:
    await village.client(village.member).get("/")
    session = await LoginSession.get(user_id=village.member.id)
    browser = village.client(village.operator)

    assert (await browser.post(f"/admin/people/{village.guest.id}/sessions/{session.id}/delete")).status_code == 404
    assert await LoginSession.exists(id=session.id)


async def test_the_page_of_a_person_says_how_they_come_in_but_no_secret(village: Village) -> None:
    provider = await Provider.create(slug="school", title="School", issuer="https://id.example.org", client_id="x")
    await Identity.create(provider=provider, subject="subject-17", user=village.member, email="max@school.example")
    await village.client(village.member).get("/")
    await village.api(village.member).get("me")

    page = (await village.client(village.operator).get(f"/admin/people/{village.member.id}")).text

    assert all(words in page for words in ("School", "max@school.example", "Atelier"))
    user, session = await User.get(id=village.member.id), await LoginSession.get(user_id=village.member.id)
    token = await ApiToken.get(user_id=village.member.id)
    secrets = (str(user.password_hash), user.stamp, session.token_hash, token.token_hash, "subject-17")
    assert not any(secret in page for secret in secrets)


async def test_what_was_done_with_an_account_stands_on_its_page(village: Village) -> None:
    browser, path = village.client(village.operator), f"/admin/people/{village.guest.id}"
    await browser.post(path, data={"act": "suspend", "reason": "Sends advertisements"})
    await browser.post(path, data={"act": "reinstate"})

    page = (await browser.get(path)).text

    assert all(
        words in page for words in ("accounts.user_deactivated", "accounts.user_reactivated", "Sends advertisements")
    )


async def test_requests_are_answered_many_at_once_with_a_sentence(village: Village) -> None:
    now = datetime.now(UTC)
    made = [
        await SignUpRequest.create(email=f"{name}@example.org", name=name.title(), message="Hello there", proven_at=now)
        for name in ("anna", "boris", "carla")
    ]
    await SignUpRequest.create(email="unproven@example.org", name="Nobody Yet")
    browser = village.client(village.operator)
    page = (await browser.get("/admin/people/requests")).text
    assert ("Hello there" in page, "Nobody Yet" in page) == (True, False)

    chosen = [str(one.id) for one in made[:2]]
    welcome = {"chosen": chosen, "answer": "approve", "note": "See you on Monday"}
    await browser.post("/admin/people/requests", data=welcome)
    await browser.post("/admin/people/requests", data={"chosen": [str(made[2].id)], "answer": "refuse"})
    again = await browser.post("/admin/people/requests", data=welcome)

    assert again.status_code == 303
    assert await User.filter(email__in=["anna@example.org", "boris@example.org"]).count() == 2
    assert not await User.exists(email="carla@example.org")
    assert "See you on Monday" in (await Mail.get(recipient="anna@example.org")).text
    assert [one.email for one in await SignUpRequest.all()] == ["unproven@example.org"]


@pytest.mark.parametrize("after", ["x", "WyJhIl0", "WyIiLCIiXQ", "WyJcdWQ4MDAiLCIxIl0"])
@pytest.mark.parametrize("sort", ["name", "newest", "seen"])
async def test_a_made_up_cursor_does_no_harm(village: Village, after: str, sort: str) -> None:
    answer = await village.client(village.operator).get("/admin/people", params={"after": after, "sort": sort})
    assert answer.status_code in (200, 422)
