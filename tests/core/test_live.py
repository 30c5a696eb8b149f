"""Live pages over a real server: who hears what, for how long, and what becomes of a stream that is open."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from cercle.testing import Village, opened_village, village_settings
from core.accounts.models import User
from core.accounts.sessions import cookie_name
from core.live import MOST_STREAMS
from plugins.blog.models import Post
from tests.blog.writing import write
from tests.services.processes import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite_only]

ROOT = Path(__file__).parents[2]
SOON = 20.0
"""Seconds after which something that should have come will not come any more."""


@dataclass(slots=True)
class Site:
    """A server of its own over the village's database.

    Args:
        village: the same site, in the process of the tests.
        address: of the server.
        process: that serves.
    """

    village: Village
    address: str
    process: asyncio.subprocess.Process

    def browser(self, person: User | None) -> httpx.AsyncClient:
        """Somebody who uses the server."""
        return httpx.AsyncClient(base_url=self.address, cookies=self._cookies(person), timeout=SOON, trust_env=False)

    def _cookies(self, person: User | None) -> dict[str, str]:
        return {cookie_name(self.village.app.settings): SECRETS[person.id]} if person is not None else {}


@dataclass(slots=True)
class Stream:
    """A page that listens."""

    status: int
    events: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)

    async def next(self) -> tuple[str, Any]:
        """The next event, its name and what it says; `("end", None)` when the stream is over."""
        return await asyncio.wait_for(self.events.get(), SOON)


SECRETS: dict[int, str] = {}


@asynccontextmanager
async def serving(folder: Path, database_url: str, redis_url: str | None = None) -> AsyncIterator[Site]:
    """A village, and a server over the same database."""
    settings = village_settings(folder, database_url, redis_url=redis_url)
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    env |= {"CERCLE_DATA_DIR": str(folder), "CERCLE_DATABASE_URL": database_url, "CERCLE_SECRET_KEY": "k" * 48}
    env |= {"CERCLE_BASE_URL": settings.base_url, "CERCLE_REDIS_URL": redis_url or ""}
    env = {name: value for name, value in env.items() if value}
    async with opened_village(settings) as village:
        await sign_in(village)
        command = (sys.executable, "-P", "-m", "cercle", "serve", "--port", str(port))
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env)
        try:
            address = f"http://127.0.0.1:{port}"
            await answering(address, process)
            yield Site(village, address, process)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def sign_in(village: Village) -> None:
    """Login sessions for everybody, which both processes find in the database."""
    for person in village.people.values():
        client = village.client(person)
        assert (await client.get("/healthz")).status_code == 200
        SECRETS[person.id] = client.cookies[cookie_name(village.app.settings)]


async def answering(address: str, process: asyncio.subprocess.Process) -> None:
    """Return once the server answers."""
    async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
        for _ in range(600):
            assert process.returncode is None, "the server ended"
            try:
                await client.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
    raise AssertionError("the server did not answer within a minute")


@asynccontextmanager
async def listening(client: httpx.AsyncClient, *topics: str) -> AsyncIterator[Stream]:
    """A page of somebody that listens to these topics."""
    async with client.stream("GET", "/live", params=[("on", topic) for topic in topics]) as answer:
        stream = Stream(answer.status_code)
        reading = asyncio.create_task(read(answer, stream))
        try:
            if answer.status_code == 200:
                assert (await stream.next())[0] == "open"
            yield stream
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def read(answer: httpx.Response, stream: Stream) -> None:
    """Events (HTML Standard, 9.2.6), without comments."""
    name = ""
    try:
        async for line in answer.aiter_lines():
            word, _, rest = line.partition(": ")
            if word == "event":
                name = rest
            elif word.rstrip(":") == "data" and name:
                stream.events.put_nowait((name, json.loads(rest) if rest else None))
                name = ""
    except httpx.TransportError:
        pass
    stream.events.put_nowait(("end", None))


@pytest.fixture
async def site(database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """One server, without Redis."""
    async with serving(tmp_path / "data", database_url) as one:
        yield one


@pytest.fixture
async def shared(database_url: str, tmp_path: Path, redis_url: str) -> AsyncIterator[Site]:
    """One server, and the village as a second process; both on one Redis."""
    async with serving(tmp_path / "data", database_url, redis_url) as one:
        yield one


@pytest.fixture
async def post(site: Site) -> Post:
    """An item that members of the atelier read."""
    return await write(site.village, "News")


async def tell(site: Site, post: Post, person: User, doing: str = "reading", *, club: str = "atelier") -> None:
    """Let the server tell something about the item: that somebody is there."""
    async with site.browser(person) as client:
        path = f"/c/{club}/presence/items/blog/post/{post.id}"
        assert (await client.post(path, data={"doing": doing})).status_code == 200


async def test_a_page_hears_that_there_is_something_new_and_not_what(site: Site, post: Post) -> None:
    topic = f"item:blog/post/{post.id}"
    async with site.browser(site.village.member) as client, listening(client, topic) as stream:
        await tell(site, post, site.village.owner)
        assert await stream.next() == ("news", {"on": [topic], "what": "presence"})


async def test_topics_are_for_those_who_may_see_what_they_are_about(site: Site, post: Post) -> None:
    people, topic = site.village, f"item:blog/post/{post.id}"
    asked: list[tuple[User, list[str]]] = [
        (people.outsider, [topic]),
        (people.member, []),
        (people.member, ["item:blog/post/999", "nothing:1", "item:blog", "me:7"]),
        (people.operator, [topic]),
    ]
    for person, topics in asked:
        async with site.browser(person) as client:
            answer = await client.get("/live", params=[("on", one) for one in topics])
            assert (person.handle, topics, answer.status_code) == (person.handle, topics, 204)
    async with site.browser(None) as client:
        assert (await client.get("/live", params={"on": topic})).status_code in (303, 401)
    shown = await write(people, "For everybody", club=people.public, audience="public")
    marker = f"item:blog/post/{shown.id}"
    async with site.browser(people.outsider) as client, listening(client, topic, "me:", marker) as stream:
        await tell(site, post, people.owner)
        await tell(site, post, people.member)
        await tell(site, shown, people.owner, club="place")
        assert await stream.next() == ("news", {"on": [marker], "what": "presence"})


async def test_after_a_removal_nothing_comes_any_more(site: Site, post: Post) -> None:
    people, topic = site.village, f"item:blog/post/{post.id}"
    async with site.browser(people.member) as client, listening(client, topic) as stream:
        await people.leave(people.member, people.club)
        begun = time.monotonic()
        await tell(site, post, people.owner)
        assert (await stream.next())[0] == "end"
        assert time.monotonic() - begun < 5
        assert (await client.get("/live", params={"on": topic})).status_code == 204


async def test_somebody_has_so_many_pages_and_no_more(site: Site, post: Post) -> None:
    topic = {"on": f"item:blog/post/{post.id}"}
    async with site.browser(site.village.member) as client, AsyncExitStack() as pages:
        for _ in range(MOST_STREAMS):
            stream = await pages.enter_async_context(listening(client, topic["on"]))
            assert stream.status == 200
        assert (await client.get("/live", params=topic)).status_code == 429
        async with site.browser(site.village.owner) as other, listening(other, topic["on"]) as stream:
            assert stream.status == 200
    async with site.browser(site.village.member) as client, listening(client, topic["on"]) as stream:
        assert stream.status == 200


async def test_a_server_that_is_stopped_does_not_wait_for_streams(site: Site, post: Post) -> None:
    async with site.browser(site.village.member) as client, listening(client, f"item:blog/post/{post.id}") as stream:
        begun = time.monotonic()
        site.process.send_signal(signal.SIGTERM)
        assert (await stream.next())[0] == "end"
        await asyncio.wait_for(site.process.wait(), SOON)
        assert time.monotonic() - begun < 2


async def test_a_page_hears_of_what_another_process_did(shared: Site) -> None:
    post = await write(shared.village, "News")
    topic = f"item:blog/post/{post.id}"
    async with shared.browser(shared.village.member) as client, listening(client, topic) as stream:
        await shared.village.app.live.tell(topic, "comments")
        assert await stream.next() == ("news", {"on": [topic], "what": "comments"})
        await shared.village.leave(shared.village.member, shared.village.club)
        await shared.village.app.live.tell(topic, "comments")
        assert (await stream.next())[0] == "end"


async def test_after_a_gap_a_page_learns_that_everything_may_be_new(shared: Site, redis_url: str) -> None:
    post = await write(shared.village, secrets.token_hex(4))
    topics = [f"item:blog/post/{post.id}", "me:"]
    async with shared.browser(shared.village.member) as client, listening(client, *topics) as stream:
        with Redis.from_url(redis_url) as server:
            server.client_kill_filter(_type="pubsub")
        name, said = await stream.next()
        assert (name, sorted(said["on"]), said.get("what")) == ("news", sorted(topics), None)


async def test_presence_is_one_for_both_processes(shared: Site) -> None:
    people, post = shared.village, await write(shared.village, "News")
    path = f"/c/atelier/presence/items/blog/post/{post.id}"
    await tell(shared, post, people.owner, "editing")
    here = await people.client(people.member).post(path, data={"doing": "reading"})
    assert here.text == "Oscar Owner is editing this."
    async with shared.browser(people.moderator) as client:
        there = await client.post(path, data={"doing": "reading"})
    assert there.text == "Oscar Owner is editing this. Max Member is here."
