"""A plugin that never gives way: interrupted, counted as a fault, and everybody else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cercle.testing import opened_village, village_settings
from core.models import Fault
from tests.core.packages import Packages, installed

pytestmark = pytest.mark.sqlite_only

HOOK = """
import time
from cercle import hookimpl

@hookimpl
{mark}def club_panels(club, viewer):
    {stuck}
"""
VIEW = """
import time
from cercle import Route

async def show(request):
    {stuck}

routes = (Route("GET", "/", show, "show", permission="{name}.view"),)
"""
STUCK = {"an endless loop": "while True: pass", "a sleep": "time.sleep(60)"}


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "packages") as packages:
        yield packages


@pytest.mark.parametrize("stuck", STUCK.values(), ids=STUCK)
@pytest.mark.parametrize("mark", ["", "async "], ids=["def", "async def"])
async def test_a_hook_that_never_gives_way_is_interrupted(
    packages: Packages, database_url: str, tmp_path: Path, mark: str, stuck: str
) -> None:
    packages.add_working("stuck", hooks=HOOK.format(mark=mark, stuck=stuck))
    settings = village_settings(tmp_path / "data", database_url).model_copy(update={"hook_timeout": 0.4})
    async with opened_village(settings) as village:
        await village.switch("stuck", "on")
        assert (await village.client(village.owner).get("/c/atelier/")).status_code == 200
        fault = await Fault.get(plugin="stuck")
        assert (fault.hook, fault.club_id) == ("club_panels", village.club.id)
        assert "Kept every request waiting" in fault.traceback


async def test_a_page_that_never_gives_way_is_interrupted(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add_working("stuck", routes=VIEW.replace("{stuck}", STUCK["an endless loop"]))
    settings = village_settings(tmp_path / "data", database_url).model_copy(update={"hook_timeout": 0.4})
    async with opened_village(settings) as village:
        await village.switch("stuck", "on")
        owner = village.client(village.owner)
        answer = await owner.get("/c/atelier/stuck/")
        assert (answer.status_code, "The mistake is ours" in answer.text) == (500, True)
        fault = await Fault.get(plugin="stuck")
        assert (fault.hook, fault.club_id) == ("GET /c/{club}/stuck/", village.club.id)
        assert (await owner.get("/c/atelier/")).status_code == 200
