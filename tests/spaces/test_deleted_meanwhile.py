"""What somebody writes at the moment in which the club is deleted: it is there when the club comes back, or they read why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from cercle.testing import Village
from spaces.models import Club, Content
from spaces.services import delete_club
from spaces.services.deletion import bring_back

pytestmark = pytest.mark.anyio

DELETED = "This club has been deleted."
ROUNDS = 4
Act = Callable[[Village, str], Awaitable[httpx.Response]]


async def _page(village: Village, title: str) -> httpx.Response:
    return await village.client(village.member).post("/c/atelier/wiki/pages", data={"title": title, "body": "Words."})


async def _page_by_script(village: Village, title: str) -> httpx.Response:
    return await village.api(village.member).post("clubs/atelier/wiki/pages", json={"title": title, "body": "Words."})


async def _post(village: Village, title: str) -> httpx.Response:
    return await village.client(village.member).post("/c/atelier/blog/posts", data={"title": title, "body": "Words."})


async def _post_by_script(village: Village, title: str) -> httpx.Response:
    sent = {"title": title, "body": "Words.", "state": "draft"}
    return await village.api(village.member).post("clubs/atelier/blog/posts", json=sent)


async def _file(village: Village, title: str) -> httpx.Response:
    files = {"file": (title, b"some bytes", "text/plain")}
    return await village.client(village.member).post("/c/atelier/files/uploads", data={"folder": "0"}, files=files)


async def _file_by_script(village: Village, title: str) -> httpx.Response:
    return await village.api(village.member).put(f"clubs/atelier/files/content/{title}", content=b"some bytes")


@pytest.mark.parametrize("write", [_page, _page_by_script, _post, _post_by_script, _file, _file_by_script])
async def test_what_is_written_while_the_club_is_deleted_is_there_when_it_comes_back_or_was_refused(
    village: Village, write: Act
) -> None:
    for number in range(ROUNDS):
        title, club = f"Raced{number}", await Club.get(id=village.club.id)
        acts: list[Awaitable[Any]] = [write(village, title), delete_club(club, actor=village.owner)]
        if number % 2:
            acts.reverse()

        [answer] = [one for one in await asyncio.gather(*acts) if isinstance(one, httpx.Response)]
        gone = (await village.client(village.member).get("/c/atelier/")).status_code
        await bring_back(village.club.id, actor=await village.viewer(village.owner))

        kept = await Content.filter(club_id=village.club.id, title=title).count()
        assert (gone, answer.status_code, kept) in [(404, *end) for end in ((200, 1), (201, 1), (303, 1), (404, 0))]
        assert (DELETED in answer.text) == (kept == 0)
        assert (await village.client(village.member).get("/c/atelier/")).status_code == 200


async def test_to_everybody_else_a_deleted_club_does_not_exist(village: Village) -> None:
    await delete_club(village.club, actor=village.owner)
    for person in (village.outsider, village.removed, village.operator, None):
        there, absent = [await village.client(person).get(f"/c/{slug}/wiki/") for slug in ("atelier", "zqxjkvb")]
        assert (there.status_code, DELETED in there.text) == (absent.status_code, False)
    page = await village.client(village.member).get("/c/atelier/wiki/")
    assert (page.status_code, DELETED in page.text, village.member.name in page.text) == (404, True, True)
