"""`cercle plugin check`: each mistake is told with its file, its line and its mend; a plugin in order is left in peace."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

import core
from core.cli.plugins import write_skeleton
from core.plugin_checks.__main__ import main
from core.plugin_checks.manifest import is_impossible
from core.plugin_checks.running import run_check, target_in
from core.plugin_checks.templates import GIVEN
from tests.cli.mistakes import MISTAKES
from tests.cli.runs import ROOT, cercle

CHECK = ("plugin", "check")


@dataclass(slots=True)
class Author:
    """Somebody who writes the plugin `poll` and makes mistakes.

    Args:
        root: the folder of its `pyproject.toml`; its package is below it.
    """

    root: Path

    @property
    def package(self) -> Path:
        """The folder of the package."""
        return self.root / "cercle_poll"

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def change(self, path: str, right: str, wrong: str) -> None:
        """Put something wrong in the place of something right."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert right in text, f"{path} has changed: {right!r} is not in it"
        self.write(path, text.replace(right, wrong, 1))

    def line(self, path: str, words: str) -> int:
        """The number of the first line that holds these words."""
        lines = (self.root / path).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if words in line)

    def told(self) -> list[str]:
        """What the check says, as `file:line: text`, by file below the project."""
        asked = {"name": "", "package": "cercle_poll", "path": str(self.root), "root": str(self.root)}
        report = self.root.parent / "report.json"
        forked = multiprocessing.get_context("fork").Process(
            target=main, args=(report, asked)
        )  # it has imported all already
        forked.start()
        forked.join()
        found = json.loads(report.read_text())["faults"]
        report.unlink()
        assert isinstance(found, list)
        return [
            f"{Path(path).relative_to(self.root)}:{line}: {'' if level == 'error' else 'warning: '}{text}"
            for path, line, text, level in found
        ]


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that `cercle plugin new poll` writes."""
    return write_skeleton("poll", tmp_path_factory.mktemp("skeleton"))


@pytest.fixture
def author(skeleton: Path, tmp_path: Path) -> Author:
    """An author with a copy of it."""
    root = tmp_path / "cercle-poll"
    shutil.copytree(skeleton, root)
    return Author(root)


@pytest.mark.parametrize(
    ("path", "right", "wrong", "where", "text"),
    [pytest.param(path, *rest, id=f"{path.rpartition('/')[2]}: {rest[3][:50]}") for path, *rest in MISTAKES],
)
def test_a_mistake_is_told_at_its_line(
    author: Author, path: str, right: str, wrong: str, where: str, text: str
) -> None:
    author.change(f"cercle_poll/{path}", right, wrong)
    told = author.told()
    place = f"cercle_poll/{path}:{author.line(f'cercle_poll/{path}', where)}: "
    assert [one for one in told if one.startswith(f"{place}{text}")], "\n".join(told)


def test_the_plugin_of_the_skeleton_has_no_fault(author: Author) -> None:
    assert author.told() == []


def test_a_file_that_nobody_reads_is_told_with_what_was_probably_meant(author: Author) -> None:
    author.write("cercle_poll/permision.py", "")
    author.write("cercle_poll/template/x.html", "")
    author.write("cercle_poll/stray.py", "")
    author.write("cercle_poll/locale/de/messages.po", "")
    author.write("cercle_poll/templates/poll/x.html", "x")
    assert author.told() == [
        "cercle_poll/locale/de/messages.po:1: is not read; move it to locale/de/LC_MESSAGES/messages.po",
        "cercle_poll/permision.py:1: Cercle does not read permision.py; did you mean 'permissions'?",
        "cercle_poll/stray.py:1: warning: nothing reads stray.py: neither Cercle nor the plugin; import it or drop it",
        "cercle_poll/template:1: Cercle does not read template/; did you mean 'templates'?",
        "cercle_poll/templates/poll:1: warning: what is in here has the address poll/poll/…; move it up into templates/",
    ]


OLD_HOOK = """
from cercle import Deprecation, hookspec


@hookspec("collect", deprecated=Deprecation(since="0.1", until="99.0", use="club_panels"))
def boxes_shown() -> list[str] | None:
    '''An old hook.'''
