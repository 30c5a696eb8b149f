"""Old hooks and arguments: they work with one warning that says what to do, and are refused in the version that is told."""

from __future__ import annotations

import logging
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from cercle.testing import Village
from core import __version__
from core.dispatch.deprecation import Deprecation, deprecations
from core.doctor import examine
from core.errors import PluginError
from core.hooks import Hooks, hookimpl, hookspec
from core.parts import LoadedPart, Part

GOING = Deprecation(since="0.1", until="99.0", use="pages_gathered")
GONE = Deprecation(since="0.0.1", until=__version__, use="pages_gathered")
RENAMED = Deprecation(since="0.1", until="99.0", use="person")
LOST = Deprecation(since="0.0.1", until=__version__, use="person")


def _specifications() -> ModuleType:
    module = ModuleType("specifications")

    @hookspec("collect")
    def pages_gathered(person: str) -> list[str]:
        """The hook of today."""
        return []

    @hookspec("collect", deprecated=GOING)
    def things_gathered(person: str) -> list[str]:
        """An old hook."""
        return []

    @hookspec("collect", deprecated=GONE)
    def items_gathered(person: str) -> list[str]:
        """A hook that is gone."""
        return []

    @hookspec("collect", renamed={"user": RENAMED, "member": LOST})
    def words_found(person: str, words: list[str]) -> list[str]:
        """A hook of which an argument has another name now."""
        return []

    for function in (pages_gathered, things_gathered, items_gathered, words_found):
        setattr(module, function.__name__, function)
    return module


def _part(name: str, **functions: Any) -> LoadedPart:
    module = cast(ModuleType, SimpleNamespace(**{key: hookimpl(value) for key, value in functions.items()}))
    return LoadedPart(Part(name, name, "", "1"), name, True, modules={"hooks": module})


@pytest.fixture
def hooks() -> Hooks:
    made = Hooks()
    made.add_specifications(_specifications())
    return made


async def test_an_old_hook_works_and_is_told_once_with_what_takes_its_place(
    hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="cercle.hooks"):
        hooks.register(_part("poll", things_gathered=lambda person: [person]))
        answers = [await hooks.collect("things_gathered", person="Ada") for _ in range(3)]
    assert [answer[0].value for answer in answers] == [["Ada"]] * 3
    assert caplog.messages == [
        "Plugin poll: The hook 'things_gathered' is old since Cercle 0.1 and goes in Cercle 99.0; use 'pages_gathered' instead"
    ]


async def test_an_argument_by_its_old_name_has_the_value_of_the_new_one(hooks: Hooks) -> None:
    hooks.register(_part("old", words_found=lambda words, user: [user, *words]))
    hooks.register(_part("new", words_found=lambda person, words: [person, *words]))
    found = await hooks.collect("words_found", person="Ada", words=["x"])
    assert {answer.plugin: answer.value for answer in found} == {"old": ["Ada", "x"], "new": ["Ada", "x"]}
    assert [(way.hook, way.argument) for way in hooks.old_ways.of("old")] == [("words_found", "user")]
    assert hooks.old_ways.of("new") == ()


async def test_a_hook_of_today_is_not_told(hooks: Hooks, caplog: pytest.LogCaptureFixture) -> None:
    hooks.register(_part("poll", pages_gathered=lambda person: [person]))
    assert (caplog.messages, hooks.old_ways.of("poll")) == ([], ())


@pytest.mark.parametrize(
    "functions,reason",
    [
        ({"items_gathered": lambda person: [person]}, "hook 'items_gathered' is gone since .*; use 'pages_gathered'"),
        ({"words_found": lambda member: [member]}, "argument 'member' of hook 'words_found' is gone .*; use 'person'"),
    ],
)
def test_what_is_gone_is_refused_with_the_reason_and_the_plugin_forgotten(
    hooks: Hooks, functions: dict[str, Any], reason: str
) -> None:
    with pytest.raises(PluginError, match=reason):
        hooks.register(_part("poll", things_gathered=lambda person: [person], **functions))
    assert hooks.implementers("things_gathered") == ()
    assert hooks.old_ways.of("poll") == ()


async def test_the_operator_reads_of_it_in_the_doctors_report(village: Village) -> None:
    village.app.hooks.add_specifications(_specifications())
    village.app.hooks.unregister("wiki")
    village.app.hooks.register(_part("wiki", things_gathered=lambda person: [person], words_found=lambda user: [user]))
    found = await examine(village.app)
    told = [finding.text for finding in found if (finding.subject, finding.level) == ("plugin wiki", "warn")]
    assert told == list(deprecations(village.app, "wiki"))
    assert [text.split("'")[1] for text in told] == ["things_gathered", "user"]
