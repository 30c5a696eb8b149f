"""Purging: what a plugin that is gone has left is listed, counted and erased, with its files; and nothing else."""

from __future__ import annotations

import httpx
import pytest

from cercle.testing import Village
from core.db import atomic, dialect, rows
from core.doctor import examine
from core.errors import Conflict, NotFound
from core.loading.installed import gone_parts, note_parts, tables_of
from core.models import AuditEntry, InstalledPart, Setting
from core.parts import Parts
from spaces.models import Club, ClubPlan, ClubPlugin, Content, Erasure
from spaces.services.erasing import ask_erasure
from spaces.services.purge import purge_plugin
from tests.spaces.full_club import HELD, fill, used
from tests.spaces.test_erasing import write


def uninstall(village: Village, name: str) -> None:
    """Let a plugin be gone, as after its package was removed and the site started again."""
    village.app.parts = Parts([part for part in village.app.parts.all() if part.name != name])


async def test_a_plugin_in_use_is_not_purged(village: Village) -> None:
    with pytest.raises(Conflict):
        await purge_plugin(village.app, "wiki", erase=True)
    assert await ClubPlugin.filter(plugin="wiki").exists()


async def test_a_plugin_that_is_installed_and_fails_is_not_purged(village: Village) -> None:
    next(one for one in village.app.parts.all() if one.name == "wiki").fail(RuntimeError("no"))
    with pytest.raises(Conflict):
        await purge_plugin(village.app, "wiki", erase=True)


async def test_nothing_is_purged_in_safe_mode_which_leaves_plugins_out(village: Village) -> None:
    uninstall(village, "wiki")
    village.app.settings = village.app.settings.model_copy(update={"safe": True})
    with pytest.raises(Conflict):
        await purge_plugin(village.app, "wiki", erase=True)


@pytest.mark.parametrize("name", ["poll", "wiki_", "x" * 200, "a'; --", "spaces", "core"])
async def test_of_an_unknown_plugin_nothing_is_left(village: Village, name: str) -> None:
    with pytest.raises((NotFound, Conflict)):
        await purge_plugin(village.app, name, erase=True)


async def test_what_is_left_is_counted_first_and_erased_on_demand(village: Village) -> None:
    await write(village, "Left behind")
    async with atomic():
        await Setting.create(scope="site", part="wiki", values={})
    uninstall(village, "wiki")

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


@pytest.mark.parametrize("plugin", ["wiki", "blog", "files"])
async def test_the_files_of_its_rows_are_released_and_the_space_given_back(village: Village, plugin: str) -> None:
    await fill(village, village.club)
    await fill(village, village.public, bytes_of="other")
    await ClubPlan.create(key=f"#{village.club.id}", quota=10**9)
    held = await _held_by(plugin)
    uninstall(village, plugin)

    counted = await purge_plugin(village.app, plugin, erase=True)

    assert counted["files"] == sum(held.values())
    left = await _held_by(*{"wiki", "blog", "files"} - {plugin})
    references = await rows('SELECT hash, "references" AS n, unused_at FROM core_blob')
    assert {row["hash"]: row["n"] for row in references if row["n"]} == left
    assert all((row["unused_at"] is not None) == (row["n"] == 0) for row in references)
    for club in (village.club, village.public):
        tables = [table for table, _, size in HELD if size and not table.startswith(f"{plugin}_")]
        sums = [await rows(f"SELECT sum(size) AS n FROM {table} WHERE club_id = {club.id}") for table in tables]
        assert (await Club.get(id=club.id)).storage_used == sum(int(found[0]["n"] or 0) for found in sums)
    assert (await ClubPlan.all().count(), await InstalledPart.filter(name=plugin).count()) == (1, 0)


async def _held_by(*plugins: str) -> dict[str, int]:
    held: dict[str, int] = {}
    for table, column, _ in HELD:
        if table.partition("_")[0] in plugins:
            sql = f"""SELECT {column} AS hash, count(*) AS n FROM {table} WHERE {column} <> '' GROUP BY {column}"""
            for row in await rows(sql):
                held[row["hash"]] = held.get(row["hash"], 0) + int(row["n"])
    return held