"""


def test_a_hook_that_is_going_is_a_warning_with_what_takes_its_place(author: Author) -> None:
    author.write("cercle_poll/hookspecs.py", OLD_HOOK)
    hooks = (author.package / "hooks.py").read_text(encoding="utf-8")
    author.write("cercle_poll/hooks.py", f"{hooks}\n\n@hookimpl\ndef boxes_shown() -> list[str]:\n    return []\n")
    place = f"cercle_poll/hooks.py:{author.line('cercle_poll/hooks.py', 'def boxes_shown')}"
    text = "The hook 'boxes_shown' is old since Cercle 0.1 and goes in Cercle 99.0; use 'club_panels' instead"
    assert [one for one in author.told() if "boxes_shown" in one] == [f"{place}: warning: {text}"]


def test_a_module_of_the_plugins_own_may_have_any_name(author: Author) -> None:
    author.write("cercle_poll/counting.py", '"""Counts."""\n\nMOST = 3\n')
    models = "from cercle_poll.models"
    author.change("cercle_poll/queries.py", models, f"from cercle_poll.counting import MOST\n{models}")
    author.change("cercle_poll/queries.py", "PAGE = 50", "PAGE = MOST")
    assert author.told() == []


def test_the_project_beside_the_package_is_read(author: Author) -> None:
    author.change("pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    author.change("pyproject.toml", 'poll = "cercle_poll"', 'poll = "cercle_pol"')
    author.change("pyproject.toml", '"cercle>=', '"cercle<')
    shutil.rmtree(author.root / "tests")
    (author.root / "README.md").unlink()
    told = author.told()
    version, entry = (author.line("pyproject.toml", words) for words in ("0.2.0", "cercle_pol"))
    assert f"pyproject.toml:{entry}: the entry point names 'cercle_pol'; the package is 'cercle_poll'" in told
    assert [one for one in told if one.startswith(f"pyproject.toml:{version}: the version is 0.2.0, but that of")]
    assert any("leaves out this Cercle" in one for one in told)
    assert [one for one in told if "README" in one or "no tests" in one] == [
        "pyproject.toml:1: warning: there are no tests; begin with PluginContract of cercle.testing",
        "pyproject.toml:1: warning: there is no README.md; say in it what the plugin is for and how it is installed",
    ]


def test_a_project_that_cercle_would_not_find_is_told(author: Author) -> None:
    author.change("pyproject.toml", '[project.entry-points."cercle.plugins"]', "[project.entry-points.other]")
    assert [one for one in author.told() if "Cercle does not find the plugin" in one]


def test_a_further_language_must_be_as_complete_as_french(author: Author) -> None:
    french = (author.package / "locale/fr/LC_MESSAGES/messages.po").read_text(encoding="utf-8")
    author.write("cercle_poll/locale/de/LC_MESSAGES/messages.po", french.replace('msgstr "Titre"', 'msgstr ""'))
    told = [one for one in author.told() if "'Title' is not translated in locale/de" in one]
    assert {one.partition(":")[0] for one in told} == {"cercle_poll/templates/notes/new.html"}
    assert [one for one in author.told() if one not in told] == []


def test_settings_have_defaults_and_known_names(author: Author) -> None:
    author.write(
        "cercle_poll/settings.py",
        '"""What a club chooses."""\n\nfrom pydantic import Field\n\nfrom cercle import PluginSettings\n\n\n'
        "class ClubSettings(PluginSettings):\n    days: int = 3\n    most: int = Field(title='Most')\n\n\n"
        "class ClubSetings(PluginSettings):\n    x: int = 3\n",
    )  # fmt: skip
    told = author.told()
    for words, complaint in (("most", "default"), ("class ClubSetings", "did you mean 'ClubSettings'?")):
        place = f"cercle_poll/settings.py:{author.line('cercle_poll/settings.py', words)}: "
        assert [one for one in told if one.startswith(place) and complaint in one], "\n".join(told)


def test_several_faults_of_a_plugin_that_does_not_load_are_all_told(author: Author) -> None:
    author.change("cercle_poll/events.py", "from cercle import Event", "from cercle import Evnt")
    author.change("cercle_poll/services.py", "    made = await render", "    open('x')\n    made = await render")
    told = author.told()
    assert [one for one in told if "cercle has no 'Evnt'" in one]
    assert [one for one in told if "open() holds up" in one]


def test_what_pages_are_given_is_known() -> None:
    source = (
        (ROOT / "core" / "render.py").read_text(encoding="utf-8").partition("def _common")[2].partition("\n    def ")[0]
    )
    assert set(re.findall(r'^ {12}"(\w+)":', source, re.MULTILINE)) <= GIVEN


@pytest.mark.parametrize(
    ("versions", "impossible"),
    [
        (">=2,<1", True), ("==1,==2", True), (">1,<1", True), (">=1,<2,!=1.5", False), ("~=1.4,<1.3", True), ("", False),
        (">1,<1.1", False), (">=1.0.5,<1.0.6", False), ("<0.1", False), (">=99", False), ("==1.*,<1.0", True),
    ],
)  # fmt: skip
def test_a_range_is_impossible_when_no_version_is_in_it(versions: str, impossible: bool) -> None:
    assert is_impossible(SpecifierSet(versions)) is impossible


def test_the_command_says_it_in_its_exit_code(skeleton: Path, tmp_path: Path) -> None:
    author = Author(tmp_path / "cercle-poll")
    shutil.copytree(skeleton, author.root)
    sound = cercle(tmp_path / "data", *CHECK, author.root, cwd=tmp_path)
    assert (sound.returncode, sound.stdout, sound.stderr.splitlines()[-1]) == (0, "", "poll 0.1.0 is sound")
    author.change("cercle_poll/services.py", "    made = await render", "    open('x')\n    made = await render")
    warned = [cercle(tmp_path / "data", *CHECK, author.package, *more, cwd=tmp_path) for more in ((), ("--strict",))]
    assert [one.returncode for one in warned] == [0, 1]
    place = f"cercle-poll/cercle_poll/services.py:{author.line('cercle_poll/services.py', 'open(')}: warning: open() holds up"
    assert [one.stdout.startswith(place) for one in warned] == [True, True]
    assert not list(author.root.rglob("__pycache__"))
    assert [path.name for path in tmp_path.iterdir() if path.name not in ("cercle-poll", "data")] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nosuch",), "There is no plugin 'nosuch'; there are: "),
        (("./nosuch",), "There is no folder nosuch"),
        ((".",), "holds no plugin"),
        ((), "name a plugin or its folder"),
        (("wiki", "--against-data"), "name a plugin or its folder"),
    ],
)
def test_a_wrong_call_is_told_with_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    called = cercle(tmp_path / "data", *CHECK, *arguments, cwd=tmp_path)
    assert (called.returncode, said in " ".join(called.stderr.split())) == (2, True), called.stderr


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import os; os._exit(7)", "ends the process that imports it (exit code 7)"),
        ("raise SystemExit(3)", "does not load: SystemExit: 3"),
        ("print('noise'); raise KeyError('k')", "does not load: KeyError: 'k'"),
    ],
)
def test_a_plugin_that_ends_the_process_is_told_and_no_traceback(
    skeleton: Path, tmp_path: Path, line: str, reason: str
) -> None:
    author = Author(tmp_path / "cercle-poll")
    shutil.copytree(skeleton, author.root)
    author.change("cercle_poll/__init__.py", "from cercle import", f"{line}\nfrom cercle import")
    outcome = run_check(str(author.root))
    assert [reason in fault.text for fault in outcome.faults if "load" in fault.text] == [True], outcome
    assert "Traceback" not in str(outcome)


def test_a_plugin_is_found_from_its_project_its_package_and_below_src(skeleton: Path, tmp_path: Path) -> None:
    root = tmp_path / "cercle-poll"
    shutil.copytree(skeleton, root)
    flat = target_in(root)
    assert (flat.package, flat.path, flat.root, target_in(root / "cercle_poll")) == ("cercle_poll", root, root, flat)
    (root / "src").mkdir()
    (root / "cercle_poll").rename(root / "src" / "cercle_poll")
    moved = target_in(root)
    assert (moved.package, moved.path, target_in(root / "src" / "cercle_poll")) == ("cercle_poll", root / "src", moved)


@pytest.mark.parametrize("name", ["wiki", "blog", "files", "directory", "search"])
def test_a_bundled_plugin_is_sound(name: str) -> None:
    outcome = run_check(name)
    assert [str(fault) for fault in outcome.faults if fault.level == "error"] == []
    assert (outcome.version, outcome.verdict) == (core.__version__, "Tested with Cercle itself")
