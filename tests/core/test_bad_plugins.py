"""Every kind of bad plugin: the site starts, the others work, and the reason with its mend is where an operator looks."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cercle.testing import Village, opened_village, village_settings
from core.app import Cercle
from core.doctor import examine
from core.models import Fault
from spaces.models import ClubPlugin
from spaces.switches import switch_plugins
from tests.core.packages import PERMISSIONS, Packages, installed

pytestmark = pytest.mark.sqlite_only

HOOK = "import asyncio\nimport time\nfrom cercle import Link, Panel, hookimpl\n\n\n@hookimpl\n"
MODEL = """
from tortoise import fields
from tortoise.models import Model

class Thing(Model):
    id = fields.IntField(primary_key=True)
    club = fields.ForeignKeyField("spaces.Club", related_name={related})

    class Meta:
        table = "{table}"
"""
MIGRATION = """
from tortoise import migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = []
    initial = True
    operations = [ops.RunSQL("CREATE NONSENSE")]
"""
ROUTES = "from cercle import Route\nasync def show(request): ...\n"
SHOW = "Route('GET', '{path}', show, 'show', 'bad.view')"
READS = "from cercle import permission\nVIEW = permission('bad.view', 'Look', ('owner', 'member'), writes=False)\n"


@dataclass(frozen=True)
class Bad:
    """A plugin named `bad` that is wrong in one way.

    Args:
        reason: words of what must be said about it, each of them.
        files: its modules.
        more: further arguments of its manifest.
    """

    reason: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)
    more: str = ""


AT_THE_START = {
    "raises at import": Bad(("ZeroDivisionError", "views.py, line 2", "makers"), {"views": "\n1 / 0"}),
    "raises in its manifest": Bad(("ValueError: no", "__init__.py, line 1"), {"init": "raise ValueError('no')"}),
    "leaves at import": Bad(("SystemExit: 3",), {"views": "raise SystemExit(3)"}),
    "presses Ctrl-C at import": Bad(("KeyboardInterrupt",), {"views": "raise KeyboardInterrupt"}),
    "raises the worst": Bad(("BaseException: all",), {"views": "raise BaseException('all')"}),
    "raises what cannot be told": Bad(
        ("Mute",),
        {"views": "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute"},
    ),
    "recurses at import": Bad(("RecursionError", "views.py"), {"views": "def f(): f()\nf()"}),
    "has a syntax error": Bad(("SyntaxError", "views.py, line 3"), {"views": "\n\ndef (:"}),
    "is written for another Python": Bad(("SyntaxError", "forms.py"), {"forms": "print 'hello'"}),
    "lacks a library": Bad(("No module named 'nowhere'", "Install it beside"), {"views": "import nowhere"}),
    "imports what is gone": Bad(
        ("cannot import name 'bygone' from 'cercle'", "made for another version"),
        {"views": "from cercle import bygone"},
    ),
    "has a manifest that is none": Bad(("does not define `part = Part(…)`",), {"init": "part = {'name': 'bad'}"}),
    "takes a name of Cercle": Bad(
        ("is taken by Cercle itself",), {"init": "from cercle import Part\npart = Part('admin', 'A', '', '1')"}
    ),
    "duplicates a name": Bad(
        ("The name 'wiki' is already taken",), {"init": "from cercle import Part\npart = Part('wiki', 'W', '', '1')"}
    ),
    "needs a newer Cercle": Bad(("Needs Cercle >=99", "Install a version of it that fits"), more=', cercle=">=99"'),
    "needs what is not there": Bad(("Needs nowhere, which is not installed",), more=', requires=("nowhere",)'),
    "takes a table of another": Bad(
        ("Table 'wiki_page' must start with 'bad_'",),
        {"models": MODEL.format(related="'bad_things'", table="wiki_page")},
    ),
    "takes a name on the other side": Bad(
        ("Thing.club has the related_name 'memberships'", 'Write related_name="bad_things"'),
        {"models": MODEL.format(related="'memberships'", table="bad_thing")},
    ),
    "names no other side": Bad(
        ("Thing.club has no related_name", 'Write related_name="bad_things"'),
        {"models": MODEL.format(related="None", table="bad_thing")},
    ),
    "has models without migrations": Bad(
        ("cercle makemigrations bad",), {"models": MODEL.format(related="'bad_things'", table="bad_thing")}
    ),
    "has a migration that cannot be read": Bad(
        ("ZeroDivisionError", "migrations/0001", "line 1"),
        {"models": MODEL.format(related="'bad_things'", table="bad_thing"), "migrations__0001_initial": "1 / 0"},
    ),
    "has a migration upon nothing": Bad(
        ("nowhere",),
        {
            "models": MODEL.format(related="'bad_things'", table="bad_thing"),
            "migrations__0001_initial": MIGRATION.replace("[]", "[('nowhere', '0001_initial')]"),
        },
    ),
    "relates to nothing": Bad(
        ("ConfigurationError", "'nowhere'"),
        {
            "models": MODEL.format(related="'bad_things'", table="bad_thing").replace("spaces.Club", "nowhere.Thing"),
            "migrations__0001_initial": MIGRATION,
        },
    ),
    "has a route twice": Bad(
        ("Route GET /c/{club}/bad/ is there twice",),
        {"permissions": READS, "routes": ROUTES + f"routes = ({SHOW.format(path='/')}, {SHOW.format(path='/')})"},
    ),
    "has a route that hides another": Bad(
        (
            "/c/{club}/bad/new can never be reached",
            "/c/{club}/bad/{slug} comes before it",
            "Name it first in routes.py",
        ),
        {
            "permissions": READS,
            "routes": ROUTES + f"routes = ({SHOW.format(path='/{slug}')}, {SHOW.format(path='/new')})",
        },
    ),
    "takes an address of Cercle": Bad(
        ("Route GET /admin/ is there twice (in spaces)",),
        {"permissions": READS, "routes": ROUTES + f"site_routes = ({SHOW.format(path='/admin/')},)"},
    ),
    "takes an address below one of Cercle": Bad(
        ("Route GET /static/bad.js can never be reached",),
        {"permissions": READS, "routes": ROUTES + f"site_routes = ({SHOW.format(path='/static/bad.js')},)"},
    ),
    "has a route without a permission": Bad(
        ("names no permission",), {"routes": ROUTES + "routes = (Route('GET', '/', show, 'show'),)"}
    ),
    "has routes that are none": Bad(("entry 1 of routes must be a Route, not a str",), {"routes": "routes = ('/',)"}),
    "has a permission of another": Bad(
        ("Permission 'wiki.eat' must start with 'bad.'",),
        {"permissions": "from cercle import permission\nEAT = permission('wiki.eat', '', ())"},
    ),
    "has a job of another": Bad(
        ("Job 'wiki.eat' must start with 'bad.'",), {"jobs": "from cercle import Job\njobs = (Job('wiki.eat', print),)"}
    ),
    "has jobs that are none": Bad(("entry 1 of jobs must be a Job, not a str",), {"jobs": "jobs = ('bad.eat',)"}),
    "has a hook that does not exist": Bad(
        ("There is no hook 'club_panel'; did you mean 'club_panels'?", "hooks.py, line 6"),
        {"hooks": HOOK + "def club_panel(club): ..."},
    ),
    "has a hook with a wrong argument": Bad(
        (
            "Hook 'club_panels' has no argument 'clubb'; did you mean 'club'?",
            "it may take club, viewer",
            "hooks.py, line 6",
        ),
        {"hooks": HOOK + "def club_panels(clubb): ..."},
    ),
    "replaces a specification": Bad(
        ("club_panels",),
        {"hookspecs": "from cercle import hookspec\n@hookspec('first')\ndef club_panels(club): ..."},
    ),
    "opens a door that breaks": Bad(
        ("RuntimeError: no door",), {"hooks": HOOK + "def register_doors(app): raise RuntimeError('no door')"}
    ),
    "has commands that break at import": Bad(
        ("RuntimeError: no", "commands.py, line 1"), {"commands": "raise RuntimeError('no')"}
    ),
    "has commands that are none": Bad(
        ("commands.py: `groups` maps names to typer.Typer()",), {"commands": "groups = {'bad': 7}"}
    ),
    "has a command that cannot be read": Bad(
        ("commands.py: the commands of 'bad' cannot be read",),
        {
            "commands": "import typer\nbad = typer.Typer()\ngroups = {'bad': bad}\n"
            "@bad.command()\ndef eat(what: int | str): ..."
        },
    ),
}
"""What is found when the site starts: the plugin is out."""


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "packages") as found:
        yield found


async def _console(village: Village, plugin: str) -> str:
    """What the page of a plugin says."""
    return html.unescape((await village.client(village.operator).get(f"/admin/plugins/{plugin}")).text)


async def _doctor(village: Village) -> str:
    """What `cercle doctor` says."""
    return "\n".join(f"{one.subject}: {one.text}" for one in await examine(village.app))


async def test_plugins_that_do_not_fit_stay_out_with_a_reason_and_the_others_work(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add_working("fine")
    named = {f"bad_{number}": bad for number, bad in enumerate(AT_THE_START.values())}
    for name, bad in named.items():
        packages.add(name, bad.more, **{key: source.replace("bad", name) for key, source in bad.files.items()})
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        failed = {one.package.removeprefix("cercle_"): one.name for one in village.app.parts.all() if one.failure}
        assert failed.keys() == named.keys()
        await village.switch("fine", "on")
        owner = village.client(village.owner)
        assert (await owner.get("/c/atelier/fine/")).text == "here I am"
        assert (await owner.get("/c/atelier/wiki/")).status_code == 200
        assert (await owner.get("/c/atelier/people")).status_code == 200
        doctor = await _doctor(village)
        unsaid = {}
        for kind, (package, bad) in zip(AT_THE_START, named.items(), strict=True):
            console = await _console(village, f"{failed[package]}?package=cercle_{package}")
            words = [part.replace("bad", package) for part in bad.reason]
            unsaid[kind] = [part for part in words if part not in console or part not in doctor]
        assert {kind: words for kind, words in unsaid.items() if words} == {}


async def test_two_plugins_that_meet_in_a_table_are_told_apart(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add("meeting", models=MODEL.format(related="'meeting_things'", table="meeting_idea_thing"))
    packages.add("meeting_idea", models=MODEL.format(related="'meeting_idea_things'", table="meeting_idea_thing"))
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        failed = {one.name: str(one.failure) for one in village.app.parts.all() if one.failure}
        assert "the table 'meeting_idea_thing' belongs to meeting" in failed["meeting_idea"]


async def test_a_plugin_whose_need_turns_out_broken_stays_out_too(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    packages.add("bad", hooks=HOOK + "def club_panel(club): ...")
    packages.add_working("needy", ', requires=("bad",)')
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        failed = {one.name: one.failure for one in village.app.parts.all() if one.failure}
        assert failed["needy"] == "Needs bad, which does not run"


async def test_a_failing_migration_leaves_the_site_up_and_says_which(packages: Packages, tmp_path: Path) -> None:
    packages.add(
        "halted",
        models=MODEL.format(related="'halted_things'", table="halted_thing"),
        migrations__0001_initial=MIGRATION,
    )
    packages.add_working("fine")
    settings = village_settings(tmp_path / "data", f"sqlite://{tmp_path}/new.db")
    app = Cercle(settings)
    async with app.running(jobs=False):
        halted = next(one for one in app.parts.all() if one.name == "halted")
        assert "The migration 0001" in str(halted.failure)
        assert "NONSENSE" in str(halted.failure)
        assert "Its tables were left as they were" in halted.advice
        assert app.parts.plugin_names >= {"wiki", "files", "fine"}


PANEL = "club_panels(club, viewer):\n    "
IN_A_HOOK = {
    "raises": Bad(("RuntimeError: no", "hooks.py"), {"hooks": f"def {PANEL}raise RuntimeError('no')"}),
    "leaves": Bad(("SystemExit: 3",), {"hooks": f"def {PANEL}raise SystemExit(3)"}),
    "leaves later": Bad(
        ("SystemExit: 3",), {"hooks": f"async def {PANEL}await asyncio.sleep(0)\n    raise SystemExit(3)"}
    ),
    "presses Ctrl-C": Bad(("KeyboardInterrupt",), {"hooks": f"async def {PANEL}raise KeyboardInterrupt"}),
    "raises the worst": Bad(("BaseException: all",), {"hooks": f"def {PANEL}raise BaseException('all')"}),
    "says that it was cancelled": Bad(("CancelledError",), {"hooks": f"async def {PANEL}raise asyncio.CancelledError"}),
    "raises what cannot be told": Bad(
        ("Mute",),
        {"hooks": f"def {PANEL}raise Mute\n\n\nclass Mute(Exception):\n    def __str__(self): raise RuntimeError"},
    ),
    "raises with half a character": Bad(("RuntimeError",), {"hooks": f"def {PANEL}raise RuntimeError('\\ud800\\x00')"}),
    "recurses": Bad(("RecursionError",), {"hooks": f"def {PANEL}return club_panels(club, viewer)"}),
    "waits for ever": Bad(
        ("TimeoutError: Took longer than 0.4 seconds",), {"hooks": f"async def {PANEL}await asyncio.Event().wait()"}
    ),
    "turns for ever, giving way": Bad(
        ("TimeoutError",), {"hooks": f"async def {PANEL}while True: await asyncio.sleep(0)"}
    ),
    "turns for ever and does not listen": Bad(
        ("TimeoutError",),
        {
            "hooks": f"async def {PANEL}while True:\n        try: await asyncio.sleep(0.01)\n        except BaseException: pass"
        },
    ),
    "turns for ever in an async hook": Bad(
        ("Interrupted: Kept every request waiting",), {"hooks": f"async def {PANEL}while True: pass"}
    ),
    "turns for ever and catches": Bad(
        ("Interrupted",),
        {"hooks": f"def {PANEL}while True:\n        try: sum(range(9))\n        except Exception: pass"},
    ),
    "sleeps": Bad(("Interrupted: Kept every request waiting",), {"hooks": f"def {PANEL}time.sleep(60)"}),
    "answers texts": Bad(
        ("Answered item 1 is a str where Panel or PanelQuery is due",), {"hooks": f"def {PANEL}return ['x']"}
    ),
    "answers a text": Bad(("Answered a str where a list of Panel",), {"hooks": f"def {PANEL}return 'panel'"}),
    "answers a panel of texts": Bad(
        ("whose links is item 1 is a str where Link is due",),
        {"hooks": f"def {PANEL}return [Panel('Bad panel', ('x',))]"},
    ),
    "answers bit by bit": Bad(("Answered a generator",), {"hooks": f"def {PANEL}yield Panel('Bad panel')"}),
    "answers bit by bit, later": Bad(
        ("Answered an async_generator",), {"hooks": f"async def {PANEL}yield Panel('Bad panel')"}
    ),
    "answers HTML": Bad(
        ("HTML where plain text is due",),
        {"hooks": f"def {PANEL}from markupsafe import Markup\n    return [Panel(Markup('<b>Bad panel</b>'))]"},
    ),
    "answers half a character": Bad(
        ("half a character",), {"hooks": f"def {PANEL}return [Panel('Bad panel \\ud800')]"}
    ),
    "answers too much": Bad(
        ("2000 items where at most 1000",), {"hooks": f"def {PANEL}return [Panel('Bad panel')] * 2000"}
    ),
    "answers too long a text": Bad(
        ("1000000 characters",), {"hooks": f"def {PANEL}return [Panel('Bad panel' + 'x' * 999_991)]"}
    ),
    "has a template that raises": Bad(
        ("UndefinedError",),
        {"hooks": f"def {PANEL}return [Panel('Bad panel', template='bad/panel.html')]"},
    ),
    "has no such template": Bad(
        ("bad/nowhere.html",), {"hooks": f"def {PANEL}return [Panel('Bad panel', template='bad/nowhere.html')]"}
    ),
}
"""What fails when the home of a club asks for panels."""


async def test_hooks_that_fail_leave_the_page_whole_and_say_so_in_their_place(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    named = {f"bad_{number}": bad for number, bad in enumerate(IN_A_HOOK.values())}
    for name, bad in named.items():
        packages.add(name, permissions=PERMISSIONS, hooks=HOOK + bad.files["hooks"].replace("bad", name))
        packages.template(name, "panel.html", "{{ nothing.at_all }}")
    packages.add_working("fine", hooks=HOOK + "def club_panels(club, viewer): return [Panel('Fine panel')]")
    async with opened_village(village_settings(tmp_path / "data", database_url, hook_timeout=0.4)) as village:
        await switch_plugins(village.club, dict.fromkeys([*named, "fine"], "on"), actor=None)
        home = await village.client(village.owner).get("/c/atelier/")
        assert (home.status_code, "Fine panel" in home.text, "Bad panel" in home.text) == (200, True, False)
        assert home.text.count("This part is unavailable at the moment.") == len(named)
        faults = {(one.plugin, one.hook, one.club_id) for one in await Fault.all()}
        assert faults == {(name, "club_panels", village.club.id) for name in named}
        doctor = await _doctor(village)
        unsaid = {}
        for kind, (name, bad) in zip(IN_A_HOOK, named.items(), strict=True):
            console = await _console(village, name)
            words = [part.replace("bad", name) for part in (*bad.reason, "club_panels")]
            unsaid[kind] = [part for part in words if part not in console or part not in doctor]
        assert {kind: words for kind, words in unsaid.items() if words} == {}


FORGOTTEN = {
    "thrown_away": f"async def {PANEL}save(club)\n    return []\n\n\nasync def save(club): ...",
    "kept": f"def {PANEL}kept = save(club)\n    return []\n\n\nasync def save(club): ...",
    "of_a_library": f"async def {PANEL}asyncio.sleep(0)\n    return []",
}


async def test_a_coroutine_that_nobody_awaits_is_a_fault(packages: Packages, database_url: str, tmp_path: Path) -> None:
    for name, hooks in FORGOTTEN.items():
        packages.add(name, permissions=PERMISSIONS, hooks=HOOK + hooks)
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await switch_plugins(village.club, dict.fromkeys(FORGOTTEN, "on"), actor=None)
        assert (await village.client(village.owner).get("/c/atelier/")).status_code == 200
        faults = await Fault.all()
        assert {(one.plugin, one.hook, one.club_id) for one in faults} == {
            (name, "club_panels", village.club.id) for name in FORGOTTEN
        }
        assert all("was never awaited; write `await` before its call" in one.traceback for one in faults)


async def test_a_hook_may_hand_its_coroutine_back(packages: Packages, database_url: str, tmp_path: Path) -> None:
    hooks = f"def {PANEL}return later()\n\n\nasync def later(): return [Panel('Late panel')]"
    packages.add("bad", permissions=PERMISSIONS, hooks=HOOK + hooks)
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await village.switch("bad", "on")
        assert "Late panel" in (await village.client(village.owner).get("/c/atelier/")).text
        assert await Fault.all().count() == 0


VIEW = "from cercle import Route\nasync def show(request):\n    {body}\n\nroutes = (Route('GET', '/', show, 'show', 'bad.view'),)"
IN_A_VIEW = {
    "raises": ("raise RuntimeError('no')", "RuntimeError: no"),
    "leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "presses Ctrl-C": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "has a template that raises": ("return await request.page('bad/page.html')", "UndefinedError"),
    "turns for ever": ("while True: pass", "Interrupted"),
    "answers a text": ("return 'here I am'", "TypeError"),
}


async def test_pages_that_fail_say_so_in_the_frame_of_their_club(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    named = {f"bad_{number}": found for number, found in enumerate(IN_A_VIEW.values())}
    for name, (body, _) in named.items():
        routes = VIEW.replace("{body}", body).replace("bad", name)
        packages.add(name, permissions=PERMISSIONS, routes=routes)
        packages.template(name, "page.html", "{{ nothing.at_all }}")
    async with opened_village(village_settings(tmp_path / "data", database_url, hook_timeout=0.4)) as village:
        await switch_plugins(village.club, dict.fromkeys(named, "on"), actor=None)
        owner = village.client(village.owner)
        answers = {name: await owner.get(f"/c/atelier/{name}/") for name in named}
        assert {answer.status_code for answer in answers.values()} == {500}
        assert all("The mistake is ours" in one.text and "/c/atelier/wiki/" in one.text for one in answers.values())
        doctor = await _doctor(village)
        for name, (_, reason) in named.items():
            console = await _console(village, name)
            words = (reason, f"GET /c/{{club}}/{name}/")
            assert [part for part in words if part not in console or part not in doctor] == []
        assert {row.effective for row in await ClubPlugin.filter(plugin__in=list(named), club=village.club)} == {"on"}
        assert (await owner.get("/c/atelier/wiki/")).status_code == 200


JOB = (
    "import asyncio\nfrom datetime import timedelta\nfrom cercle import Job\n{run}\n"
    "jobs = (Job('bad.eat', run, every=timedelta(hours=1), timeout=0.2),)"
)
IN_A_JOB = {
    "raises": ("async def run(): raise RuntimeError('no')", "RuntimeError: no"),
    "leaves": ("async def run(): raise SystemExit(3)", "SystemExit: 3"),
    "is no coroutine": ("def run(): ...", "AttributeError"),
    "waits for ever": ("async def run(): await asyncio.Event().wait()", "TimeoutError"),
    "does not listen": (
        "async def run():\n    while True:\n        try: await asyncio.sleep(0.01)\n        except BaseException: pass",
        "TimeoutError",
    ),
}


async def test_jobs_that_fail_are_written_down_and_the_others_are_done(
    packages: Packages, database_url: str, tmp_path: Path
) -> None:
    named = {f"bad_{number}": found for number, found in enumerate(IN_A_JOB.values())}
    for name, (run, _) in named.items():
        packages.add(name, permissions=PERMISSIONS, jobs=JOB.replace("{run}", run).replace("bad", name))
    async with opened_village(village_settings(tmp_path / "data", database_url)) as village:
        await village.app.jobs.sweep()
        doctor = await _doctor(village)
        for name, (_, reason) in named.items():
            console = await _console(village, name)
            words = (reason, f"job {name}.eat")
            assert [part for part in words if part not in console or part not in doctor] == []
        done = village.app.hooks.calls
        assert done["core", "job core.deliver_mail"] == 1