async def test_a_purge_that_fails_half_way_has_done_nothing_and_can_be_done_again(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(village, village.club)
    uninstall(village, "wiki")
    before = await used(village.club), await purge_plugin(village.app, "wiki", erase=False)
    with monkeypatch.context() as broken:
        broken.setattr("spaces.services.purge.audit.record", None)  # the last step
        with pytest.raises(TypeError):
            await purge_plugin(village.app, "wiki", erase=True)
    assert (await used(village.club), await purge_plugin(village.app, "wiki", erase=False)) == before
    await purge_plugin(village.app, "wiki", erase=True)
    assert await tables_of("wiki", ()) == []


async def test_a_plugin_whose_name_begins_like_anothers_keeps_its_tables(village: Village) -> None:
    async with atomic():
        await rows(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('wik', '0001', CURRENT_TIMESTAMP) RETURNING id"
        )
        await rows(
            "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('wiki_page', '0001', CURRENT_TIMESTAMP) RETURNING id"
        )
    assert await tables_of("wik", {"wiki"}) == []
    assert "wiki_page" in await tables_of("wiki", {"wiki_page", "wik", "blog"})
    assert [name for name in await tables_of("wiki", {"wiki_page"}) if name.startswith("wiki_page_")] == []


async def test_what_waits_to_be_erased_ends_with_the_purge(village: Village) -> None:
    await village.switch("wiki", "off")
    await ask_erasure(village.club, "wiki", name="Atelier", without_export=True, actor=village.owner)
    uninstall(village, "wiki")
    await village.app.jobs.run("spaces.erase_plugins")
    assert (await Erasure.get()).done_at is None
    await purge_plugin(village.app, "wiki", erase=True)
    assert (await Erasure.get()).done_at is not None
    assert "asked for it" not in (await village.client(village.owner).get("/c/atelier/")).text


async def test_every_plugin_that_runs_is_noted_with_what_its_rows_hold(village: Village) -> None:
    noted = {row.name: row for row in await InstalledPart.all()}
    assert noted.keys() == {one.name for one in village.app.parts if not one.is_foundation}
    assert noted["files"].blobs == [["files_version", "hash", "size"], ["files_version", "thumbnail_hash", ""]]
    assert (noted["wiki"].title, noted["wiki"].package) == ("Wiki", "plugins.wiki")


async def test_it_is_noted_again_when_something_has_changed_and_not_otherwise(village: Village) -> None:
    with village.queries() as seen:
        await note_parts(village.app)
    assert seen.count == 1
    await InstalledPart.filter(name="wiki").update(version="0.0.1", blobs=[])
    await note_parts(village.app)
    row = await InstalledPart.get(name="wiki")
    assert (row.version != "0.0.1", row.blobs) == (True, [["wiki_attachment", "hash", "size"]])


async def test_what_a_gone_plugin_left_is_listed_for_the_operator(village: Village) -> None:
    await write(village, "Left behind")
    assert await gone_parts(village.app) == []
    assert "Left behind" not in (await village.client(village.operator).get("/admin/plugins")).text
    uninstall(village, "wiki")
    [gone] = await gone_parts(village.app)
    assert (gone.name, gone.title, gone.tables["wiki_page"], gone.is_disabled) == ("wiki", "Wiki", 1, False)
    page = (await village.client(village.operator).get("/admin/plugins")).text
    assert ("Left behind" in page, "cercle plugin purge wiki" in page) == (True, True)
    warned = [one.text for one in await examine(village.app) if one.level == "warn" and one.subject == "plugin wiki"]
    assert len(warned) == 1
    assert "cercle plugin purge wiki" in warned[0]


async def test_nothing_of_a_gone_plugin_is_in_any_list(village: Village) -> None:
    await write(village, "Xylophone")
    page = village.client(village.owner)
    lists = ("/", "/c/atelier/", "/search?q=xylophone", "/palette?q=xylophone", "/search/quick?q=xylophone")
    before = [path for path in lists if "Xylophone" in _shown(await page.get(path))]
    assert {"/", "/c/atelier/", "/search?q=xylophone"} <= set(before)
    uninstall(village, "wiki")
    assert [path for path in lists if "Xylophone" in _shown(await page.get(path))] == []
    found = await village.api(village.owner).get("search", params={"q": "xylophone"})
    assert (found.status_code, "Xylophone" in found.text) == (200, False)


def _shown(answer: httpx.Response) -> str:
    return answer.text


async def test_the_index_of_the_search_goes_whole(village: Village) -> None:
    uninstall(village, "search")
    await purge_plugin(village.app, "search", erase=True)
    names = {"sqlite": "SELECT name FROM sqlite_master", "postgres": "SELECT relname AS name FROM pg_class"}
    left = [row["name"] for row in await rows(names[dialect().name])]
    assert [name for name in left if name.startswith("search_")] == []
