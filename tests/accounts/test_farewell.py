"""Deleting one's account: closed at once, erased after some days, and until then taken back with one button."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import httpx
import pytest

from cercle import Content, Part, PersonHolding, hookimpl
from cercle.testing import Village
from core.accounts.models import ApiToken, LoginSession, RetiredHandle, User
from core.accounts.services import (
    begin_leaving,
    create_user,
    erase_now,
    feed_token,
    keep_account,
    viewer_from_feed_token,
)
from core.accounts.services.farewell import erase_leavers, remind_leavers
from core.accounts.services.leaving import forget_farewells
from core.errors import Conflict, NotFound
from core.models import AuditEntry, Mail, Setting
from core.parts import LoadedPart
from plugins.blog.models import Post
from plugins.files.models import Entry
from plugins.wiki.models import Page
from spaces.models import Club, Membership
from tests.accounts.letters import letters

PAGE = "/account/leave"


async def leave(village: Village, person: User, **form: str) -> httpx.Response:
    """Press the last button."""
    return await village.client(person).post(PAGE, data={"confirm": person.email, **form})


async def signed_in(village: Village, person: User) -> httpx.AsyncClient:
    """A browser in which they have just given their password."""
    browser = village.client(None)
    await browser.post("/sign-in", data={"email": person.email, "password": village.password})
    return browser


async def fresh(person: User) -> User:
    return await User.get(id=person.id)


async def wait_over(person: User) -> None:
    await User.filter(id=person.id).update(leaving_at=datetime.now(UTC) - timedelta(seconds=1))


async def days(number: int) -> None:
    await Setting.update_or_create(
        scope="site", owner_id=0, part="accounts", defaults={"values": {"leaving_days": number}}
    )


def plugged(village: Village, **hooks: Any) -> None:
    """A plugin beside the others that implements these hooks."""
    module = ModuleType("stranger_hooks")
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    loaded = LoadedPart(Part("stranger", "Stranger", "", "1.0"), "stranger", bundled=False, modules={"hooks": module})
    village.app.hooks.register(loaded)


async def test_my_account_is_closed_at_once_and_all_that_was_handed_out_ends(village: Village) -> None:
    browser, script = village.client(village.member), village.api(village.member)
    assert [(await browser.get("/account/")).status_code, (await script.get("me")).status_code] == [200, 200]
    feed = feed_token(village.member)
    answer = await browser.post(PAGE, data={"confirm": village.member.email})
    assert answer.headers["location"] == "/sign-in"
    person = await fresh(village.member)
    assert (person.is_active, person.leaves_works) == (False, True)
    assert person.leaving_at is not None
    assert timedelta(days=13) < person.leaving_at - datetime.now(UTC) <= timedelta(days=14)
    assert (await browser.get("/account/")).headers["location"].startswith("/sign-in")
    assert (await script.get("me")).status_code == 401
    assert await viewer_from_feed_token(feed) is None
    assert [await model.filter(user_id=person.id).count() for model in (LoginSession, ApiToken)] == [0, 0]
    mail = (await letters(person.email))[-1]
    assert "will be deleted" in mail.subject
    assert "/sign-in" in mail.text
    assert await AuditEntry.filter(action="accounts.leaving_begun", actor_id=person.id).count() == 1


async def test_others_do_not_see_who_is_leaving(village: Village) -> None:
    name = village.member.name
    seen = village.client(village.owner)
    assert name in (await seen.get("/c/atelier/people")).text
    await begin_leaving(village.member, actor=None)
    for path in ("/c/atelier/people", "/c/atelier/directory/"):
        assert name not in (await seen.get(path)).text
    assert name not in (await village.api(village.owner).get("clubs/atelier/members")).text


async def test_who_signs_in_again_comes_to_one_page_only(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    browser = await signed_in(village, village.member)
    page = await browser.get(PAGE)
    assert page.status_code == 200
    assert "Keep my account" in page.text
    for path in (
        "/",
        "/c/atelier/",
        "/c/atelier/wiki/",
        "/account/",
        "/account/tokens",
        "/account/leave/new",
        "/search?q=x",
    ):
        assert ((await browser.get(path)).status_code, (await browser.get(path)).headers.get("location")) == (303, PAGE)
    written = await browser.post("/c/atelier/wiki/pages", data={"title": "Still here", "body": "x"})
    assert written.headers.get("location") == PAGE
    assert await Page.filter(title="Still here").count() == 0
    assert (await browser.get("/api/v1/me")).status_code == 403


async def test_i_keep_my_account_and_all_is_as_it_was(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    browser = await signed_in(village, village.member)
    assert (await browser.post(f"{PAGE}/delete")).headers["location"] == "/"
    person = await fresh(village.member)
    assert (person.is_active, person.leaving_at) == (True, None)
    assert (await browser.get("/c/atelier/")).status_code == 200
    assert village.member.name in (await village.client(village.owner).get("/c/atelier/people")).text
    assert "stays" in (await letters(person.email))[-1].subject
    assert (await browser.post(f"{PAGE}/delete")).status_code == 409


async def test_opening_pages_keeps_and_deletes_nothing(village: Village) -> None:
    """Mail scanners follow links."""
    await begin_leaving(village.member, actor=None)
    for browser in (village.client(None), await signed_in(village, village.member)):
        for path in ("/sign-in", PAGE, f"{PAGE}/new", f"{PAGE}/delete"):
            await browser.get(path)
    assert (await fresh(village.member)).leaving_at is not None
    assert (await village.client(village.owner).get(f"{PAGE}/new")).status_code == 200
    assert (await fresh(village.owner)).leaving_at is None


@pytest.mark.parametrize("typed", ["", "x", "owner@village.example", "a\x00b", "\ud800", "Ｍ" * 200, "m" * 5000])
async def test_only_my_own_address_confirms_it(village: Village, typed: str) -> None:
    body = b"confirm=" + typed.encode("utf-8", "surrogatepass")
    answer = await village.client(village.member).post(
        PAGE, content=body, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (400, 422)
    assert (await fresh(village.member)).is_active


async def test_my_handle_confirms_it_too(village: Village) -> None:
    assert (await leave(village, village.member, confirm=village.member.handle)).status_code == 303
    assert (await fresh(village.member)).leaving_at is not None


async def test_a_proof_of_yesterday_is_not_enough(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/account/")
    await LoginSession.filter(user_id=village.member.id).update(proven_at=datetime.now(UTC) - timedelta(hours=1))
    assert (await browser.get(f"{PAGE}/new")).headers["location"].startswith("/account/proof")
    answer = await browser.post(PAGE, data={"confirm": village.member.email})
    assert answer.headers["location"].startswith("/account/proof?next=")
    assert (await fresh(village.member)).is_active


async def test_it_is_named_beforehand_what_stays_and_what_goes(village: Village) -> None:
    browser = village.client(village.member)
    await browser.post("/c/atelier/wiki/pages", data={"title": "Kiln", "body": "Fire."})
    await browser.post("/c/atelier/wiki/pages", data={"title": "Clay", "body": "Mud."})
    await village.client(village.owner).post(
        "/c/atelier/wiki/pages/clay", data={"title": "Clay", "body": "x", "version": "1"}
    )
    await village.api(village.member).put("clubs/atelier/files/content/kiln.txt", content=b"1200")
    page = (await browser.get(f"{PAGE}/new")).text
    answers = await village.app.hooks.collect("person_holdings", user=village.member)
    counted = {(one.label, one.count, one.alone, one.club) for answer in answers for one in answer.value}
    assert {("pages", 2, 1, "Atelier"), ("file", 1, 1, "Atelier")} <= counted
    assert all(words in page for words in ("2 pages", "1 file", "former member"))


async def test_what_is_in_clubs_that_i_left_is_counted_without_their_names(village: Village) -> None:
    await village.client(village.member).post("/c/atelier/wiki/pages", data={"title": "Kiln", "body": "Fire."})
    await village.leave(village.member, village.club)
    answers = await village.app.hooks.collect("person_holdings", user=village.member)
    assert PersonHolding("page", 1, 1, "") in [one for answer in answers for one in answer.value]
    assert "Atelier" not in (await village.client(village.member).get(f"{PAGE}/new")).text


async def test_the_last_owner_is_told_what_to_settle_and_where(village: Village) -> None:
    page = await village.client(village.owner).get(f"{PAGE}/new")
    assert 'href="/c/atelier/people"' in page.text
    assert "last owner of Atelier" in page.text
    assert (await leave(village, village.owner)).status_code == 422
    person = await fresh(village.owner)
    assert (person.is_active, person.leaving_at, person.stamp) == (True, None, village.owner.stamp)


async def test_the_last_operator_stays(village: Village) -> None:
    assert "last operator" in (await village.client(village.operator).get(f"{PAGE}/new")).text
    assert (await leave(village, village.operator)).status_code == 422
    assert (await fresh(village.operator)).is_active


async def test_of_two_operators_who_leave_at_once_one_stays(village: Village) -> None:
    other = await village.person("Olga Operator", is_operator=True)
    answers = await asyncio.gather(
        *(begin_leaving(one, actor=None) for one in (village.operator, other)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "datetime"]
    assert await User.filter(is_operator=True, is_active=True).count() == 1


async def test_leaving_twice_at_once_is_leaving_once(village: Village) -> None:
    same = [await fresh(village.member) for _number in range(4)]
    times = await asyncio.gather(*(begin_leaving(one, actor=None) for one in same))
    assert len(set(times)) == 1
    assert await Mail.filter(key__startswith="accounts.leaving_begun:").count() == 1


async def test_after_the_time_it_is_erased_and_the_last_mail_leaves_no_trace(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    await erase_leavers()
    assert await User.exists(id=village.member.id)
    await wait_over(village.member)
    await asyncio.gather(erase_leavers(), erase_leavers())
    assert not await User.exists(id=village.member.id)
    assert ["is deleted" in mail.subject for mail in await letters(village.member.email)] == [True]
    assert await AuditEntry.filter(action="accounts.person_erased").count() == 1
    await Mail.filter(recipient=village.member.email).update(sent_at=datetime.now(UTC))
    await forget_farewells()
    assert await letters(village.member.email) == []


async def test_without_days_to_wait_a_job_erases_at_once(village: Village) -> None:
    await days(0)
    assert (await leave(village, village.member)).status_code == 303
    await erase_leavers()
    assert not await User.exists(id=village.member.id)


async def test_who_keeps_it_while_the_job_runs_stays_or_goes_whole(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    await wait_over(village.member)
    person = await fresh(village.member)
    answers = await asyncio.gather(erase_leavers(), keep_account(person, actor=None), return_exceptions=True)
    left = await User.get_or_none(id=person.id)
    if left is None:
        assert isinstance(answers[1], Conflict | NotFound)
    else:
        assert (answers[1], left.is_active, await Membership.filter(user_id=left.id).count()) == (None, True, 1)


async def test_an_erasure_that_was_killed_half_way_goes_on_and_cannot_be_taken_back(village: Village) -> None:
    async def person_erased(user: User) -> None:
        raise RuntimeError("killed")

    plugged(village, person_erased=person_erased)
    await begin_leaving(village.member, actor=None)
    await wait_over(village.member)
    await erase_leavers()
    person = await fresh(village.member)
    assert await Membership.filter(user_id=person.id).count() == 0
    assert (await (await signed_in(village, person)).get(PAGE)).headers["location"].startswith("/sign-in")
    with pytest.raises(Conflict, match="erased already"):
        await keep_account(person, actor=None)
    village.app.hooks.unregister("stranger")
    assert person.leaving_at is not None
    assert person.leaving_at > datetime.now(UTC)
    await erase_now(person, actor=None)
    await erase_leavers()
    assert not await User.exists(id=person.id)


async def test_who_became_the_last_owner_meanwhile_is_told_and_can_come_back(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    await Membership.filter(club_id=village.club.id, user_id=village.owner.id).delete()
    await Membership.filter(club_id=village.club.id, user_id=village.member.id).update(role="owner")
    await wait_over(village.member)
    await erase_leavers()
    await wait_over(village.member)
    await erase_leavers()
    person = await fresh(village.member)
    assert person.leaving_at is not None
    assert timedelta(hours=23) < person.leaving_at - datetime.now(UTC) <= timedelta(days=1)
    stuck = Mail.filter(key__startswith="accounts.leaving_stuck:")
    assert await stuck.filter(recipient=person.email).count() == 1
    assert await stuck.filter(recipient=village.operator.email).count() == 1
    await wait_over(person)
    page = await (await signed_in(village, person)).get(PAGE)
    assert "last owner of Atelier" in page.text
    await keep_account(person, actor=None)
    assert (await fresh(person)).is_active


async def test_a_day_before_there_is_one_reminder(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    await remind_leavers()
    reminders = Mail.filter(key__startswith="accounts.leaving_soon:")
    assert await reminders.count() == 0
    await User.filter(id=village.member.id).update(leaving_at=datetime.now(UTC) + timedelta(hours=20))
    await remind_leavers()
    await remind_leavers()
    assert await reminders.count() == 1


async def test_operators_delete_an_account_with_a_reason_and_the_person_is_told(village: Village) -> None:
    actor = await village.viewer(village.operator)
    await begin_leaving(village.member, actor=actor, reason="Left the company")
    assert "Left the company" in (await letters(village.member.email))[-1].text
    entry = await AuditEntry.get(action="accounts.leaving_begun")
    assert (entry.actor_id, entry.after["reason"]) == (village.operator.id, "Left the company")
    await erase_now(village.member, actor=actor)
    await erase_leavers()
    assert not await User.exists(id=village.member.id)


async def test_a_suspended_person_who_is_leaving_does_not_come_in(village: Village) -> None:
    await begin_leaving(village.member, actor=None)
    await User.filter(id=village.member.id).update(closed_at=datetime.now(UTC))
    assert (await (await signed_in(village, village.member)).get(PAGE)).headers["location"].startswith("/sign-in")
    await keep_account(await fresh(village.member), actor=await village.viewer(village.operator))
    person = await fresh(village.member)
    assert (person.is_active, person.leaving_at) == (False, None)


async def test_nobody_gets_the_handle_of_somebody_who_was_erased(village: Village) -> None:
    handle = village.member.handle
    await erase_now(village.member, actor=None)
    await erase_leavers()
    again = await create_user(email="again@village.example", name=village.member.name)
    assert again.handle != handle
    assert await RetiredHandle.all().count() == 1
    assert handle not in str(await RetiredHandle.all().values())


async def test_what_nobody_else_worked_on_is_erased_where_that_is_wished(village: Village) -> None:
    mine, theirs = village.client(village.member), village.client(village.owner)
    for title in ("Alone", "Shared", "Above"):
        await mine.post("/c/atelier/wiki/pages", data={"title": title, "body": "Mine."})
    above = await Page.get(title="Above")
    await theirs.post("/c/atelier/wiki/pages/shared", data={"title": "Shared", "body": "Ours.", "version": "1"})
    await theirs.post("/c/atelier/wiki/pages", data={"title": "Below", "body": "x", "parent": above.slug})
    assert (await Page.get(title="Below")).parent_id == above.id
    script, other = village.api(village.member), village.api(village.owner)
    for title in ("Mine", "Both"):
        sent = await script.post("clubs/atelier/blog/posts", json={"title": title, "body": "x", "state": "published"})
        assert sent.status_code == 201
    both = await Post.get(title="Both")
    await theirs.post(
        f"/c/atelier/blog/posts/{both.slug}", data={"title": "Both", "body": "y", "version": str(both.version)}
    )
    for sender, name in ((script, "alone.txt"), (script, "both.txt"), (other, "both.txt")):
        sent = await sender.put(f"clubs/atelier/files/content/{name}", content=sender.headers["authorization"].encode())
        assert sent.status_code in (200, 201), sent.text
    before = (await Club.get(id=village.club.id)).storage_used
    assert (await leave(village, village.member, works="go")).status_code == 303
    await wait_over(village.member)
    await erase_leavers()
    assert not await User.exists(id=village.member.id)
    assert {page.title for page in await Page.filter(club_id=village.club.id)} >= {"Shared", "Above", "Below"}
    assert await Page.filter(title="Alone").count() == 0
    assert [await Post.filter(title=title).count() for title in ("Mine", "Both")] == [0, 1]
    assert sorted(entry.name for entry in await Entry.filter(is_file=True)) == ["both.txt"]
    assert await Content.filter(title__in=["Alone", "Mine", "alone.txt"]).count() == 0
    assert (await Club.get(id=village.club.id)).storage_used < before


async def test_a_whole_tree_of_pages_goes_from_the_bottom(village: Village) -> None:
    mine, parent = village.client(village.member), ""
    for number in range(5):
        await mine.post("/c/atelier/wiki/pages", data={"title": f"Level {number}", "body": "x", "parent": parent})
        parent = (await Page.get(title=f"Level {number}")).slug
    await begin_leaving(village.member, actor=None, leaves_works=False, days=0)
    await erase_leavers()
    assert await Page.filter(title__startswith="Level").count() == 0


async def test_everywhere_an_author_who_is_gone_is_a_former_member(village: Village) -> None:
    browser, script = village.client(village.member), village.api(village.member)
    await browser.post("/c/atelier/wiki/pages", data={"title": "Kiln", "body": "Fire."})
    sent = {"title": "Open day", "body": "Come!", "state": "published"}
    await script.post("clubs/atelier/blog/posts", json=sent)
    await script.put("clubs/atelier/files/content/kiln.txt", content=b"1200")
    await erase_now(village.member, actor=None)
    await erase_leavers()
    reader = village.client(village.owner)
    entry = await Entry.get(name="kiln.txt")
    for path in ("wiki/pages/kiln/history", "wiki/changes", "blog/posts/open-day", f"files/file/{entry.id}"):
        page = await reader.get(f"/c/atelier/{path}")
        assert (path, page.status_code, "ormer member" in page.text) == (path, 200, True)
    listed = (await village.api(village.owner).get("clubs/atelier/blog/posts")).json()["items"]
    assert [one["author"]["handle"] for one in listed if one["title"] == "Open day"] == [None]
