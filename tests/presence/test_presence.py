"""Who is told of whom, and for how long."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from cercle.testing import PluginContract, Village
from core.accounts.models import User
from core.models import OutboxEvent, Setting
from core.presence import LASTS, VISITS, Change, Presence
from plugins.blog.models import Post
from spaces.models import GrantOverride
from tests.blog.writing import write


@pytest.mark.sqlite_only
class TestPresence(PluginContract):
    plugin = "presence"


@pytest.fixture
async def post(village: Village) -> Post:
    """An item of the club `atelier`."""
    return await write(village, "News")


def place(post: Post, club: str = "atelier") -> str:
    """Where presence on a post is asked for and told."""
    return f"/c/{club}/presence/items/blog/post/{post.id}"


async def beat(
    village: Village, person: User | None, path: str, doing: str = "reading", visit: str = ""
) -> httpx.Response:
    """A sign of life."""
    return await village.client(person).post(path, data={"doing": doing, "visit": visit})


async def test_others_are_told_of_by_name_and_nobody_of_themselves(village: Village, post: Post) -> None:
    path = place(post)
    answers = [
        (await beat(village, village.member, path)).text,
        (await beat(village, village.owner, path, "editing")).text,
        (await beat(village, village.moderator, path)).text,
        (await beat(village, village.member, path)).text,
    ]
    assert answers == [
        "",
        "Max Member is here.",
        "Oscar Owner is editing this. Max Member is here.",
        "Oscar Owner is editing this. Mona Moderator is here.",
    ]


async def test_the_line_comes_to_a_page_with_scripts_and_stands_on_its_own_without(
    village: Village, post: Post
) -> None:
    path = place(post)
    await beat(village, village.owner, path)
    reader = village.client(village.member)
    line = (await reader.get(path, headers={"hx-request": "true"})).text
    assert line.count('data-presence="blog/post/') == 1
    assert ("Oscar Owner is here." in line, "<html" in line) == (True, False)
    page = (await reader.get(path)).text
    assert ("Oscar Owner is here." in page, "<html" in page) == (True, True)


async def test_the_door_is_asked_at_each_sign_of_life(village: Village, post: Post) -> None:
    path = place(post)
    await GrantOverride.create(club=village.club, role="guest", permission="presence.view", allowed=False)
    await village.switch("presence", "on")
    people = (village.member, village.guest, village.outsider)
    assert [(await beat(village, person, path)).status_code for person in people] == [200, 403, 404]
    assert [(await village.client(person).get(path)).status_code for person in people] == [200, 403, 404]
    assert (await beat(village, village.member, place(post, "place"))).status_code == 404
    assert (await beat(village, village.owner, place(post, "cave"))).status_code == 404
    hidden = await write(village, "Half a thought", state="draft")
    assert (await beat(village, village.owner, place(hidden))).status_code == 404
    await village.switch("blog", "off")
    assert (await beat(village, village.member, path)).status_code == 404


async def test_somebody_removed_is_gone_at_once_and_learns_nothing(village: Village, post: Post) -> None:
    path, leaver = place(post), village.client(village.moderator)
    assert (await leaver.post(path, data={"doing": "editing"})).status_code == 200
    assert (await beat(village, village.member, path)).text == "Mona Moderator is editing this."
    await village.leave(village.moderator, village.club)
    assert (await leaver.post(path, data={"doing": "editing"})).status_code == 404
    assert (await beat(village, village.member, path)).text == ""


async def test_names_are_for_who_may_see_the_members(village: Village, post: Post) -> None:
    await GrantOverride.create(club=village.club, role="guest", permission="spaces.view_members", allowed=False)
    path = place(post)
    await beat(village, village.owner, path, "editing")
    await beat(village, village.member, path)
    await beat(village, village.moderator, path)
    answer = (await beat(village, village.guest, path)).text
    assert answer == "Somebody else is editing this. 2 other people are here."


async def test_who_hides_is_not_told_of_and_sees_the_others(village: Village, post: Post) -> None:
    path = place(post)
    await beat(village, village.owner, path)
    await beat(village, village.member, path)
    await Setting.create(part="presence", scope="member", owner_id=village.owner.id, values={"show_me": False})
    await village.app.plugin_settings.tell("member", village.owner.id)
    assert (await beat(village, village.owner, path)).text == "Max Member is here."
    assert (await beat(village, village.member, path)).text == ""


async def test_who_leaves_the_page_is_gone(village: Village, post: Post) -> None:
    path = place(post)
    await beat(village, village.owner, path)
    assert (await village.client(village.owner).post(f"{path}/absence")).status_code == 204
    assert (await beat(village, village.member, path)).text == ""


async def test_what_is_gone_can_be_left(village: Village, post: Post) -> None:
    path, owner = place(post), village.client(village.owner)
    await village.switch("blog", "off")
    assert (await owner.post(f"{path}/absence", data={"visit": "first"})).status_code == 204
    assert (await village.client(village.outsider).post(f"{path}/absence")).status_code == 404


async def test_a_sign_of_life_that_comes_after_its_tab_was_closed_brings_nobody_back(
    village: Village, post: Post
) -> None:
    path, owner = place(post), village.client(village.owner)
    await owner.post(f"{path}/absence", data={"visit": "first"})
    await beat(village, village.owner, path, visit="first")
    assert (await beat(village, village.member, path)).text == ""
    await beat(village, village.owner, path, visit="second")
    assert (await beat(village, village.member, path)).text == "Oscar Owner is here."


async def test_who_closes_one_of_two_tabs_is_still_there(village: Village, post: Post) -> None:
    path, owner = place(post), village.client(village.owner)
    await beat(village, village.owner, path, visit="reads")
    await beat(village, village.owner, path, "editing", visit="edits")
    await beat(village, village.owner, path, visit="reads")
    told = [(await beat(village, village.member, path)).text]
    for tab in ("edits", "reads"):
        await owner.post(f"{path}/absence", data={"visit": tab})
        told.append((await beat(village, village.member, path)).text)
    assert told == ["Oscar Owner is editing this.", "Oscar Owner is here.", ""]


async def test_two_tabs_of_one_person_do_not_wake_each_other_without_end(village: Village, post: Post) -> None:
    path, heard = place(post), list[Any]()
    async with village.app.bus.subscribe(f"live:item:blog/post/{post.id}", "end") as messages:
        for doing, tab in (("editing", "edits"), ("reading", "reads")) * 3:
            await beat(village, village.owner, path, doing, tab)
        await village.app.bus.publish("end", {})
        async for message in messages:
            if message.topic == "end":
                break
            heard.append(message.data)
    assert heard == [{"what": "presence"}]


@pytest.mark.parametrize("visit", ["with space", "x" * 21, "7 left"])
async def test_a_visit_is_a_short_word(village: Village, post: Post, visit: str) -> None:
    path = place(post)
    await beat(village, village.owner, path, visit=visit)
    assert (await beat(village, village.member, path)).text == ""


async def test_nobody_fills_a_place_alone() -> None:
    presence = Presence()
    for number in range(VISITS + 5):
        await presence.beat("here", 7, "reading", f"v{number}")
        await presence.leave("here", 7, f"v{number}")
    assert await presence.beat("here", 7, "editing", "again") == Change({}, {})
    assert await presence.beat("here", 8, "reading") == Change({}, {8: "reading"})


async def test_pages_hear_of_somebody_new_and_not_of_each_sign_of_life(village: Village, post: Post) -> None:
    path, heard = place(post), list[Any]()
    async with village.app.bus.subscribe(f"live:item:blog/post/{post.id}", "end") as messages:
        for doing in ("reading", "reading", "editing"):
            await beat(village, village.owner, path, doing)
        await village.client(village.owner).post(f"{path}/absence")
        await village.app.bus.publish("end", {})
        async for message in messages:
            if message.topic == "end":
                break
            heard.append(message.data)
    assert heard == [{"what": "presence"}] * 3


async def test_nothing_is_stored(village: Village, post: Post) -> None:
    reader, path = village.client(village.member), place(post)
    await beat(village, village.owner, path)
    await reader.get("/account/")
    before = await OutboxEvent.all().count()
    with village.queries() as seen:
        await reader.post(path, data={"doing": "editing"})
    changes = [text for text in seen.sql if text.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (changes, await OutboxEvent.all().count()) == ([], before)


async def test_as_many_questions_for_three_as_for_one(village: Village, post: Post) -> None:
    path, reader, counts = place(post), village.client(village.member), []
    await reader.post(path)
    for people in ((village.owner,), (village.moderator, village.guest)):
        for person in people:
            await beat(village, person, path)
        with village.queries() as seen:
            await reader.post(path)
        counts.append(seen.count)
    assert counts[0] == counts[1]


async def test_an_editor_says_what_is_edited(village: Village, post: Post) -> None:
    owner = village.client(village.owner)
    page = (await owner.get(f"/c/atelier/blog/posts/{post.slug}/edit")).text
    assert f'data-presence-item="blog/post/{post.id}"' in page
    assert "data-presence-item" not in (await owner.get("/c/atelier/blog/posts/new")).text


async def test_it_has_no_tab(village: Village) -> None:
    page = (await village.client(village.member).get("/c/atelier/")).text
    assert "/c/atelier/presence/" not in page
    assert (await village.client(village.member).get("/c/atelier/presence/")).status_code == 404
    answer = json.loads((await village.client(village.owner).get("/c/atelier/palette")).text)
    assert "Presence" not in [tab["label"] for tab in answer["tabs"]]


async def test_two_processes_know_of_each_other_through_redis(redis_url: str) -> None:
    one, other = Presence(redis_url), Presence(redis_url)
    try:
        assert await one.beat("1/wiki/page/2", 7, "reading") == Change({}, {7: "reading"})
        both = {7: "reading", 8: "editing"}
        assert await other.beat("1/wiki/page/2", 8, "editing") == Change({7: "reading"}, both)
        assert await one.at("1/wiki/page/2") == both
        assert await other.leave("1/wiki/page/2", 7) == Change(both, {8: "editing"})
        assert await one.at("1/wiki/page/2") == {8: "editing"}
        assert await one.at("1/wiki/page/3") == {}
    finally:
        await one.close()
        await other.close()


@pytest.mark.parametrize("is_shared", [False, True], ids=["in the process", "through Redis"])
async def test_who_gives_no_sign_of_life_for_a_minute_is_gone(
    redis_url: str, is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    presence = Presence(redis_url if is_shared else None)
    clock = [1_000_000_000.0]
    monkeypatch.setattr("core.presence.time.time", lambda: clock[0])
    try:
        await presence.beat("here", 7, "reading")
        clock[0] += LASTS - 1
        assert await presence.at("here") == {7: "reading"}
        clock[0] += 2
        assert await presence.at("here") == {}
        assert await presence.beat("here", 8, "reading") == Change({}, {8: "reading"})
    finally:
        await presence.close()


async def test_while_redis_is_away_each_process_knows_its_own_people() -> None:
    presence = Presence("redis://127.0.0.1:1/0")
    try:
        assert await presence.beat("here", 7, "reading") == Change({}, {7: "reading"})
        assert await presence.at("here") == {7: "reading"}
    finally:
        await presence.close()
