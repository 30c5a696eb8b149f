"""Feeds: what is in them, who gets them, when they end."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from xml.etree.ElementTree import Element, fromstring

import httpx

from cercle.testing import Village
from core.accounts.models import User
from core.accounts.services import feed_token, revoke_feeds
from plugins.blog.models import Post
from spaces.models import Club
from tests.blog.writing import let_time_pass, write

OPEN = "/c/atelier/blog/feed.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def parsed(answer: httpx.Response) -> Element:
    """The document of a feed."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return fromstring(answer.content)  # noqa: S314 - our own document


def titles(feed: Element) -> list[str | None]:
    """The titles of its entries, from the top."""
    return [entry.findtext(f"{ATOM}title") for entry in feed.findall(f"{ATOM}entry")]


def private(person: User, club: str = "atelier") -> str:
    """The address of a person's feed of a club."""
    return f"/feeds/{feed_token(person)}/c/{club}/blog.atom"


async def test_the_open_feed_holds_the_public_posts_alone(village: Village) -> None:
    await write(village, "For all", audience="public", ago=5)
    await write(village, "For us")
    await write(village, "For the site", audience="site")
    await write(village, "In the making", audience="public", state="draft")
    later = await write(village, "Later", audience="public", state="scheduled")
    for person in (None, village.outsider, village.member):
        assert titles(parsed(await village.client(person).get(OPEN))) == ["For all"]
    await let_time_pass(later)
    assert titles(parsed(await village.client().get(OPEN))) == ["Later", "For all"]


async def test_without_public_posts_there_is_no_open_feed(village: Village) -> None:
    await write(village, "For us")
    for person in (None, village.outsider, village.member):
        assert (await village.client(person).get(OPEN)).status_code == 404


async def test_a_feed_is_valid_atom_with_absolute_addresses_and_lasting_ids(village: Village) -> None:
    body = "**Words** & <b>more</b> ]]> words [here](/c/atelier/)"
    post = await write(village, "Rock & <roll>", audience="public", summary="A & B", tags="Été", body=body)
    feed = parsed(await village.client().get(OPEN))
    root = feed.findtext(f"{ATOM}id") or ""
    assert root.startswith("tag:127.0.0.1,")
    assert feed.findtext(f"{ATOM}title") == "Atelier: blog"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": f"http://127.0.0.1:8000{OPEN}", "alternate": "http://127.0.0.1:8000/c/atelier/blog/"}
    entry = feed.find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}title") == "Rock & <roll>"
    assert entry.findtext(f"{ATOM}summary") == "A & B"
    assert entry.findtext(f"{ATOM}author/{ATOM}name") == "Max Member"
    link, category, content = (entry.find(ATOM + name) for name in ("link", "category", "content"))
    assert link is not None
    assert link.get("href") == "http://127.0.0.1:8000/c/atelier/blog/posts/rock-roll"
    assert category is not None
    assert (category.get("term"), category.get("label")) == ("ete", "Été")
    assert content is not None
    assert (content.get("type"), content.text) == ("html", (await Post.get()).body_html)
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "").tzinfo is not None
    first = entry.findtext(f"{ATOM}id")
    await Post.filter(id=post.id).update(title="Renamed", slug="renamed")
    again = parsed(await village.client().get(OPEN)).find(f"{ATOM}entry")
    assert again is not None
    assert again.findtext(f"{ATOM}id") == first


async def test_an_unchanged_feed_is_not_sent_again(village: Village) -> None:
    await write(village, "For all", audience="public")
    client = village.client()
    first = await client.get(OPEN)
    for headers in (
        {"if-none-match": first.headers["etag"]},
        {"if-none-match": f'W/{first.headers["etag"]}, "x"'},
        {"if-modified-since": first.headers["last-modified"]},
    ):
        answer = await client.get(OPEN, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
    await write(village, "More for all", audience="public")
    assert (await client.get(OPEN, headers={"if-none-match": first.headers["etag"]})).status_code == 200
    assert (await client.get(OPEN, headers={"if-modified-since": "nonsense"})).status_code == 200


async def test_a_member_reads_what_they_may_with_their_private_feed(village: Village) -> None:
    await write(village, "For us")
    await write(village, "Mine alone", state="draft")
    answer = await village.client().get(private(village.member))
    assert titles(parsed(answer)) == ["For us"]
    assert answer.headers["cache-control"] == "private, no-cache"
    assert titles(parsed(await village.client().get(private(village.guest)))) == ["For us"]


async def test_a_private_feed_is_absent_for_whoever_may_not_read(village: Village) -> None:
    await write(village, "For us")
    good = private(village.member)
    for path in (
        private(village.outsider),
        private(village.removed),
        private(village.member, "cave"),
        private(village.member, "nowhere"),
        good.replace("/feeds/", "/feeds/1"),
        f"/feeds/{village.member.id}-{'0' * 64}/c/atelier/blog.atom",
        "/feeds/x/c/atelier/blog.atom",
        f"/feeds/{'9' * 90}-/c/atelier/blog.atom",
    ):
        assert (path, (await village.client().get(path)).status_code) == (path, 404)


async def test_a_private_feed_ends_with_the_membership(village: Village) -> None:
    path = private(village.member)
    assert (await village.client().get(path)).status_code == 200
    await village.leave(village.member, village.club)
    assert (await village.client().get(path)).status_code == 404


async def test_a_private_feed_ends_when_it_is_revoked(village: Village) -> None:
    path = private(village.member)
    await revoke_feeds(village.member)
    assert (await village.client().get(path)).status_code == 404
    assert (await village.client().get(private(village.member))).status_code == 200


async def test_a_private_feed_ends_with_the_password_and_the_account(village: Village) -> None:
    path = private(village.member)
    await User.filter(id=village.member.id).update(stamp="another")
    assert (await village.client().get(path)).status_code == 404
    other = private(village.guest)
    await User.filter(id=village.guest.id).update(is_active=False)
    assert (await village.client().get(other)).status_code == 404


async def test_a_private_feed_rests_while_the_blog_is_off(village: Village) -> None:
    path = private(village.member)
    await village.switch("blog", "off")
    assert (await village.client().get(path)).status_code == 404
    await village.switch("blog", "read_only")
    assert (await village.client().get(path)).status_code == 200


async def test_a_private_feed_ends_with_the_club(village: Village) -> None:
    path = private(village.member)
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now().astimezone())
    assert (await village.client().get(path)).status_code == 404


async def test_members_find_the_address_of_their_feed_in_the_blog(village: Village) -> None:
    page = await village.client(village.member).get("/c/atelier/blog/subscribe")
    address = re.search(r"<code>([^<]*/feeds/[^<]*)</code>", page.text)
    assert address is not None
    assert unescape(address[1]) == f"http://127.0.0.1:8000{private(village.member)}"
    assert (await village.client(village.outsider).get("/c/atelier/blog/subscribe")).status_code == 404
    assert "/c/atelier/blog/subscribe" in (await village.client(village.member).get("/c/atelier/blog/")).text
