"""Purging: what a plugin that is gone has left is erased, and nothing else."""

import pytest

from cercle.testing import Village
from core.db import atomic, rows
from core.errors import Conflict, NotFound
from core.models import AuditEntry, Setting
from core.parts import Parts
from spaces.models import ClubPlugin, Content
from spaces.services.purge import purge_plugin


async def test_a_plugin_in_use_is_not_purged(village: Village) -> None:
    with pytest.raises(Conflict):
        await purge_plugin(village.app, "wiki", erase=True)
    assert await ClubPlugin.filter(plugin="wiki").exists()


@pytest.mark.parametrize("name", ["poll", "wiki_", "x" * 200, "a'; --"])
async def test_of_an_unknown_plugin_nothing_is_left(village: Village, name: str) -> None:
    with pytest.raises(NotFound):
        await purge_plugin(village.app, name, erase=True)


async def test_what_is_left_is_counted_first_and_erased_on_demand(village: Village) -> None:
    page = {"title": "Left behind", "body": "Words"}
    assert (await village.api(village.member).post("clubs/atelier/wiki/pages", json=page)).status_code == 201
    async with atomic():
        await Setting.create(scope="site", part="wiki", values={})
    village.app.parts = Parts([part for part in village.app.parts.all() if part.name != "wiki"])

    counted = await purge_plugin(village.app, "wiki", erase=False)
    assert (counted["wiki_page"], counted["spaces_content"], counted["core_setting"]) == (1, 1, 1)
    assert await Content.filter(plugin="wiki").count() == 1

    await purge_plugin(village.app, "wiki", erase=True)
    assert await Content.filter(plugin="wiki").count() == 0
    assert await ClubPlugin.filter(plugin="wiki").count() == 0
    assert await ClubPlugin.filter(plugin="blog").exists()
    assert (await rows("SELECT count(*) AS n FROM tortoise_migrations WHERE app = 'wiki'"))[0]["n"] == 0
    assert await AuditEntry.filter(action="spaces.plugin_purged", subject="wiki").count() == 1
    with pytest.raises(NotFound):
        await purge_plugin(village.app, "wiki", erase=True)
