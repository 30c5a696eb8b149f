"""Following: what there is to follow, who is told, and who never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.models import Mail
from core.notification_wishes import choose
from plugins.notifications.models import Entry, Follow
from spaces.models import Club, Content, Membership
from spaces.services import set_grant
from spaces.services.memberships import leave_club
from tests.blog.writing import write
from tests.notifications.telling import deliver, follow, mails, mention, publish, time_passes


async def _told() -> dict[str, int]:
    found = await Entry.all().select_related("user")
    return {one.user.handle: sum(other.user_id == one.user_id for other in found) for one in found}


@pytest.mark.parametrize("target", ["club:", "plugin:blog", "author", "field:blog/tag:tools", "two of them"])
async def test_who_follows_it_is_told_once(village: Village, target: str) -> None:
    targets = ["club:", "plugin:blog"] if target == "two of them" else [target]
    for one in targets:
        await follow(village, village.member, f"author:{village.owner.id}" if one == "author" else one)
    await publish(village, "Hammer", tags="Tools, Wood")
    await village.settle()
    assert await _told() == {"member": 1}


@pytest.mark.parametrize("target", ["plugin:wiki", "field:blog/tag:garden", "field:wiki/tag:tools", "author:1"])
async def test_who_follows_something_else_is_not_told(village: Village, target: str) -> None:
    await follow(village, village.member, target)
    await publish(village, "Hammer", tags="Tools")
    assert await _told() == {}


async def test_who_did_it_is_not_told(village: Village) -> None:
    await follow(village, village.owner, "club:")
    await publish(village, "Hammer")
    assert await _told() == {}


@pytest.mark.parametrize("reason", ["left", "no right", "muted", "draft again", "moderators only"])
async def test_who_may_not_see_it_when_it_is_told_is_not_told(village: Village, reason: str) -> None:
    await follow(village, village.member, "club:")
    post = await write(village, "Hammer", author=village.owner)
    mine = Content.filter(plugin="blog", object_id=post.id)
    if reason == "left":
        await village.leave(village.member, village.club)
    elif reason == "no right":
        await set_grant(
            village.club, "member", "blog.view", False, actor=await village.viewer(village.owner, village.club)
        )
    elif reason == "muted":
        await Membership.filter(club=village.club, user=village.member).update(is_muted=True)
    elif reason == "draft again":
        await mine.update(state="draft")
    else:
        await mine.update(audience="moderators")
    await deliver(village)
    assert await _told() == {}


async def test_what_was_brought_in_from_elsewhere_is_news_to_nobody(village: Village) -> None:
    await follow(village, village.member, "club:")
    post = await write(village, "Hammer", author=village.owner)
    past = datetime.now(UTC) - timedelta(days=2)
    await Content.filter(plugin="blog", object_id=post.id).update(created_at=past, updated_at=past)
    await deliver(village)
    assert await _told() == {}


async def test_authors_follow_what_they_publish_unless_they_do_not_want_to(village: Village) -> None:
    await publish(village, "Hammer")
    assert await Follow.filter(user=village.owner).count() == 1
    times = {"digest": "off", "hour": "8", "weekday": "0", "quiet_from": "22", "quiet_until": "7"}
    assert (await village.client(village.owner).post("/notifications/times", data=times)).status_code == 303
    await publish(village, "Saw")
    assert await Follow.filter(user=village.owner).count() == 1


async def test_a_page_is_followed_from_its_menu_and_left_again_in_the_list(village: Village) -> None:
    content = await publish(village, "Hammer")
    browser = village.client(village.member)
    path = f"/c/atelier/follow/blog/post/{content.object_id}"
    assert path in (await browser.get(content.url)).text
    page = await browser.get(path)
    assert "Hammer" in page.text
    place = {"plugin": "blog", "kind": "post", "item": str(content.object_id)}
    assert (await browser.post("/c/atelier/follow", data={"what": "item", **place})).status_code == 303
    mine = await Follow.get(user=village.member)
    assert (mine.target, mine.content_id) == (f"item:blog/post/{content.object_id}", content.id)
    assert "Hammer" in (await browser.get("/notifications/follows")).text
    assert (await village.client(village.guest).post(f"/notifications/follows/{mine.id}/removal")).status_code == 404
    assert (await browser.post(f"/notifications/follows/{mine.id}/removal")).status_code == 303
    assert await Follow.filter(user=village.member).count() == 0


@pytest.mark.parametrize("what", ["club", "plugin", "author", "field"])
async def test_the_rest_can_be_followed_there_too(village: Village, what: str) -> None:
    content = await publish(village, "Hammer")
    place = {"plugin": "blog", "kind": "post", "item": str(content.object_id), "field": "tag", "value": "Tools"}
    await village.client(village.member).post("/c/atelier/follow", data={"what": what, **place})
    targets = {
        "club": "club:",
        "plugin": "plugin:blog",
        "author": f"author:{village.owner.id}",
        "field": "field:blog/tag:Tools",
    }
    assert (await Follow.get(user=village.member)).target == targets[what]


async def test_outsiders_find_nothing_to_follow(village: Village) -> None:
    content = await publish(village, "Hammer")
    for person in (village.outsider, village.removed):
        browser = village.client(person)
        assert (await browser.get(f"/c/cave/follow/blog/post/{content.object_id}")).status_code == 404
        assert (await browser.get(f"/c/atelier/follow/blog/post/{content.object_id}")).status_code == 404
        assert (await browser.get("/c/place/follow")).status_code == 404
        assert (await browser.post("/c/place/follow", data={"what": "club"})).status_code == 404
    assert await Follow.filter(user=village.outsider).count() == 0


async def test_members_without_the_right_find_nothing_to_follow(village: Village) -> None:
    content = await publish(village, "Hammer")
    await set_grant(village.club, "member", "blog.view", False, actor=await village.viewer(village.owner, village.club))
    place = {"plugin": "blog", "kind": "post", "item": str(content.object_id)}
    for what in ("item", "author", "plugin"):
        answer = await village.client(village.member).post("/c/atelier/follow", data={"what": what, **place})
        assert answer.status_code == 404


async def test_a_change_is_told_to_who_follows_the_item(village: Village) -> None:
    content = await publish(village, "Hammer")
    await follow(village, village.member, f"item:blog/post/{content.object_id}")
    await follow(village, village.guest, "club:")
    browser = village.client(village.owner)
    page = f"{content.url}/edit"
    assert (await browser.get(page)).status_code == 200
    await _change(village, content)
    assert [one.kind for one in await Entry.filter(user=village.member)] == ["notifications.changed"]
    assert await Entry.filter(user=village.guest).count() == 0


async def _change(village: Village, content: Content) -> None:
    from core.db import atomic
    from plugins.blog.models import Post
    from spaces.catalogue import publish_content

    post = await Post.get(id=content.object_id)
    async with atomic():
        await publish_content(
            post, plugin="blog", kind="post", title="Better hammer", url=content.url, author_id=village.owner.id
        )
    await deliver(village)


async def test_programs_follow_and_end_it(village: Village) -> None:
    program = village.api(village.member)
    made = await program.post("follows", json={"club": "atelier", "what": "plugin", "plugin": "wiki"})
    assert made.status_code == 201
    assert [one["id"] for one in (await program.get("follows")).json()["items"]] == [made.json()["id"]]
    assert (await village.api(village.guest).delete(f"follows/{made.json()['id']}")).status_code == 404
    assert (await program.delete(f"follows/{made.json()['id']}")).status_code == 204
    assert (await program.post("follows", json={"club": "cave", "what": "club"})).status_code == 404


async def test_a_list_of_three_costs_as_many_queries_as_one(village: Village) -> None:
    contents = [await publish(village, title) for title in ("One", "Two", "Three")]
    browser = village.client(village.member)
    counts: list[int] = []
    for content in (contents[0], *contents):
        target = f"item:blog/post/{content.object_id}"
        key = {"user": village.member, "club": village.club, "target": target, "content_id": content.id}
        await Follow.get_or_create(**key)
        await browser.get("/notifications/follows")
        with village.queries() as seen:
            await browser.get("/notifications/follows")
        counts.append(seen.count)
    assert counts[-1] == counts[0]


async def test_the_author_reads_how_many_get_it_before_it_is_out(village: Village) -> None:
    await follow(village, village.member, "club:")
    await follow(village, village.guest, "plugin:blog")
    times = {"digest": "daily", "hour": "8", "weekday": "0", "quiet_from": "22", "quiet_until": "7"}
    await village.client(village.guest).post("/notifications/times", data=times)
    post = await write(village, "Hammer", author=village.owner, state="draft")
    path = f"/c/atelier/receivers/blog/post/{post.id}?told=blog.post_published"
    browser = village.client(village.owner)
    page = await browser.get(f"/c/atelier/blog/posts/{post.slug}/publication")
    assert path.replace("&", "&amp;") in page.text
    shown = " ".join((await browser.get(path)).text.split())
    assert shown.endswith("1 person gets this now, 1 in the digest. All others find it here.")
    assert (await village.client(village.member).get(path)).status_code == 404
    assert (await village.client(village.outsider).get(path)).status_code == 404


async def test_in_a_hidden_club_nothing_can_be_followed_from_outside(village: Village) -> None:
    await Follow.create(user=village.member, club=await Club.get(id=village.hidden.id), target="club:")
    await write(village, "Secret", club=village.hidden)
    await deliver(village)
    assert await Entry.filter(user=village.member).count() == 0
    assert (await village.api(village.member).get("follows")).json()["items"] == []


async def test_who_leaves_a_club_follows_nothing_there_any_more(village: Village) -> None:
    await follow(village, village.member, "club:")
    await follow(village, village.guest, "club:")
    await leave_club(village.club, actor=await village.viewer(village.member, village.club))
    await deliver(village)
    assert [one.user_id for one in await Follow.all()] == [village.guest.id]


async def test_what_may_not_be_read_any_more_is_not_listed(village: Village) -> None:
    await follow(village, village.member, "plugin:wiki")
    await follow(village, village.member, "field:wiki/tag:hammers")
    browser = village.client(village.member)
    assert "hammers" in (await browser.get("/notifications/follows")).text
    await village.switch("wiki", "off")
    page = (await browser.get("/notifications/follows")).text
    assert ("hammers" in page, "All that is new in" in page) == (False, False)


async def test_what_is_followed_in_a_plugin_goes_with_the_last_of_it(village: Village) -> None:
    content = await publish(village, "Hammer")
    for target in (f"item:blog/post/{content.object_id}", "plugin:blog", "field:blog/tag:x", "plugin:wiki", "club:"):
        await follow(village, village.member, target)
    await mention(village, village.member, content=content)
    await mention(village, village.member, key="two")
    await village.app.hooks.notify("plugin_purged", name="blog")
    assert sorted([one.target for one in await Follow.all()]) == ["club:", "plugin:wiki"]
    assert [one.path for one in await Entry.filter(user=village.member)] == ["/c/atelier/wiki/two"]


@pytest.mark.parametrize("what", ["draft", "trashed"])
async def test_a_post_that_went_while_its_mail_waited_is_told_to_nobody(village: Village, what: str) -> None:
    await choose(village.member.id, {"mail": {"blog.post_published": True}})
    post = await write(village, "Hammer", author=village.owner)
    await deliver(village)
    content = await Content.get(plugin="blog", kind="post", object_id=post.id)
    assert await Mail.filter(recipient=village.member.email).count() == 1
    await Content.filter(id=content.id).update(state=what)
    await time_passes()
    assert [mail["Subject"] for mail in await mails(village) if mail["To"] == village.member.email] == []
