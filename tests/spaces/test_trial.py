"""The first items of new members wait for a moderator: every way in, what each sees, and how they come out or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from core.errors import CercleError, Conflict
from core.models import AuditEntry, Mail, OutboxEvent
from plugins.blog.models import Post
from plugins.blog.services.publication import announce_due
from plugins.wiki.models import Page
from plugins.wiki.services import trash
from spaces.catalogue import publish_content
from spaces.models import Case, Club, Content, Membership
from spaces.services import change_role, set_grant
from spaces.services.cases import decide_case
from spaces.services.leaving import forget_person
from spaces.services.trial import set_trial
from spaces.trial import MOST_WAITING
from tests.spaces.moderating import SOUGHT, WORD, decide

TEXT = f"The text of {WORD}, {SOUGHT}."


@pytest.fixture
async def village(village: Village) -> Village:
    """The village, whose club lets the first two items of new members wait."""
    await set_trial(village.club, 2, actor=None)
    return village


async def _page(village: Village, person: User, title: str = f"Page {WORD}", body: str = TEXT) -> int:
    sent = {"title": title, "body": body}
    return (await village.client(person).post("/c/atelier/wiki/pages", data=sent)).status_code


async def _page_by_script(village: Village, person: User) -> int:
    sent = {"title": f"Page {WORD}", "body": TEXT}
    return (await village.api(person).post("clubs/atelier/wiki/pages", json=sent)).status_code


async def _post(village: Village, person: User, **more: Any) -> int:
    sent = {"title": f"Post {WORD}", "body": TEXT, "state": "published", **more}
    return (await village.api(person).post("clubs/atelier/blog/posts", json=sent)).status_code


async def _draft_then_publish(village: Village, person: User) -> int:
    browser = village.client(person)
    await browser.post("/c/atelier/blog/posts", data={"title": f"Post {WORD}", "body": TEXT})
    assert await Case.all().count() == 0, "a draft does not wait"
    slug = (await Post.get()).slug
    sent = {"audience": "club", "moment": "now"}
    return (await browser.post(f"/c/atelier/blog/posts/{slug}/publication", data=sent)).status_code


async def _file(village: Village, person: User) -> int:
    files = {"file": (f"{WORD} {SOUGHT}.txt", f"bytes of {WORD}".encode())}
    answer = await village.client(person).post("/c/atelier/files/uploads", data={"folder": "0"}, files=files)
    return answer.status_code


async def _file_by_script(village: Village, person: User) -> int:
    address = f"clubs/atelier/files/content/{WORD} {SOUGHT}.txt"
    return (await village.api(person).put(address, content=b"bytes")).status_code


WAYS: dict[str, tuple[Any, int]] = {
    "page": (_page, 303),
    "page by script": (_page_by_script, 202),
    "post by script": (_post, 202),
    "draft and then publish": (_draft_then_publish, 303),
    "file": (_file, 303),
    "file by script": (_file_by_script, 202),
}


async def _seen(village: Village, person: User | None) -> list[str]:
    """The doors behind which somebody reads `WORD`."""
    browser, script = village.client(person), village.api(person)
    doors = [
        "/",
        "/c/atelier/",
        "/c/atelier/home",
        "/c/atelier/wiki/",
        "/c/atelier/wiki/pages",
        "/c/atelier/wiki/changes",
    ]
    doors += ["/c/atelier/wiki/trash", "/c/atelier/blog/", "/c/atelier/blog/trash", "/c/atelier/blog/drafts"]
    doors += ["/c/atelier/files/", "/c/atelier/files/trash", f"/search?q={SOUGHT}", f"/c/atelier/search/?q={SOUGHT}"]
    found = {door: (await browser.get(door)).text for door in doors}
    for address in ("wiki/pages", "blog/posts", "files"):
        found[address] = (await script.get(f"clubs/atelier/{address}")).text
    return [door for door, text in found.items() if WORD in text]


async def _may_publish(village: Village) -> None:
    """Members of the club publish posts themselves."""
    await set_grant(village.club, "member", "blog.publish", True, actor=None)


async def _letters(village: Village, person: User) -> list[str]:
    await village.settle()
    return [one.text for one in await Mail.filter(recipient=person.email).order_by("id")]


@pytest.mark.parametrize("way", WAYS)
async def test_whatever_way_it_comes_in_nobody_sees_it_until_it_is_approved_and_then_all_do(
    village: Village, way: str
) -> None:
    await _may_publish(village)
    make, status = WAYS[way]

    assert await make(village, village.member) == status

    case, item = await Case.get(), await Content.exclude(hidden_at=None).get()
    assert (case.is_trial, case.state, case.person_id, item.is_on_trial, item.state) == (
        *(True, "open", village.member.id, True, "trashed"),
    )
    for person in (village.guest, village.member, village.owner, village.outsider, None):
        assert await _seen(village, person) == []
    queue = (await village.client(village.moderator).get("/c/atelier/moderation")).text
    assert [words in queue for words in (WORD, "First items of new members wait for you")] == [True, True]

    assert (await decide(village, village.moderator, "keep", words="")).status_code == 303
    now = await Content.get(id=item.id)
    assert (now.hidden_at, now.is_on_trial, now.state, (await Case.get()).state) == (None, False, "published", "kept")
    assert len(await _seen(village, village.guest)) > 2
    assert (await village.client(village.guest).get(case.url)).status_code == 200


async def test_the_author_is_led_to_where_it_waits_and_others_find_nothing(village: Village) -> None:
    await _page(village, village.member)
    case = await Case.get()
    led = [await village.client(person).get(case.url) for person in (village.member, village.moderator)]
    shown = [
        (await village.client(person).get(led[0].headers["location"])).text
        for person in (village.member, village.owner)
    ]
    others = [(await village.client(person).get(case.url)).status_code for person in (village.guest, village.outsider)]
    kept_away = (await village.client(village.guest).get(led[0].headers["location"])).status_code
    mine = (await village.client(village.member).get("/c/atelier/moderation/mine")).text

    assert [(one.status_code, one.headers["location"]) for one in led] == [
        (303, f"/c/atelier/moderation/cases/{case.id}")
    ] * 2
    assert [text in page for page in shown for text in (TEXT, "It waits for a moderator")] == [True] * 4
    assert (others, kept_away, WORD in mine) == ([404, 404], 404, True)


async def test_what_waits_looks_to_others_like_what_never_was(village: Village) -> None:
    await _page(village, village.member, title="Something")
    for person in (village.guest, village.outsider):
        browser = village.client(person)
        waiting = await browser.get("/c/atelier/wiki/pages/something")
        absent = await browser.get("/c/atelier/wiki/pages/somethimg")
        assert waiting.status_code == absent.status_code
        assert waiting.text.replace("omething", "") != ""
        assert len(waiting.text) == len(absent.text)


async def test_a_hidden_post_leads_its_author_to_the_decision(village: Village) -> None:
    await set_trial(village.club, 0, actor=None)
    await _may_publish(village)
    await _post(village, village.member)
    item = await Content.get()
    await village.client(village.guest).post(
        "/c/atelier/report", data={"plugin": "blog", "kind": "post", "item": str(item.object_id), "reason": "offensive"}
    )
    await decide(village, village.moderator, "hide")
    found = [
        (await village.client(p).get(item.url)).status_code for p in (village.member, village.owner, village.guest)
    ]

    assert found == [303, 303, 404]
    assert (
        await village.api(village.member).get(f"clubs/atelier/blog/posts/{item.url.rpartition('/')[2]}")
    ).status_code == 404


async def test_moderators_get_one_mail_while_something_waits_and_the_author_one_for_each_decision(
    village: Village,
) -> None:
    await _page(village, village.member)
    await _page(village, village.member, title="Second")
    assert [WORD in text for text in await _letters(village, village.moderator)] == [True]
    assert await _letters(village, village.member) == []

    first, second = await Case.all().order_by("id")
    await decide(village, village.moderator, "keep", first, words="")
    await decide(village, village.moderator, "hide", second, words="Not here, please.")
    told = await _letters(village, village.member)
    assert ("can read it now" in told[0], "Not here, please." in told[1]) == (True, True)


async def test_nobody_hears_of_it_before_it_is_approved(village: Village) -> None:
    await _may_publish(village)
    await _page(village, village.member, body=f"Hello @{village.guest.handle}, {WORD}.")
    await _post(village, village.member)
    assert [WORD in text for text in await _letters(village, village.guest)] == []
    assert await OutboxEvent.filter(name__in=("wiki.page_published", "blog.post_published")).count() == 0

    for case in await Case.all():
        await decide(village, village.moderator, "keep", case, words="")
    assert any("mentions you" in text for text in await _letters(village, village.guest))
    assert await OutboxEvent.filter(name__in=("wiki.page_published", "blog.post_published")).count() == 2
    assert (await Post.get()).announced_at is not None


async def test_after_so_many_approvals_the_author_is_free(village: Village) -> None:
    for number in range(2):
        await _page(village, village.member, title=f"Page {number}")
        await decide(village, village.moderator, "keep", await Case.get(state="open"), words="")

    await _page(village, village.member, title="Third")

    assert await Case.all().count() == 2
    assert (await village.client(village.guest).get("/c/atelier/wiki/pages/third")).status_code == 200


async def test_what_was_declined_does_not_count_and_the_author_may_object_once(village: Village) -> None:
    await set_trial(village.club, 1, actor=None)
    await _page(village, village.member)
    case = await Case.get()
    await decide(village, village.moderator, "hide", words="Not here, please.")
    await _page(village, village.member, title="Another")
    assert await Case.filter(state="open", is_trial=True).count() == 1

    browser = village.client(village.member)
    address = f"/c/atelier/moderation/cases/{case.id}"
    assert (await browser.post(f"{address}/appeal", data={"words": "It belongs here."})).status_code == 303
    sent = {"outcome": "restore", "words": "It does."}
    assert (await village.client(village.owner).post(f"{address}/answer", data=sent)).status_code == 303

    assert (await village.client(village.guest).get(case.url)).status_code == 200
    await _page(village, village.member, title="Third")
    assert await Case.all().count() == 2, "one was let out in the end, so the author is free"


async def test_who_wrote_before_owners_moderators_and_changes_of_pages_do_not_wait(village: Village) -> None:
    await set_trial(village.club, 0, actor=None)
    await _page(village, village.member, title="Before")
    await set_trial(village.club, 2, actor=None)
    for number, person in enumerate((village.member, village.moderator, village.owner)):
        await _page(village, person, title=f"After {number}")
    await village.client(village.owner).post("/c/atelier/wiki/pages", data={"title": "Common", "body": "One."})
    page = await Page.get(slug="common")
    await Membership.filter(user_id=village.guest.id).update(role="member")
    sent = {"title": "Common", "body": "Two.", "version": str(page.version)}
    await village.client(village.guest).post("/c/atelier/wiki/pages/common", data=sent)

    assert (await Page.get(slug="common")).body == "Two."
    assert await Case.all().count() == 0


async def test_who_founded_a_club_never_waits(village: Village) -> None:
    await Membership.filter(user_id=village.member.id).update(came_by="founder")
    await _page(village, village.member)
    assert await Case.all().count() == 0


async def test_a_scheduled_post_waits_and_comes_at_its_moment_once_it_is_approved(village: Village) -> None:
    await _may_publish(village)
    moment = datetime.now(UTC) + timedelta(days=1)
    await _post(village, village.member, state="scheduled", publish_at=moment.isoformat())
    assert (await Content.get()).state == "trashed"

    await decide(village, village.moderator, "keep", words="")

    assert (await Post.get()).state == "scheduled"
    await Post.all().update(published_at=datetime.now(UTC) - timedelta(minutes=1))
    assert await announce_due() == 1
    assert await Case.filter(state="open").count() == 0


async def test_an_approved_post_is_the_newest(village: Village) -> None:
    await _may_publish(village)
    await _post(village, village.member)
    await Post.all().update(published_at=(await Post.get()).trashed_at)
    before = datetime.now(UTC)

    await decide(village, village.moderator, "keep", words="")

    post, item = await Post.get(), await Content.get()
    assert post.published_at is not None
    assert post.published_at >= before
    assert item.updated_at >= before
    assert item.published_at == post.published_at


async def test_one_moderator_approves_when_two_do(village: Village) -> None:
    await _page(village, village.member)
    case = await Case.get()

    async def approve(person: User) -> str:
        try:
            await decide_case(village.club, case.id, "keep", actor=await village.viewer(person))
        except Conflict:
            return "conflict"
        return "done"

    found = await asyncio.gather(approve(village.owner), approve(village.moderator))

    assert sorted(found) == ["conflict", "done"]
    assert await OutboxEvent.filter(name="wiki.page_published").count() == 1


async def test_two_first_items_at_once_both_wait(village: Village) -> None:
    await set_trial(village.club, 1, actor=None)
    found = await asyncio.gather(*(_page(village, village.member, title=f"Page {n}") for n in range(2)))
    assert found == [303, 303]
    assert await Content.filter(is_on_trial=True).exclude(hidden_at=None).count() == 2


async def test_who_becomes_a_moderator_meanwhile_does_not_approve_their_own(village: Village) -> None:
    await _page(village, village.member)
    await change_role(village.club, village.member, "moderator", actor=None)

    answer = await decide(village, village.member, "keep", words="")

    assert (answer.status_code, (await Case.get()).state) == (403, "open")
    assert (await decide(village, village.owner, "keep", words="")).status_code == 303


async def test_an_item_whose_author_is_erased_meanwhile_can_still_be_decided(village: Village) -> None:
    await _page(village, village.member)
    await forget_person(village.member)
    await User.filter(id=village.member.id).delete()

    assert (await decide(village, village.moderator, "keep", words="")).status_code == 303
    assert (await village.client(village.guest).get((await Case.get()).url)).status_code == 200


async def test_an_error_at_the_end_leaves_nothing(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> None:
        raise OSError("killed")

    monkeypatch.setattr(trash, "announce", fail)
    answer = await _page(village, village.member)

    assert answer == 409
    assert [await model.all().count() for model in (Page, Content, Case)] == [0, 0, 0]


async def test_what_a_plugin_that_cannot_hide_publishes_does_not_wait(village: Village) -> None:
    class Thing:
        id, club_id = 1, village.club.id

    async with atomic():
        shown = await publish_content(
            Thing(), plugin="directory", kind="thing", title="Thing", url="/", author_id=village.member.id
        )
    assert (shown, await Case.all().count()) == (True, 0)


async def test_nobody_fills_the_queue(village: Village) -> None:
    viewer = await village.viewer(village.member)
    await Case.bulk_create(
        [Case(club_id=village.club.id, key=f"k{n}", person_id=viewer.id, is_trial=True) for n in range(MOST_WAITING)]
    )
    assert await _page(village, village.member) == 409
    assert await Page.all().count() == 0


async def test_the_owner_decides_how_many_wait(village: Village) -> None:
    browser = village.client(village.owner)
    found = [
        (await browser.post("/c/atelier/settings/trial", data={"items": value})).status_code
        for value in ("5", "11", "-1", "x", "", "9" * 5000)
    ]
    others = (
        await village.client(village.moderator).post("/c/atelier/settings/trial", data={"items": "0"})
    ).status_code
    page = (await browser.get("/c/atelier/settings/questions")).text

    assert (found, others) == ([303, 422, 422, 422, 422, 422], 403)
    assert (await Club.get(id=village.club.id)).trial_items == 5
    assert 'value="5"' in page
    entry = await AuditEntry.filter(action="spaces.trial_set").order_by("-id").first()
    assert entry is not None
    assert (entry.before, entry.after) == ({"items": 2}, {"items": 5})


async def test_the_number_is_read_and_changed_by_script(village: Village) -> None:
    script = village.api(village.owner)
    tag = (await script.get("clubs/atelier")).headers["etag"]
    found = [
        (await script.patch("clubs/atelier", json={"trial_items": value})).status_code for value in (3, 11, -1, "many")
    ]
    shown = await script.get("clubs/atelier")

    assert found == [200, 422, 422, 422]
    assert (shown.json()["trial_items"], shown.headers["etag"] != tag) == (3, True)
    assert (await village.api(village.outsider).get("clubs/atelier")).json()["trial_items"] is None


async def test_only_a_moderator_of_the_club_decides(village: Village) -> None:
    await _page(village, village.member)
    case = await Case.get()
    found = [
        (await decide(village, person, "keep", case, words="")).status_code
        for person in (village.member, village.guest, village.outsider, village.removed)
    ]
    with pytest.raises(CercleError):
        await decide_case(village.hidden, case.id, "keep", actor=await village.viewer(village.owner, village.hidden))
    assert (found, (await Case.get()).state) == ([403, 403, 404, 404], "open")
