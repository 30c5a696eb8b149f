"""A plugin that is wrong is marked failed with its reason; the site starts, and the others run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cercle.testing import Village, opened_village, village_settings
from core.app import Cercle
from core.errors import PluginError
from core.models import Fault
from core.parts import Parts, load_parts
from spaces.models import ClubPlugin
from tests.core.packages import PERMISSIONS, Packages, installed

MODELS = """
from tortoise import fields
from tortoise.models import Model

class Thing(Model):
    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name="{name}_things")

    class Meta:
        table = "{table}"
"""
BAD_MIGRATION = """
from tortoise import migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = []
    initial = True
    operations = [ops.RunSQL("CREATE NONSENSE")]
"""
WRONG: dict[str, tuple[dict[str, str], str]] = {
    "absent": ({"init": "import a_module_that_is_not_there"}, "ModuleNotFoundError: No module named"),
    "broken": ({"views": "1 / 0"}, "ZeroDivisionError: division by zero"),
    "bare": ({"init": "name = 'bare'"}, "does not define `part = Part(…)`"),
    "future": ({"more": ', cercle=">=99"'}, "Needs Cercle >=99; this is"),
    "vague": ({"more": ', cercle="soon"'}, "Wrong version in the manifest"),
    "needy": ({"more": ', requires=("nowhere",)'}, "Needs nowhere, which is not installed"),
    "picky": ({"more": ', requires=("wiki>=7",)'}, "Needs wiki>=7, but 0.1.0 is installed"),
    "unclear": ({"more": ', requires=("wiki or so",)'}, "Wrong entry in requires"),
    "prefix": ({"models": MODELS.replace("{table}", "things")}, "Table 'things' must start with 'prefix_'"),
    "hooked": (
        {"hooks": "from cercle import hookimpl\n@hookimpl\ndef club_panel(club): ..."},
        "There is no hook 'club_panel'; did you mean 'club_panels'?",
    ),
    "wordy": (
        {"hooks": "from cercle import hookimpl\n@hookimpl\ndef club_panels(club, weather): ..."},
        "weather",
    ),
    "wrapper": (
        {"hooks": "from cercle import hookimpl\n@hookimpl(wrapper=True)\ndef club_panels(club):\n    yield"},
        "wrappers are not supported",
    ),
    "open_door": (
        {"routes": "from cercle import Route\nroutes = (Route('GET', '/', print, 'x'),)"},
        "Route GET / names no permission; give one, or public=True",
    ),
    "thief": (
        {"permissions": "from cercle import permission\nX = permission('wiki.view2', '', ())"},
        "Permission 'wiki.view2' must start with 'thief.'",
    ),
    "worker": (
        {"jobs": "from cercle import Job\njobs = (Job('other.run', print),)"},
        "Job 'other.run' must start with 'worker.'",
    ),
}


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "packages") as found:
        yield found


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_plugin_is_marked_failed_and_the_others_run(
    packages: Packages, database_url: str, tmp_path: Path, name: str
) -> None:
    files, reason = WRONG[name]
    packages.add(name, **files)
    packages.add_working("fine")
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        failed = {one.name: one.failure for one in village.app.parts.all() if not one.bundled and one.failure}
        assert failed.keys() == {name}
        assert reason in str(failed[name])
        await village.switch("fine", "on")
        owner = village.client(village.owner)
        assert (await owner.get("/c/atelier/fine/")).text == "here I am"
        assert (await owner.get(f"/c/atelier/{name}/")).status_code == 404


@pytest.mark.sqlite_only
async def test_the_operator_reads_why_a_plugin_failed(packages: Packages, database_url: str, tmp_path: Path) -> None:
    packages.add("future", ', cercle=">=99"')
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        page = await village.client(village.operator).get(village.app.urls.path("spaces:admin.plugins"))
        assert "Needs Cercle &gt;=99" in page.text


async def test_a_plugin_whose_migration_fails_leaves_the_others_their_tables(
    packages: Packages, tmp_path: Path
) -> None:
    packages.add("stuck", models=MODELS.replace("{table}", "stuck_thing"), migrations__0001_initial=BAD_MIGRATION)
    settings = village_settings(tmp_path / "data", f"sqlite://{tmp_path}/new.db")
    for _ in ("first start, on an empty database", "second start"):
        app = Cercle(settings)
        async with app.running(jobs=False):
            assert [one.name for one in app.parts.all() if one.failure] == ["stuck"]
            assert app.parts.plugin_names >= {"wiki", "files"}


@pytest.mark.sqlite_only
async def test_a_plugin_that_was_just_installed_waits_for_its_tables(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add("young", models=MODELS.replace("{table}", "young_thing"), migrations__0001_initial=BAD_MIGRATION)
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        young = next(one for one in village.app.parts.all() if one.name == "young")
        assert young.failure == "Its tables are not up to date. Run: cercle migrate"


async def test_a_plugin_that_fails_at_every_call_is_paused_and_the_page_stands(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add(
        "faulty",
        permissions=PERMISSIONS,
        hooks="from cercle import hookimpl\n@hookimpl\nasync def club_panels(club): raise RuntimeError('no')\n"
        "@hookimpl\ndef site_started(app): raise RuntimeError('no')",
    )
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await village.switch("faulty", "on")
        owner = village.client(village.owner)
        assert [(await owner.get("/c/atelier/")).status_code for _ in range(6)] == [200] * 6
        switch = await ClubPlugin.get(club_id=village.club.id, plugin="faulty")
        assert (switch.effective, switch.paused_because) == ("paused", "club_panels: no")
        assert await Fault.filter(plugin="faulty", hook="club_panels").count() == 5


@pytest.mark.sqlite_only
async def test_a_plugin_that_never_answers_is_left_behind(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add(
        "slow",
        permissions=PERMISSIONS,
        hooks="import asyncio\nfrom cercle import hookimpl\n@hookimpl\nasync def club_panels(club): await asyncio.Event().wait()",
    )
    settings = village_settings(tmp_path / "data", database_url, hook_timeout=0.05)
    async with opened_village(settings) as village:
        await village.switch("slow", "on")
        assert (await village.client(village.owner).get("/c/atelier/")).status_code == 200
        assert await Fault.filter(plugin="slow").count() == 1


def test_plugins_of_packages_stay_out_in_safe_mode(packages: Packages) -> None:
    packages.add_working("fine")
    assert load_parts().get("fine") is not None
    assert load_parts(third_party=False).get("fine") is None


def test_a_disabled_plugin_is_not_there() -> None:
    assert load_parts(disabled=["wiki"]).get("wiki") is None


def test_the_second_plugin_of_a_name_fails(packages: Packages) -> None:
    packages.add("other", init="from cercle import Part\npart = Part('wiki', 'W', '', '1')")
    second = [one for one in load_parts().all() if one.package == "cercle_other"]
    assert [one.failure for one in second] == ["The name 'wiki' is already taken by plugins.wiki"]


def test_a_plugin_cannot_take_a_name_of_cercle_itself(packages: Packages) -> None:
    packages.add("admin")
    taken = next(one for one in load_parts().all() if one.name == "admin")
    assert taken.failure == "The name 'admin' is taken by Cercle itself"


def test_a_plugin_comes_after_those_that_it_needs(packages: Packages) -> None:
    packages.add("aaa", ', requires=("zzz",)')
    packages.add("zzz")
    names = [one.name for one in load_parts()]
    assert names.index("zzz") < names.index("aaa")


def test_a_plugin_comes_after_those_that_it_names(packages: Packages) -> None:
    packages.add("aaa", ', after=("zzz", "nowhere")')
    packages.add("zzz", ', requires=("wiki>=0.1",)')
    names = [one.name for one in load_parts()]
    assert names.index("wiki") < names.index("zzz") < names.index("aaa")


def test_wishes_that_go_round_in_a_circle_give_way(packages: Packages) -> None:
    packages.add("hen", ', after=("egg",)')
    packages.add("egg", ', after=("hen",)')
    assert {"hen", "egg"} <= {one.name for one in load_parts()}


def test_needs_that_go_round_in_a_circle_fail(packages: Packages) -> None:
    packages.add("hen", ', requires=("egg",)')
    packages.add("egg", ', requires=("hen",)')
    found = {one.name: one.failure for one in load_parts().all()}
    assert (found["hen"], found["egg"]) == ("Needs egg, which needs it in turn", "Needs hen, which needs it in turn")


def test_who_needs_a_failed_plugin_does_not_run(packages: Packages) -> None:
    packages.add("weak", init="1 / 0")
    packages.add("needy", ', requires=("weak",)')
    found = {one.name: one.failure for one in load_parts().all()}
    assert found["needy"] == "Needs weak, which does not run"


def test_a_failed_part_is_listed_with_its_traceback() -> None:
    parts = load_parts(third_party=False)
    loaded = next(one for one in parts if one.name == "wiki")
    loaded.fail(PluginError("Reason", plugin="wiki"))
    assert (parts.get("wiki"), loaded.failure, "Reason" in loaded.detail) == (None, "Reason", True)
    assert loaded in parts.all()


def test_the_order_of_tabs_is_that_of_the_manifests() -> None:
    parts: Parts = load_parts(third_party=False)
    orders = [loaded.part.order for loaded in parts.plugins]
    assert orders == sorted(orders)


async def test_every_bundled_plugin_is_on_in_the_village(village: Village) -> None:
    switches = await ClubPlugin.filter(club_id=village.club.id)
    assert {switch.plugin: switch.effective for switch in switches} == dict.fromkeys(
        village.app.parts.plugin_names, "on"
    )


@pytest.mark.sqlite_only
async def test_a_page_that_fails_is_written_down_and_pauses_nothing(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    view = "from cercle import Route\nasync def show(request): 1 / 0\nroutes = (Route('GET', '/', show, 'show', 'frail.view'),)"
    packages.add_working("frail", routes=view)
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await village.switch("frail", "on")
        owner = village.client(village.owner)
        answers = [(await owner.get("/c/atelier/frail/")).status_code for _ in range(7)]
        assert answers == [500] * 7
        faults = await Fault.filter(plugin="frail")
        assert {(one.hook, one.club_id) for one in faults} == {("GET /c/{club}/frail/", village.club.id)}
        assert "ZeroDivisionError" in faults[0].traceback
        page = await village.client(village.operator).get("/admin/faults")
        assert "GET /c/{club}/frail/" in page.text
