"""Migrations: applied once and in order, refused when the database comes from a newer version."""

from __future__ import annotations

from pathlib import Path

import pytest
from tortoise.connection import get_connection

from cercle.testing import Village, village_settings
from core import migrate
from core.app import Cercle
from core.db import execute, rows
from core.errors import SettingsError
from core.server import migrate_site


async def test_a_migrated_database_has_nothing_pending(village: Village) -> None:
    assert await migrate.pending(village.app.parts.apps) == []
    assert await migrate.is_empty() is False


async def test_migrating_again_changes_nothing(village: Village) -> None:
    before = await rows("SELECT app, name FROM tortoise_migrations ORDER BY id")
    assert await migrate.apply(village.app.parts.apps) == {}
    assert await rows("SELECT app, name FROM tortoise_migrations ORDER BY id") == before


async def test_a_database_of_a_newer_version_is_refused_with_both_versions(village: Village) -> None:
    await execute(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('core', '0999_from_the_future', '2030-01-01 00:00:00')"
    )
    await execute("""UPDATE core_setting SET "values" = '{"version": "9.9.9"}' WHERE part = 'core'""")
    with pytest.raises(SettingsError) as refused:
        async with Cercle(village.app.settings).running(jobs=False):
            pass
    assert "Cercle 9.9.9" in str(refused.value)
    assert f"this is Cercle {Cercle.version}" in str(refused.value)


async def test_a_foundation_that_is_not_up_to_date_stops_the_start(village: Village) -> None:
    await execute("DELETE FROM tortoise_migrations WHERE app = 'spaces'")
    with pytest.raises(SettingsError, match="Run: cercle migrate"):
        async with Cercle(village.app.settings).running(jobs=False):
            pass


async def test_a_plugin_that_is_not_up_to_date_does_not_stop_the_start(village: Village) -> None:
    await execute("DELETE FROM tortoise_migrations WHERE app = 'wiki'")
    app = Cercle(village.app.settings)
    async with app.running(jobs=False):
        assert [one.name for one in app.parts.all() if one.failure] == ["wiki"]
        assert app.parts.get("files") is not None


@pytest.mark.sqlite_only
async def test_an_interrupted_migration_can_be_run_again(village: Village, tmp_path: Path) -> None:
    settings = village_settings(tmp_path / "other", f"sqlite://{tmp_path}/half.db")
    first = Cercle(settings)
    async with first.running(jobs=False):
        await execute("DELETE FROM tortoise_migrations WHERE app = 'files'")
        for table in [app for app in first.parts.apps if app.label == "files"]:
            assert table.migrations is not None
        names = await rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'files_%'")
        await get_connection("default").execute_script("PRAGMA foreign_keys = OFF")
        for row in names:
            await execute(f'DROP TABLE "{row["name"]}"')
    second = Cercle(settings)
    async with second.running(jobs=False):
        assert next(one for one in second.parts.all() if one.name == "files").failure
    third = Cercle(settings)
    assert await migrate_site(third) == {}
