"""A word that one may not see is behind no door of the parts that show what others publish."""

from __future__ import annotations

from typing import Any

import pytest

from cercle import Club
from cercle.testing import Village
from core.accounts.services import feed_token
from plugins.wiki.models import Page
from tests.comments.talking import page_of, say

CANARY = "quagmarine"
STEM = "quagmarin"


def doors(club: Club, page: Page) -> list[str]:
    """Everywhere that search, activity, comments, notifications and presence could show a page of a club."""
    place, item = f"/c/{club.slug}", f"wiki/page/{page.id}"
    return [
        *(
            "/search?q=workbench",
            f"/search?q=workbench&club={club.slug}",
            "/search/quick?q=workben",
            "/search?q=workbenhc",
        ),
        *("/api/v1/search?q=workbench", "/activity", "/notifications", "/notifications/follows"),
        *(f"{place}/activity/", f"{place}/activity/items/{item}", f"{place}/activity/subscribe"),
        *(f"{place}/comments/", f"{place}/comments/of/{item}", f"{place}/comments/of/{item}/news"),
        *(f"{place}/comments/of/{item}/people?q=o", f"{place}/follow/{item}", f"{place}/receivers/{item}"),
    ]


async def leaks(village: Village, person: Any, paths: list[str]) -> list[str]:
    """The doors behind which the word stands."""
    browser = village.client(person)
    answers = {path: await browser.get(path) for path in paths}
    return [path for path, answer in answers.items() if STEM in answer.text.casefold()]


async def plant(village: Village, club: Club) -> Page:
    """A page whose title has the word, with a comment that has it too; told to everybody who may know."""
    page = await page_of(village, f"The {CANARY} workbench", club=club, author=village.owner)
    await say(village, page, f"My {CANARY} workbench", author=village.owner, club=club)
    await village.settle()
    return page


async def test_nothing_of_a_hidden_club(village: Village) -> None:
    page = await plant(village, village.hidden)
    paths = doors(village.hidden, page)
    assert len(await leaks(village, village.owner, paths)) > 5, (
        "its owner finds the word, so the doors are the right ones"
    )
    for person in (village.member, village.outsider, village.removed, None):
        assert await leaks(village, person, paths) == []


@pytest.mark.parametrize("way", ["left", "trashed"])
async def test_nothing_is_left_for_who_could_see_it_before(village: Village, way: str) -> None:
    page = await plant(village, village.club)
    paths = [*doors(village.club, page), f"/feeds/{feed_token(village.member)}/activity.atom"]
    assert len(await leaks(village, village.member, paths)) > 5
    if way == "left":
        await village.leave(village.member, village.club)
    else:
        answer = await village.client(village.owner).post(f"/c/atelier/wiki/pages/{page.slug}/trash")
        assert answer.status_code in (200, 303)
    await village.settle()
    assert await leaks(village, village.member, paths) == []
