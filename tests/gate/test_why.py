"""Why they can see this: the page says of every role and person what the doors say, and why, in one sentence that agrees."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.accounts.models import User
from plugins.blog.models import Post
from spaces.access import MEMBER_ROLES, OUTSIDE_ROLES
from spaces.models import Club, Content, GrantLock
from spaces.queries.people import get_member
from spaces.queries.why import Answer, Thing, answer_for, answers_for, reason
from spaces.services import lock_grant, set_grant
from spaces.services.grants import load_matrix
from spaces.switches import switch_plugin
from tests.blog.writing import write

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("visibility", ["public", "listed", "hidden"])
@pytest.mark.parametrize("audience", ["club", "site", "public"])
async def test_the_page_says_what_the_doors_say(village: Village, visibility: str, audience: str) -> None:
    post = await write(village, "Xyzzypost", audience=audience)
    await Club.filter(id=village.club.id).update(visibility=visibility)
    await set_grant(village.club, "guest", "blog.view", False, actor=await village.viewer(village.owner))
    said = {answer.role: answer for answer in await _answers(village, post)}
    url = (await Content.get(plugin="blog", object_id=post.id)).url
    for role, person in _people(village).items():
        page = await village.client(person).get(url)
        assert said[role].sees == ("Xyzzypost" in page.text and page.status_code == 200), role


@pytest.mark.parametrize("visibility", ["public", "listed", "hidden"])
@pytest.mark.parametrize("audience", ["club", "site", "public", "moderators", "author"])
async def test_the_sentence_agrees_with_the_answer(village: Village, visibility: str, audience: str) -> None:
    post = await write(village, "A post")
    await Club.filter(id=village.club.id).update(visibility=visibility)
    await Content.filter(plugin="blog", object_id=post.id).update(audience=audience)
    for answer in await _answers(village, post):
        assert answer.because
        assert answer.sees == _allows(answer), answer


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
async def test_what_is_not_out_is_seen_by_nobody_but_its_author(village: Village, state: str) -> None:
    post = await write(village, "A post", state="draft" if state == "trashed" else state)
    await Content.filter(plugin="blog", object_id=post.id).update(state=state)
    assert not any(answer.sees for answer in await _answers(village, post))
    member = await _person(village, post, village.member)
    assert member.sees == (state != "trashed")
    assert not (await _person(village, post, village.moderator)).sees


async def test_who_decided_is_said(village: Village) -> None:
    post = await write(village, "A post")
    owner = await village.viewer(village.owner)
    assert "the club has not changed that" in await _because(village, post, "member")
    await set_grant(village.club, "member", "blog.view", False, actor=owner)
    assert await _because(village, post, "member") == "The club lets this role read nothing of Blog."
    await lock_grant("blog.view", "member", True, actor=owner)
    assert (
        await _because(village, post, "member") == "The operator of the site lets this role read Blog, in every club."
    )
    assert await GrantLock.exists()


async def test_a_member_is_asked_for_by_name(village: Village) -> None:
    post = await write(village, "A post", author=village.owner)
    await set_grant(village.club, "guest", "blog.view", False, actor=await village.viewer(village.owner))
    browser = village.client(village.member)
    path = f"/c/atelier/why?plugin=blog&kind=post&item={post.id}&who="
    assert f"{village.guest.name} cannot see it" in (await browser.get(f"{path}@{village.guest.handle}")).text
    assert f"{village.moderator.name} can see it" in (await browser.get(path + village.moderator.handle)).text
    assert "Nobody in this club is called" in (await browser.get(path + village.outsider.handle)).text


async def test_a_plugin_as_a_whole_is_asked_about(village: Village) -> None:
    page = (await village.client(village.member).get("/c/atelier/why?plugin=wiki")).text
    assert "Who can see what is in Wiki" in page
    for role, person in _people(village).items():
        status = (await village.client(person).get("/c/atelier/wiki/")).status_code
        thing = Thing(await Club.get(id=village.club.id), "wiki", "Wiki", None, "on")
        said = {answer.role: answer for answer in await answers_for(thing, await load_matrix(village.club))}
        assert said[role].sees == (status == 200), role


async def test_nobody_learns_of_what_they_cannot_see(village: Village) -> None:
    draft = await write(village, "Xyzzydraft", author=village.owner, state="draft")
    await switch_plugin(village.club, "files", "off", actor=await village.viewer(village.owner))
    for query in (
        f"plugin=blog&kind=post&item={draft.id}",
        "plugin=files",
        "plugin=nowhere",
        "plugin=blog&kind=post&item=0",
    ):
        answer = await village.client(village.member).get(f"/c/atelier/why?{query}")
        assert answer.status_code == 404
        assert "Xyzzydraft" not in answer.text
    for strange in ("item=x", "item=" + "9" * 400, "item=%00", "plugin=%F0%9F%98%80", "who=" + "a" * 9000):
        answer = await village.client(village.member).get(f"/c/atelier/why?plugin=blog&kind=post&{strange}")
        assert answer.status_code in (200, 404)
    for person in (village.outsider, village.removed, None):
        answer = await village.client(person).get(f"/c/atelier/why?plugin=blog&kind=post&item={draft.id}")
        assert answer.status_code in (303, 404)


async def test_who_may_not_see_the_members_asks_for_none(village: Village) -> None:
    post = await write(village, "A post")
    await set_grant(village.club, "guest", "spaces.view_members", False, actor=await village.viewer(village.owner))
    path = f"/c/atelier/why?plugin=blog&kind=post&item={post.id}&who={village.owner.handle}"
    page = (await village.client(village.guest).get(path)).text
    assert village.owner.name not in page.partition("<main")[2]


def _people(village: Village) -> dict[str, User | None]:
    inside: dict[str, User | None] = {role: getattr(village, role) for role in MEMBER_ROLES}
    return {**inside, **dict(zip(OUTSIDE_ROLES, (village.outsider, None), strict=True))}


async def _thing(village: Village, post: Post) -> Thing:
    item = await Content.get(plugin="blog", kind="post", object_id=post.id)
    return Thing(await Club.get(id=village.club.id), "blog", item.title, item, "on")


async def _answers(village: Village, post: Post) -> list[Answer]:
    return await answers_for(await _thing(village, post), await load_matrix(village.club))


async def _person(village: Village, post: Post, person: User) -> Answer:
    member = await get_member(village.club, person.handle)
    return await answer_for(await _thing(village, post), member, await load_matrix(village.club))


async def _because(village: Village, post: Post, role: str) -> str:
    return reason(await _thing(village, post), role, await load_matrix(village.club))


def _allows(answer: Answer) -> bool:
    if answer.because == "It is for the moderators and owners of the club.":
        return False
    refusing = ("may not read", "nothing of", "Only who wrote", "is hidden", "for its members", "for people who are")
    return not any(words in answer.because for words in refusing)
