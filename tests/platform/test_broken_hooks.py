"""A stranger's plugin is broken on purpose in each hook that it implements: everything else goes on, and the fault is known."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cercle.testing import Databases, Village, opened_village, populate, village_settings
from core.models import Fault
from core.parts import Parts
from tests.platform.breaking import breakable_parts, hooks_of_the_example

HANG = 2.0  # seconds that a hook may take here; enough for a busy machine to compile a template
WAYS = ("raises", "hangs", "answers a number", "answers a list of numbers")
PATIENT = {"event_announced", "demo_seeded", "person_exported", "person_erased"}
"""Hooks that no page waits for; they may take a minute and more, so a test does not wait for the end of that."""
TOLD = {"event_announced", "demo_seeded", "person_erased"}
"""Hooks whose answer nobody looks at."""
PAGES = (
    *("/c/atelier/", "/c/place/", "/c/atelier/people", "/c/atelier/wiki/", "/c/atelier/blog/", "/c/atelier/palette"),
    *("/c/atelier/share", "/c/atelier/settings/plugins/poll", "/c/atelier/settings/plugins/wiki", "/search?q=which"),
    *("/c/atelier/poll/", "/c/atelier/poll/1", "/c/atelier/poll/new", "/api/v1/clubs/atelier/poll/polls"),
)
Act = Callable[[Village, httpx.AsyncClient], Awaitable[object]]


async def _see(path: str, village: Village, browser: httpx.AsyncClient) -> object:
    return await browser.get(path)


async def _ask(village: Village, browser: httpx.AsyncClient) -> None:
    await browser.post("/c/atelier/poll/new", data={"question": "Where?", "answers": "Here\nThere"})
    await village.settle()


async def _take_along(village: Village, browser: httpx.AsyncClient) -> None:
    await village.app.hooks.collect("person_exported", user=village.owner)


async def _make_demo(village: Village, browser: httpx.AsyncClient) -> None:
    told: dict[str, Any] = {"app": village.app, "club": village.club, "cast": {"owner": village.owner}}
    await village.app.hooks.notify("demo_seeded", plugins=frozenset({"poll"}), club_id=village.club.id, **told)


ACTS: dict[str, Act] = {
    "club_panels": lambda *given: _see("/c/atelier/", *given),
    "palette_commands": lambda *given: _see("/c/atelier/palette", *given),
    "share_targets": lambda *given: _see("/c/atelier/share", *given),
    "plugin_holdings": lambda *given: _see("/c/atelier/settings/plugins/poll", *given),
    "person_exported": _take_along,
    "event_announced": _ask,
    "demo_seeded": _make_demo,
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """Everything there is, and the plugin whose hooks can be broken."""
    with breakable_parts(tmp_path_factory.mktemp("stranger")) as found:
        yield found


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, postgres_address: Callable[[], str | None], parts: Parts
) -> Databases:
    """Databases with a village in which the plugin is on."""
    folder = tmp_path_factory.mktemp("broken")

    async def fill(url: str) -> None:
        await populate(village_settings(folder / "data", url), parts)

    return Databases(folder, fill, postgres_address)


@pytest.fixture
async def village(database_url: str, tmp_path: Path, parts: Parts) -> AsyncIterator[Village]:
    """A village with one poll."""
    settings = village_settings(tmp_path / "data", database_url, hook_timeout=HANG)
    async with opened_village(settings, parts) as opened:
        asked = {"question": "Which day?", "answers": "Monday\nFriday"}
        await opened.client(opened.owner).post("/c/atelier/poll/new", data=asked)
        await opened.settle()
        yield opened


@pytest.fixture
def broken(parts: Parts) -> Iterator[dict[str, str]]:
    """How each hook of the plugin misbehaves, by its name; empty at first and at last."""
    found: dict[str, str] = sys.modules["cercle_poll.hooks"].broken
    yield found
    found.clear()


def _cases() -> list[tuple[str, str]]:
    every = [(hook, way) for hook in hooks_of_the_example() for way in WAYS]
    unseen = [(hook, way) for hook in TOLD for way in WAYS if way.startswith("answers")]
    return [case for case in every if case not in unseen and case not in [(hook, "hangs") for hook in PATIENT]]


@pytest.mark.parametrize("hook, way", _cases())
async def test_a_broken_hook_takes_nothing_else_down(
    village: Village, broken: dict[str, str], hook: str, way: str
) -> None:
    browser = village.client(village.owner)
    broken[hook] = way
    await ACTS[hook](village, browser)
    assert await Fault.filter(plugin="poll", hook=hook).exists()
    assert {path: (await browser.get(path)).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert "Which day?" in (await browser.get("/c/atelier/poll/")).text
    voted = await browser.post("/c/atelier/poll/1/vote", data={"chosen": "0"})
    assert (voted.status_code, voted.headers["location"]) == (303, "/c/atelier/poll/1")


@pytest.mark.parametrize("way", WAYS)
async def test_all_is_well_again_once_it_is_mended(village: Village, broken: dict[str, str], way: str) -> None:
    browser = village.client(village.owner)
    panel = 'href="/c/atelier/poll/1"'
    broken["club_panels"] = way
    without = (await browser.get("/c/atelier/")).text
    broken.clear()
    mended = (await browser.get("/c/atelier/")).text
    assert (without.count(panel) + 1, without.count("Which day?") > 0) == (mended.count(panel), True)


async def test_every_hook_of_the_example_is_broken_here() -> None:
    assert [name for name in hooks_of_the_example() if name not in ACTS] == []
