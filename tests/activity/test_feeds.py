"""Feeds and the API of activity: what they hold, who gets them, and when they end."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import httpx

from cercle.testing import Village
from core.accounts.models import User
from core.accounts.services import feed_token, revoke_feeds
from tests.blog.writing import write

ATOM = "{http://www.w3.org/2005/Atom}"


def titles(answer: httpx.Response) -> list[str | None]:
    """The titles of the entries of a feed, from the top."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    feed = fromstring(answer.content)  # noqa: S314 - our own document
    return [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]


def private(person: User, club: str = "") -> str:
    """The address of a person's feed of all clubs, or of one."""
    return f"/feeds/{feed_token(person)}/{f'c/{club}/' if club else ''}activity.atom"


async def test_a_private_feed_holds_what_its_owner_may_see(village: Village) -> None:
    await write(village, "In the atelier", author=village.owner)
    await write(village, "In the cave", club=village.hidden)
    await village.settle()
    reader = village.client()
    atelier, cave = "Oscar Owner published “In the atelier”", "Oscar Owner published “In the cave”"
    assert titles(await reader.get(private(village.owner))) == [cave, atelier]
    assert titles(await reader.get(private(village.owner, "cave"))) == [cave]
    assert titles(await reader.get(private(village.member))) == [atelier]
    assert titles(await reader.get(private(village.outsider))) == []
    assert (await reader.get(private(village.member, "cave"))).status_code == 404
    assert (await reader.get(private(village.member, "nowhere"))).status_code == 404


async def test_a_feed_ends_with_membership_switch_and_secret(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    reader, path = village.client(), private(village.member, "atelier")
    assert len(titles(await reader.get(path))) == 1
    await village.switch("activity", "off")
    assert (await reader.get(path)).status_code == 404
    await village.switch("activity", "on")
    await village.leave(village.member, village.club)
    assert (await reader.get(path)).status_code == 404
    assert titles(await reader.get(private(village.member))) == []
    await village.join(village.member, village.club)
    await revoke_feeds(village.member)
    assert (await reader.get(path)).status_code == 404
    assert (await reader.get("/feeds/activity.atom")).status_code == 401


async def test_a_feed_that_was_read_is_not_sent_again(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    reader, path = village.client(), private(village.member)
    tag = (await reader.get(path)).headers["etag"]
    assert (await reader.get(path, headers={"if-none-match": tag})).status_code == 304


async def test_members_are_told_the_addresses(village: Village) -> None:
    page = (await village.client(village.member).get("/c/atelier/activity/subscribe")).text
    assert private(village.member, "atelier") in page
    assert private(village.member) in page
    assert (await village.client(village.outsider).get("/c/atelier/activity/subscribe")).status_code == 404
    answers = await village.app.hooks.collect("person_feeds", plugins={"activity"}, user=village.member, token="t")
    assert [feed.url.partition("8000")[2] for answer in answers for feed in answer.value] == [
        "/feeds/t/activity.atom",
        "/feeds/t/c/atelier/activity.atom",
    ]


async def test_a_script_reads_the_same_page_by_page(village: Village) -> None:
    for number in range(3):
        await write(village, f"Post {number}")
    await village.settle()
    api = village.api(village.member)
    for path in ("activity", "clubs/atelier/activity"):
        first = (await api.get(f"{path}?limit=2")).json()
        assert [one["title"] for one in first["items"]] == ["Post 2", "Post 1"]
        second = (await api.get(f"{path}?limit=2&after={first['next']}")).json()
        assert ([one["title"] for one in second["items"]], second["next"]) == (["Post 0"], None)
        facts = {name: second["items"][0][name] for name in ("club", "verb", "times", "actor", "plugin", "kind", "url")}
        assert facts == {
            "club": "atelier",
            "verb": "published",
            "times": 1,
            "actor": {"handle": "member", "name": "Max Member"},
            "plugin": "blog",
            "kind": "post",
            "url": "http://127.0.0.1:8000/c/atelier/blog/posts/post-0",
        }
    assert (await api.get("activity?club=cave")).status_code == 404
    assert (await api.get("activity?colour=red")).status_code == 422
    assert (await village.api(village.outsider).get("clubs/atelier/activity")).status_code == 404
    assert (await village.api(village.outsider).get("activity")).json() == {"items": [], "next": None}
