"""A site with thirty plugins: a page asks the database as often as with the few that come with Cercle."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.many import write_plugins
from cercle.testing import Databases, Village, opened_village, populate, village_settings
from core.parts import Parts, load_parts
from tests.imports import on_the_import_path

MANY = 26
PAGES = ("/c/atelier/", "/c/atelier/wiki/", "/c/atelier/palette", "/c/atelier/share", "/c/atelier/people/member", "/")


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The plugins that come with Cercle, and as many of others as make thirty."""
    folder = tmp_path_factory.mktemp("many")
    names = write_plugins(folder, MANY)
    with on_the_import_path(folder, {f"cercle_{name}" for name in names}):
        yield load_parts()


@pytest.fixture(scope="module")
def databases(
    tmp_path_factory: pytest.TempPathFactory, postgres_address: Callable[[], str | None], parts: Parts
) -> Databases:
    """Databases with a village in which all of them are on."""
    folder = tmp_path_factory.mktemp("databases_of_many")

    async def fill(url: str) -> None:
        await populate(village_settings(folder / "data", url), parts)

    return Databases(folder, fill, postgres_address)


@pytest.fixture
async def village(database_url: str, tmp_path: Path, parts: Parts) -> AsyncIterator[Village]:
    """A village whose clubs have thirty plugins on, each with something in it."""
    async with opened_village(village_settings(tmp_path / "data", database_url), parts) as opened:
        for name in [one.name for one in parts.plugins if not one.bundled]:
            told: dict[str, Any] = {"app": opened.app, "club": opened.club, "cast": {}}
            assert await opened.app.hooks.notify("demo_seeded", plugins={name}, club_id=opened.club.id, **told) == []
        yield opened


async def test_pages_ask_no_more_questions_with_thirty_plugins_than_with_a_few(village: Village) -> None:
    member = village.client(village.member)
    many = {path: await _questions(village, member, path) for path in PAGES}
    for loaded in village.app.parts.plugins:
        if not loaded.bundled:
            await village.switch(loaded.name, "off")
    assert {path: await _questions(village, member, path) for path in PAGES} == many


async def test_all_thirty_are_there(village: Village) -> None:
    home = (await village.client(village.member).get("/c/atelier/")).text
    assert [number for number in range(MANY) if f"Thing {number}<" not in home] == []
    assert [number for number in range(MANY) if f'href="/c/atelier/many{number:02}/"' not in home] == []


async def _questions(village: Village, member: httpx.AsyncClient, path: str) -> int:
    assert (await member.get(path)).status_code == 200
    with village.queries() as seen:
        await member.get(path)
    return seen.count
