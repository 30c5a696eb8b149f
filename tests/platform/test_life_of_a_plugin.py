"""The whole life of a stranger's plugin on a real server: installed, enabled in one club, used, rehearsed, upgraded, disabled,
uninstalled, purged and installed again.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import httpx
import pytest

from tests.platform.stranger import Site, browser, installed, program, second_version
from tests.services.processes import free_port

ADA, BEN = "ada@village.example", "ben@village.example"
QUESTION = {"question": "Which day for the zither?", "answers": ["Monday", "Friday"]}
DOORS = (
    "/c/{club}/poll/",
    "/c/{club}/poll/new",
    "/c/{club}/poll/closed",
    "/c/{club}/poll/1",
    "/api/v1/clubs/{club}/poll/polls",
)
ACTS = ("/c/{club}/poll/new", "/c/{club}/poll/1/vote", "/c/{club}/poll/1/closing", "/c/{club}/poll/1/removal")
LOGGED = ("spaces.plugin_switched", "spaces.plugin_purged", "'spaces.failed:")
"""What operators did, and the mails that told them what does not run; the time to forget both is not that of the plugin."""
LISTS = ("/c/{club}/", "/search?q=zither", "/api/v1/search?q=zither", "/")


@pytest.fixture(params=["sqlite", "postgres"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, packages: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> Site:
    """A site of its own on each database, with the first version of the plugin."""
    folder = tmp_path / "packages"
    shutil.copytree(packages["1.0"], folder)
    if request.param == "sqlite":
        return Site(tmp_path, folder, free_port())
    programs = request.getfixturevalue(
        "postgres"
    ).programs  # of the server's version, for the copy that is rehearsed on
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return Site(tmp_path, folder, free_port(), request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders into which pip installed each version of the example, and one into which it installed nothing."""
    folder = tmp_path_factory.mktemp("versions")
    (folder / "none").mkdir()
    newer = second_version(folder)
    return {"1.0": installed(folder / "1.0"), "1.1": installed(folder / "1.1", newer), "none": folder / "none"}


@pytest.mark.timeout(900)  # some thirty processes, one after the other
def test_a_plugin_lives_and_goes(site: Site, packages: dict[str, Path]) -> None:
    is_sound_and_listed(site, "1.0.0")
    token = site.settle()
    is_on_in_one_club_alone(site, token)
    before = site.everything()
    a_rehearsal_says_what_would_change(site.having(packages["1.1"]))
    assert _told_apart(site.everything()) == _told_apart(before)
    waits_for_its_migration(site.having(packages["1.1"]), token)
    has_kept_every_vote(site.having(packages["1.1"]), token)
    stands_aside_when_its_tables_are_newer(site)
    is_out_of_reach_while_it_is_off(site.having(packages["1.1"]), token)
    leaves_a_site_that_starts(site.having(packages["none"]), token)
    leaves_nothing_once_it_is_purged(site.having(packages["none"]))
    begins_anew(site, token)


def is_sound_and_listed(site: Site, version: str) -> None:
    assert f"poll {version} is sound" in site.run("plugin", "check", "poll").stderr
    site.cercle("migrate")
    assert re.search(rf"^poll\s+{re.escape(version)}\b", site.cercle("plugin", "list"), re.MULTILINE)


def is_on_in_one_club_alone(site: Site, token: str) -> None:
    """Two people vote in one club; in the other there is no way in, not even for the operator."""
    site.cercle("plugin", "enable", "poll", "--club", "atelier")
    with (
        site.served() as address,
        browser(address, ADA) as ada,
        browser(address, BEN) as ben,
        program(address, token) as api,
    ):
        assert api.post("clubs/atelier/members", json={"email": BEN, "role": "member"}).status_code == 201
        assert api.post("clubs/atelier/poll/polls", json=QUESTION).status_code == 201
        assert ben.post("/c/atelier/poll/1/vote", data={"chosen": "1"}).status_code == 303
        assert api.put("clubs/atelier/poll/polls/1/vote", json={"chosen": [1]}).json()["votes"] == [0, 2]
        assert _answers(ada, DOORS, "atelier") == [200] * len(DOORS)
        assert "zither" in ben.get("/c/atelier/").text
        assert "zither" in ben.get("/search?q=zither").text
        _finds_every_door_closed(ada, "place")


def a_rehearsal_says_what_would_change(site: Site) -> None:
    """With the second version installed, and everything as it was."""
    said = site.run("plugin", "check", "--against-data")
    assert (said.returncode, "1 to apply: poll.0002_voters" in said.stdout) == (0, True), said.stdout + said.stderr
    assert re.search(r"pages: \d\d+ tried in all clubs", said.stdout)


