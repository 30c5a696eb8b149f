"""Settings of plugins: what a model may declare, what typed texts mean, what stored values become, and what processes know."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, field_validator

from cercle.testing import Village, opened_village, village_settings
from core.app import Cercle
from core.bus import INBOX_SIZE
from core.db import atomic
from core.doctor import examine
from core.errors import Invalid, PluginError
from core.forms import Line, Text
from core.i18n import N_, speaking
from core.models import AuditEntry, Setting
from core.parts import load_parts
from core.plugin_settings import PluginSettings, club_settings, member_settings, settled, site_settings
from core.plugin_settings.book import TOPIC, SettingsBook
from core.plugin_settings.changes import Fix, change_club_settings, change_site_settings, fix_club_settings, fixes_of
from core.plugin_settings.fields import fields_of
from plugins.blog.settings import ClubSettings as BlogSettings
from plugins.files.settings import SiteSettings as FilesSettings
from plugins.wiki.settings import ClubSettings as WikiSettings
from plugins.wiki.settings import MemberSettings as WikiPreferences
from spaces.models import Club
from tests.core.bare_site import bind_bare_site
from tests.core.packages import Packages, installed


class Size(enum.Enum):
    """Two sizes."""

    SMALL = "s"
    LARGE = "l"


class Everything(PluginSettings):
    """A field of each kind."""

    yes: bool = False
    count: int = Field(default=3, gt=0, le=10)
    ratio: float = Field(default=0.5, ge=0, le=1)
    line: Line = Field(default="a", min_length=1, max_length=10)
    text: Text = Field(default="", max_length=50)
    pace: Literal["slow", "fast"] = Field(
        default="slow", json_schema_extra={"labels": {"slow": N_("Yes"), "fast": "Quick"}}
    )
    rank: Literal[1, 2] | None = None
    size: Size = Size.SMALL
    words: tuple[str, ...] = Field(default=(), max_length=3)
    limit: int | None = Field(default=None, ge=1)


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Packages]:
    with installed(tmp_path / "site-packages") as made:
        yield made


def test_a_field_is_asked_for_by_its_type() -> None:
    kinds = {name: (one.kind, one.is_optional, one.is_required) for name, one in fields_of(Everything).items()}

    assert kinds == {
        "yes": ("yes_no", False, False),
        "count": ("whole", False, True),
        "ratio": ("number", False, True),
        "line": ("line", False, True),
        "text": ("text", False, False),
        "pace": ("choice", False, True),
        "rank": ("choice", True, False),
        "size": ("choice", False, True),
        "words": ("lines", False, False),
        "limit": ("whole", True, False),
    }
    count = fields_of(Everything)["count"]
    assert (count.low, count.high) == (1, 10)


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("yes", "true", True),
        ("yes", "", False),
        ("yes", True, True),
        ("count", " 7 ", 7),
        ("count", 7.0, 7),
        ("ratio", "0,25", 0.25),
        ("line", "  two \n words ", "two words"),
        ("text", "a\r\nb", "a\nb"),
        ("pace", "fast", "fast"),
        ("rank", "2", 2),
        ("rank", "", None),
        ("size", "l", "l"),
        ("words", "one\r\n\r\ntwo\none", ["one", "two"]),
        ("words", ["x"], ["x"]),
        ("limit", "", None),
        ("limit", None, None),
    ],
)
def test_a_typed_text_becomes_a_value(name: str, sent: object, value: object) -> None:
    assert fields_of(Everything)[name].parsed(sent) == value


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("yes", "perhaps"),
        ("yes", 3),
        ("count", ""),
        ("count", "1e400"),
        ("count", "nan"),
        ("count", "2.5"),
        ("count", True),
        pytest.param("count", 10**400, id="count-huge"),
        pytest.param("count", "9" * 10_000, id="count-long"),
        ("count", {"a": 1}),
        ("ratio", "inf"),
        ("ratio", [0.5]),
        ("line", None),
        ("line", 7),
        ("line", "x" * 11),
        ("line", "\ud800"),
        ("pace", "FAST"),
        ("pace", ["fast"]),
        ("rank", True),
        ("rank", 3),
        ("words", "1\n2\n3\n4"),
        ("words", [["x"]]),
        ("words", 5),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_sentence(name: str, sent: object) -> None:
    bind_bare_site()
    with pytest.raises(ValueError, match=r"\."):
        fields_of(Everything)[name].parsed(sent)


async def test_values_are_said_in_the_words_of_the_reader(village: Village) -> None:
    fields, now = fields_of(Everything), Everything(words=("a", "b"), yes=True)

    with speaking("fr"):
        said = {name: one.said(getattr(now, name)) for name, one in fields.items()}

    assert (said["yes"], said["pace"], said["words"], said["ratio"], said["limit"]) == (
        "Oui",
        "Oui",
        "a et b",
        "0,5",
        "Rien",
    )


def test_what_a_form_shows_means_the_same_when_it_comes_back() -> None:
    now = Everything(words=("a", "b"), rank=2, size=Size.LARGE, yes=True, limit=4, text="x\ny")
    fields = fields_of(Everything)

    again = Everything.model_validate({name: one.parsed(one.typed(getattr(now, name))) for name, one in fields.items()})

    assert again == now


def test_a_stored_value_that_does_not_fit_any_more_falls_back_to_the_default_alone() -> None:
    now, wrong = settled(Everything, {"count": 99, "line": "kept", "gone": "x", "pace": 5, "words": "no list"})

    assert (now.count, now.line, now.pace, now.words) == (3, "kept", "slow", ())
    assert sorted(wrong) == ["count", "pace", "words"]


def test_a_check_of_the_plugin_that_raises_anything_leaves_the_defaults() -> None:
    class Odd(PluginSettings):
        a: int = 1

        @field_validator("a")
        @classmethod
        def _check(cls, value: int) -> int:
            raise RuntimeError("no")

    now, wrong = settled(Odd, {"a": 2})

    assert (now.a, sorted(wrong)) == (1, ["a"])


WRONG = {
    "no_base": ("class ClubSettings:\n    a: int = 1", "ClubSettings must be a class on top of cercle.PluginSettings"),
    "no_default": ("class ClubSettings(PluginSettings):\n    a: int", "ClubSettings.a has no default"),
    "no_form": (
        "class SiteSettings(PluginSettings):\n    a: dict[str, int] = {}",
        "SiteSettings.a is of a type that no form",
    ),
    "two_types": (
        "class SiteSettings(PluginSettings):\n    a: int | str = 1",
        "SiteSettings.a is of a type that no form",
    ),
    "own_default": (
        "class MemberSettings(PluginSettings):\n    a: int = Field(default=0, ge=5)",
        "refuses its own default",
    ),
    "other_name": ("class ClubSettings(PluginSettings):\n    a: int = Field(default=0, alias='b')", "has an alias"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_plugin_whose_settings_cannot_be_is_marked_failed_with_the_reason(
    packages: Packages, tmp_path: Path, name: str
) -> None:
    source, reason = WRONG[name]
    packages.add_working(name, settings=f"from pydantic import Field\nfrom cercle import PluginSettings\n{source}\n")

    app = Cercle(village_settings(tmp_path, "sqlite://:memory:"), load_parts())

    failed = {loaded.name: loaded.failure for loaded in app.parts.all() if loaded.failure}
    assert list(failed) == [name]
    assert reason in str(failed[name])
    assert app.plugin_settings.declared("club").keys() == {"activity", "blog", "comments", "files", "wiki"}


def test_settings_of_clubs_need_a_plugin_that_clubs_switch(packages: Packages, tmp_path: Path) -> None:
    source = "from cercle import PluginSettings\nclass ClubSettings(PluginSettings):\n    a: int = 1\n"
    packages.add("wide", ', scope="site"', settings=source)

    app = Cercle(village_settings(tmp_path, "sqlite://:memory:"), load_parts())

    assert "is for plugins that are switched per club" in str(
        next(p for p in app.parts.all() if p.name == "wide").failure
    )


async def test_defaults_hold_until_somebody_chooses(village: Village) -> None:
    assert await club_settings(village.club, BlogSettings) == BlogSettings()
    assert await site_settings(FilesSettings) == FilesSettings()
    assert await member_settings(village.member.id, WikiPreferences) == WikiPreferences()
    assert await member_settings(None, WikiPreferences) == WikiPreferences()


async def test_a_model_that_is_not_declared_in_a_scope_is_a_mistake_of_the_plugin(village: Village) -> None:
    with pytest.raises(PluginError, match="is not the SiteSettings of a running plugin"):
        await site_settings(BlogSettings)


async def test_what_was_read_once_costs_no_query_until_it_changes(village: Village) -> None:
    await club_settings(village.club, BlogSettings)
    with village.queries() as seen:
        assert (await club_settings(village.club, BlogSettings)).posts_per_page == 20
        assert (await club_settings(village.club.id, WikiSettings)).show_outline
    assert seen.count == 0

    await change_club_settings(village.club, BlogSettings, {"posts_per_page": 5}, actor=None)

    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 5
    assert (await club_settings(village.public, BlogSettings)).posts_per_page == 20


async def test_a_change_that_is_taken_back_is_not_remembered(village: Village) -> None:
    async def begin_and_fail() -> None:
        async with atomic():
            await change_club_settings(village.club, BlogSettings, {"posts_per_page": 5}, actor=None)
            await club_settings(village.club, BlogSettings)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await begin_and_fail()

    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 20
    assert await AuditEntry.filter(action="core.settings_changed").count() == 0


async def test_what_is_remembered_is_what_is_stored_however_reads_and_changes_meet(village: Village) -> None:
    for round in range(3):
        changes = [
            change_club_settings(village.club, BlogSettings, {"posts_per_page": 6 + round * 10 + number}, actor=None)
            for number in range(6)
        ]
        reads = [club_settings(village.club, BlogSettings) for _ in range(20)]
        await asyncio.gather(*changes, *reads)

        stored = await Setting.get(scope="club", owner_id=village.club.id, part="blog")
        assert (await club_settings(village.club, BlogSettings)).posts_per_page == stored.values["posts_per_page"]


async def test_two_who_change_different_fields_at_once_both_have_their_way(village: Village) -> None:
    await asyncio.gather(
        change_club_settings(village.club, BlogSettings, {"posts_per_page": 11}, actor=None),
        change_club_settings(village.club, BlogSettings, {"trash_days": 22}, actor=None),
        change_club_settings(village.club, WikiSettings, {"trash_days": 33}, actor=None),
    )

    assert await club_settings(village.club, BlogSettings) == BlogSettings(posts_per_page=11, trash_days=22)
    assert (await club_settings(village.club, WikiSettings)).trash_days == 33


@pytest.fixture
async def neighbours(database_url: str, tmp_path: Path, redis_url: str) -> AsyncIterator[tuple[Village, Cercle]]:
    """A site in two processes, with Redis between them."""
    settings = village_settings(tmp_path / "data", database_url, redis_url=redis_url)
    async with opened_village(settings) as village:
        other = Cercle(settings)
        await other.bus.start()
        async with other.plugin_settings.following():
            yield village, other
        await other.bus.close()


async def test_another_process_hears_of_a_change(neighbours: tuple[Village, Cercle]) -> None:
    village, other = neighbours
    assert (await other.plugin_settings.read(BlogSettings, "club", village.club.id)).posts_per_page == 20

    await change_club_settings(village.club, BlogSettings, {"posts_per_page": 7}, actor=None)

    await _until_posts(other.plugin_settings, village.club, 7)


async def test_after_a_gap_on_the_bus_everything_is_read_afresh(village: Village) -> None:
    await club_settings(village.club, BlogSettings)
    await Setting.create(scope="club", owner_id=village.club.id, part="blog", values={"posts_per_page": 9})
    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 20

    for number in range(2 * INBOX_SIZE):  # more than a listener can hold
        await village.app.bus.publish(TOPIC, {"scope": "member", "owner": number})

    await _until_posts(village.app.plugin_settings, village.club, 9)


async def _until_posts(book: SettingsBook, club: Club, wanted: int) -> None:
    """Let the listeners on the bus have their turns until this many posts stand on a page."""
    async with asyncio.timeout(5):
        while (await book.read(BlogSettings, "club", club.id)).posts_per_page != wanted:
            await asyncio.sleep(0)


async def test_a_change_is_audited_with_what_was_before(village: Village) -> None:
    changed = await change_club_settings(
        village.club,
        BlogSettings,
        {"posts_per_page": "10", "trash_days": "0"},
        actor=await village.viewer(village.owner),
    )

    assert changed == ("posts_per_page",)
    entry = await AuditEntry.get(action="core.settings_changed")
    assert (entry.actor_id, entry.club_id, entry.subject) == (village.owner.id, village.club.id, "blog (club)")
    assert (entry.before, entry.after) == ({"posts_per_page": 20}, {"posts_per_page": 10})


async def test_nothing_is_written_where_nothing_changes(village: Village) -> None:
    assert await change_club_settings(village.club, BlogSettings, {"posts_per_page": 20}, actor=None) == ()
    assert await AuditEntry.filter(action__startswith="core.settings").count() == 0


async def test_values_of_fields_that_are_gone_stay_in_the_row(village: Village) -> None:
    row = await Setting.create(
        scope="club", owner_id=village.club.id, part="blog", values={"former": [1], "trash_days": 3}
    )

    await change_club_settings(village.club, BlogSettings, {"posts_per_page": 10}, actor=None)

    await row.refresh_from_db()
    assert row.values == {"former": [1], "trash_days": 3, "posts_per_page": 10}


@pytest.mark.parametrize(
    ("wanted", "wrong"),
    [
        ({"posts_per_page": 4}, {"posts_per_page"}),
        ({"posts_per_page": "x", "trash_days": -1}, {"posts_per_page"}),
        ({"unknown": 1}, {"unknown"}),
        ({"trash_days": None}, {"trash_days"}),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field(
    village: Village, wanted: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        await change_club_settings(village.club, BlogSettings, wanted, actor=None)

    assert refused.value.errors.keys() == wrong
    assert await Setting.filter(part="blog").count() == 0


async def test_a_row_does_not_grow_without_end(village: Village) -> None:
    endings = [f".{number:03d}{'é' * 16}" for number in range(101)]

    with pytest.raises(Invalid):
        await change_site_settings(FilesSettings, {"blocked_endings": endings}, actor=None)


async def test_the_operator_fixes_a_value_for_all_clubs_and_lets_go_again(village: Village) -> None:
    await change_club_settings(village.club, BlogSettings, {"posts_per_page": 10}, actor=None)
    operator = await village.viewer(village.operator)

    await fix_club_settings(BlogSettings, {"posts_per_page": Fix("15", " for \n all ")}, actor=operator)

    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 15
    assert (await club_settings(village.hidden, BlogSettings)).posts_per_page == 15
    fixed = (await fixes_of(BlogSettings))["posts_per_page"]
    assert (fixed.value, fixed.reason, fixed.by) == (15, "for all", "Odile Operator")
    with pytest.raises(Invalid) as refused:
        await change_club_settings(village.club, BlogSettings, {"posts_per_page": 12}, actor=None)
    assert refused.value.errors.keys() == {"posts_per_page"}
    entry = await AuditEntry.get(action="core.settings_fixed")
    assert (entry.before, entry.after) == (
        {"posts_per_page": None},
        {"posts_per_page": {"value": 15, "reason": "for all"}},
    )

    assert await fix_club_settings(BlogSettings, {"posts_per_page": Fix(15, "for all")}, actor=operator) == ()
    await fix_club_settings(BlogSettings, {"posts_per_page": None}, actor=operator)

    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 10


async def test_a_fixed_value_that_does_not_fit_any_more_fixes_nothing(village: Village) -> None:
    await change_club_settings(village.club, BlogSettings, {"posts_per_page": 10}, actor=None)
    record = {"value": 1000, "reason": "", "by": "", "at": "2026-01-01T00:00:00+00:00"}
    await Setting.create(scope="fixed", owner_id=0, part="blog", values={"posts_per_page": record})
    village.app.plugin_settings.drop("fixed", 0)

    assert (await club_settings(village.club, BlogSettings)).posts_per_page == 10
    assert await fixes_of(BlogSettings) == {}


async def test_the_doctor_names_stored_values_that_do_not_fit_any_more(village: Village) -> None:
    await Setting.create(scope="club", owner_id=village.club.id, part="blog", values={"posts_per_page": 1, "former": 2})
    await Setting.create(scope="member", owner_id=village.member.id, part="wiki", values={"editor": "vi"})
    await Setting.create(scope="fixed", owner_id=0, part="blog", values={"trash_days": {"value": -1}})
    await Setting.create(scope="club", owner_id=1, part="gone", values={"anything": 1})

    said = [one.text for one in await examine(village.app) if one.subject == "settings"]

    assert [text.partition(" is ")[0] for text in said] == [
        f"blog: the setting posts_per_page of the club {village.club.id}",
        f"wiki: the setting editor of the user {village.member.id}",
        "blog: the setting trash_days that",
    ]
