"""Every address at which the parts that show what others publish could tell of it, and what a rightful reader finds there."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import httpx

from cercle.testing import Village
from core.accounts.models import User
from core.accounts.services import feed_token
from plugins.notifications.models import Entry
from tests.together.secret import LURE, Secret

PLUGINS = ("activity", "comments", "notifications", "presence", "search")


@dataclass(frozen=True, slots=True)
class Door:
    """An address.

    Args:
        route: the plugin and the name of the route; one of the API has `api ` before it.
        path: where, with `{names}` of what `addressed` knows.
        shows: the places whose words a rightful reader finds there.
        mark: further text that is there for a rightful reader alone; "" where words are all.
        hx: asked for by htmx, as a piece of a page.
        answers: holds no word, but a rightful reader alone gets an answer that is not empty.
    """

    route: str
    path: str
    shows: tuple[str, ...] = ()
    mark: str = ""
    hx: bool = False
    answers: bool = False

    def tells(self, answer: httpx.Response, secret: Secret) -> set[str]:
        """What of the secret an answer gives away."""
        typed = secret.seen_in(unquote_plus(str(answer.request.url)))  # a page may repeat what it was asked for
        shown = "\n".join((answer.headers.get("location", ""), answer.text))
        found = secret.seen_in(shown) - typed
        if self.mark and self.mark in shown:
            found.add("mark")
        if self.answers and answer.status_code == 200 and answer.text.strip():
            found.add("answer")
        return found

    @property
    def wanted(self) -> set[str]:
        """What it gives a rightful reader."""
        return {*self.shows, *(["mark"] if self.mark else []), *(["answer"] if self.answers else [])}


ITEM = "blog/post/{post}"
TITLES = ("post title", "page title", "file name")
SEARCHED = (*TITLES, "post text", "page text", "file text", "comment", "author")

DOORS = (
    Door("search:index", f"/search?q={LURE}", SEARCHED, "search-count"),
    Door("search:index", f"/search?q={LURE}&club={{club}}", SEARCHED, "search-count"),
    Door("search:index", f"/search?q={LURE}&author={{handle}}", TITLES),
    Door("search:index", f"/search?q={LURE}&plugin=blog&kind=post&tag={{post_tag}}", ("post title",)),
    Door("search:index", "/search?q={typo}", mark="search-meant"),
    Door("search:people", f"/search/people?q={LURE}", ("author",)),
    Door("search:quick", f"/search/quick?q={LURE}", ("post title",)),
    Door("search:quick", f"/search/quick?q={LURE}&club={{club}}", ("post title",)),
    Door("api search:search", f"search?q={LURE}", TITLES),
    Door("api search:search", f"search?q={LURE}&club={{club}}", TITLES),
    Door("api search:search", "search?q={post_text}", ("post title",), '"title"'),
    Door("api search:search", "search?q={post_tag}", ("post title",), '"title"'),
    Door("api search:search", "search?q={page_text}", ("page title",), '"title"'),
    Door("api search:search", "search?q={file_name}", (), '"title"'),
    Door("api search:search", "search?q={file_text}", ("file name",), '"title"'),
    Door("api search:search", "search?q={comment}", (), '"title"'),
    Door("api search:search", "search?q={author}", TITLES),
    Door("activity:happenings.index", "/c/{club}/activity/", (*TITLES, "author")),
    Door("activity:feeds.show", "/c/{club}/activity/subscribe", answers=True),
    Door("activity:items.show", f"/c/{{club}}/activity/items/{ITEM}", ("post title", "author")),
    Door("activity:mine.index", "/activity", (*TITLES, "author")),
    Door("activity:people.show", "/people/{handle}/activity", (*TITLES, "author")),
    Door("activity:feeds.signed", "/feeds/activity.atom", (*TITLES, "author")),
    Door("activity:feeds.private", "/feeds/{token}/activity.atom", (*TITLES, "author")),
    Door("activity:feeds.signed_club", "/feeds/c/{club}/activity.atom", (*TITLES, "author")),
    Door("activity:feeds.private_club", "/feeds/{token}/c/{club}/activity.atom", (*TITLES, "author")),
    Door("api activity:mine.index", "activity", (*TITLES, "author")),
    Door("api activity:happenings.index", "clubs/{club}/activity", (*TITLES, "author")),
    Door("notifications:inbox.index", "/notifications", ("post title",)),
    Door("notifications:inbox.index", "/notifications", hx=True, answers=True),
    Door("notifications:entries.show", "/notifications/{entry}", ("post title",)),
    Door("notifications:follows.index", "/notifications/follows", ("post title",)),
    Door("notifications:follows.place", f"/c/{{club}}/follow?plugin=blog&path=/c/{{club}}/{ITEM}", answers=True),
    Door("notifications:follows.new", f"/c/{{club}}/follow/{ITEM}", ("post title",)),
    Door("notifications:receivers.show", f"/c/{{club}}/receivers/{ITEM}", answers=True),
    Door("api notifications:notifications", "notifications", ("post title",)),
    Door("api notifications:follows", "follows", ("post title",)),
    Door("comments:items.index", "/c/{club}/comments/", ("comment", "post title", "author")),
    Door("comments:items.show", f"/c/{{club}}/comments/of/{ITEM}", ("comment", "author")),
    Door("comments:comments.new", f"/c/{{club}}/comments/of/{ITEM}/new", ("post title",)),
    Door("comments:news.show", f"/c/{{club}}/comments/of/{ITEM}/news?after=0", hx=True, answers=True),
    Door("comments:people.index", f"/c/{{club}}/comments/of/{ITEM}/people?q={LURE}", ("author",)),
    Door("comments:threads.show", "/c/{club}/comments/threads/{comment_id}", ("comment", "author")),
    Door("comments:comments.show", "/c/{club}/comments/{comment_id}", mark="/comments/threads/"),
    Door("api comments:comments.index", "clubs/{club}/comments/?plugin=blog&kind=post&item={post}", ("comment",)),
    Door("api comments:comments.show", "clubs/{club}/comments/{comment_id}", ("comment",)),
    Door("presence:items.show", f"/c/{{club}}/presence/items/{ITEM}", ("author",)),
    Door("presence:items.show", f"/c/{{club}}/presence/items/{ITEM}", ("author",), hx=True),
)

OF_THE_AUTHOR = (
    Door("comments:comments.edit", "/c/{club}/comments/{comment_id}/edit", ("comment",)),
    Door("comments:revisions.index", "/c/{club}/comments/{comment_id}/revisions", ("comment",)),
)
"""What whoever wrote it reads, and no other reader."""

NO_DOORS = {
    "search:saved.index": "shows somebody what they typed themselves",
    "api search:saved.index": "shows somebody what they typed themselves",
    "notifications:times.edit": "shows somebody their own choices and devices",
    "notifications:silence.edit": "asks whoever configures the club one question, and names nothing in it",
}
"""Routes without a door, and why they need none."""


async def addressed(secret: Secret, viewer: User | None, reader: User) -> dict[str, Any]:
    """What paths may name: of the secret, and of who looks; nobody has a feed, so the reader's address is tried.

    The entry is the reader's, whom the numbers of others do not lead anywhere.
    """
    words = {origin.replace(" ", "_"): word for origin, word in secret.words.items()}
    mine = Entry.filter(user=reader, club_id=secret.club.id, kind="notifications.published", subject__contains="New")
    entry = await mine.order_by("id").first()
    title = secret.words["post title"]
    return {
        **words,
        "typo": f"{title[:5]}{title[6]}{title[5]}{title[7:]}",
        "club": secret.club.slug,
        "handle": secret.author.handle,
        "post": secret.post.id,
        "comment_id": secret.comment.id if secret.comment else 0,
        "entry": entry.id if entry else 0,
        "token": feed_token(viewer) if viewer else "nobody",
    }


async def feed_reader(village: Village, viewer: User | None) -> httpx.AsyncClient:
    """A program that signs in with an app password; as nobody where there is no viewer."""
    if viewer is None:
        return village.client()
    asked = {"name": "Feeds", "kind": "app", "scopes": "read", "days": "90"}
    page = await village.client(viewer).post("/account/tokens", data=asked)
    found = re.search(r"<code>((?:[a-z2-9]{4}-){5}[a-z2-9]{4})</code>", page.text)
    assert found is not None
    given = base64.b64encode(f"{viewer.handle}:{found[1]}".encode()).decode()
    return village.client(authorization=f"Basic {given}")


async def told(secret: Secret, viewer: User | None, doors: tuple[Door, ...], reader: User) -> dict[Door, set[str]]:
    """What each door gives away to somebody; doors that keep silent are left out."""
    village, names = secret.village, await addressed(secret, viewer, reader)
    browser, script, feeds = village.client(viewer), village.api(viewer), await feed_reader(village, viewer)
    found = {}
    for door in doors:
        path = door.path.format(**names)
        if door.route.startswith("api "):
            answer = await script.get(path)
        elif ":feeds.signed" in door.route:
            answer = await feeds.get(path)
        else:
            answer = await browser.get(path, headers={"HX-Request": "true"} if door.hx else {})
        assert answer.status_code < 500, (path, answer.status_code)
        if told := door.tells(answer, secret):
            found[door] = told
    return found