def waits_for_its_migration(site: Site, token: str) -> None:
    """Before `cercle migrate` the site runs, and the plugin is out, with the reason."""
    with site.served() as address, browser(address, ADA) as ada, browser(address) as nobody:
        assert _answers(ada, DOORS, "atelier") == [503] * len(DOORS)
        assert _answers(nobody, DOORS, "place") == [404] * len(DOORS)
        assert _answers(ada, ("/c/atelier/", "/c/atelier/people", "/admin/plugins"), "atelier") == [200, 200, 200]
        assert "cercle migrate" in ada.get("/admin/plugins").text
    assert "Its tables are not up to date. Run: cercle migrate" in site.log


def has_kept_every_vote(site: Site, token: str) -> None:
    """After it the votes are there, and the new column knows how many they are."""
    site.cercle("migrate")
    with site.served() as address, browser(address, ADA) as ada, program(address, token) as api:
        assert api.get("clubs/atelier/poll/polls/1").json()["votes"] == [0, 2]
        assert "2 votes" in ada.get("/c/atelier/poll/").text
        assert api.put("clubs/atelier/poll/polls/1/vote", json={"chosen": [0]}).json()["votes"] == [1, 1]


def stands_aside_when_its_tables_are_newer(site: Site) -> None:
    """The first version again, by mistake: the site runs without it, says why, and nothing of it is touched."""
    kept = site.everything()["poll_vote"]
    with site.served() as address, browser(address, ADA) as ada:
        assert _answers(ada, ("/c/atelier/", "/c/atelier/poll/", "/admin/plugins"), "atelier") == [200, 503, 200]
    assert "A newer version of it has changed its tables (0002_voters)" in site.log
    assert site.run("migrate").returncode in (0, 1)
    assert site.everything()["poll_vote"] == kept


def is_out_of_reach_while_it_is_off(site: Site, token: str) -> None:
    """404 at every door, for everybody; nothing is deleted; turned on again all is back."""
    kept = site.everything()["poll_vote"]
    with (
        site.served() as address,
        browser(address, ADA) as ada,
        browser(address, BEN) as ben,
        program(address, token) as api,
    ):
        site.cercle("plugin", "disable", "poll", "--club", "atelier")
        for person in (ada, ben):
            _finds_every_door_closed(person, "atelier")
        assert site.everything()["poll_vote"] == kept
        site.cercle("plugin", "enable", "poll", "--club", "atelier")
        assert api.get("clubs/atelier/poll/polls/1").json()["votes"] == [1, 1]


def leaves_a_site_that_starts(site: Site, token: str) -> None:
    """Uninstalled: the site starts, no door leads to it, its rows are kept and listed as left behind."""
    with site.served() as address, browser(address, ADA) as ada:
        _finds_every_door_closed(ada, "atelier")
    assert re.search(r"^poll\b.*gone", site.cercle("plugin", "list"), re.MULTILINE)
    assert re.search(r"poll\b", site.run("doctor").stdout)
    assert len(site.everything()["poll_vote"]) == 2


def leaves_nothing_once_it_is_purged(site: Site) -> None:
    """No table of it, and in no other table its name; what was done with it stays in the log of the operator."""
    site.cercle("plugin", "purge", "poll", "--yes")
    found = site.everything()
    assert [table for table in found if table.startswith("poll_")] == []
    word = re.compile(r"\bpoll\b|poll[._]|zither")
    named = [(table, row) for table, rows in found.items() for row in rows if word.search(row)]
    assert [(table, row) for table, row in named if not any(act in row for act in LOGGED)] == []
    assert site.run("plugin", "purge", "poll", "--yes").returncode == 1


def begins_anew(site: Site, token: str) -> None:
    """Installed again it is as new: off, and empty once it is on."""
    site.cercle("migrate")
    with site.served() as address, program(address, token) as api:
        assert api.get("clubs/atelier/poll/polls").status_code == 404
        site.cercle("plugin", "enable", "poll", "--club", "atelier")
        assert api.get("clubs/atelier/poll/polls").json() == {"items": [], "next": None}


def _finds_every_door_closed(person: httpx.Client, club: str) -> None:
    """404 for each page and each act, and no word of a poll in what is listed elsewhere."""
    assert _answers(person, DOORS, club) == [404] * len(DOORS)
    acts = {path: person.post(path.format(club=club), data={"chosen": "0"}).status_code for path in ACTS}
    assert acts == dict.fromkeys(ACTS, 404)
    lists = LISTS if club == "atelier" else LISTS[:1]
    shown = {path: person.get(path.format(club=club)).text for path in lists}
    assert [path for path, text in shown.items() if "for the zither" in text] == []


def _answers(person: httpx.Client, paths: tuple[str, ...], club: str) -> list[int]:
    return [person.get(path.format(club=club)).status_code for path in paths]


def _told_apart(tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without what a server notes down by itself while it ends."""
    return {name: rows for name, rows in tables.items() if name not in ("core_lease", "core_hook_timing")}
