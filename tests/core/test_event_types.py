"""Types of events: known by their names, under the name of their part, each name once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from cercle.testing import Village, village_settings
from core.app import Cercle
from core.errors import PluginError
from core.events import Event, events_of
from core.parts import LoadedPart, Part, load_parts
from plugins.wiki.events import PagePublished
from tests.core.packages import installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounded(Event, name="poll.sounded_for_a_test"):
    """Something sounded."""


def test_a_name_that_another_event_has_is_refused_with_both_places() -> None:
    with pytest.raises(PluginError, match=r"'poll\.sounded_for_a_test' of .*Rung is already taken by .*\.Sounded"):

        @dataclass(frozen=True, slots=True, kw_only=True)
        class Rung(Event, name="poll.sounded_for_a_test"):
            """Something else."""


def test_an_event_belongs_to_its_part_by_name() -> None:
    module = ModuleType(Sounded.__module__)
    module.Sounded = Sounded  # type: ignore[attr-defined]
    module.PagePublished = PagePublished  # type: ignore[attr-defined]
    made = LoadedPart(Part("poll", "", "", "1"), "poll", True, modules={"events": module})
    assert events_of(made) == (Sounded,)
    with pytest.raises(PluginError, match=r"must start with 'gong\.'"):
        events_of(LoadedPart(Part("gong", "", "", "1"), "gong", True, modules={"events": module}))


async def test_the_site_knows_its_events_by_name(village: Village) -> None:
    assert village.app.events["wiki.page_published"] is PagePublished
    assert "poll.sounded_for_a_test" not in village.app.events


TWICE = """
from dataclasses import dataclass
from cercle import Event

@dataclass(frozen=True, slots=True, kw_only=True)
class PagePublished(Event, name="wiki.page_published"):
    '''The wiki has this one.'''
"""


def test_a_plugin_that_takes_the_name_of_anothers_event_does_not_run_and_the_site_does(tmp_path: Path) -> None:
    with installed(tmp_path / "packages") as packages:
        packages.add_working("gong", events=TWICE)
        packages.add_working("bell", events=TWICE.replace("wiki.page_published", "tower.rung"))
        app = Cercle(village_settings(tmp_path, f"sqlite://{tmp_path}/cercle.db"), load_parts())
        failed = {loaded.name: loaded.failure for loaded in app.parts.all() if loaded.failure}
    assert "already taken by plugins.wiki.events.PagePublished" in (failed.pop("gong") or "")
    assert failed == {"bell": "Event 'tower.rung' must start with 'bell.'"}
    assert app.events["wiki.page_published"] is PagePublished
    assert "tower.rung" not in app.events
