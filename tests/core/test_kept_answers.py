"""Answers that depend on the set of plugins and the language alone: asked once, and anew when something changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from cercle.testing import Village
from core.bus import LocalBus
from core.dispatch.kept_answers import TOPIC
from core.errors import PluginError
from core.hooks import Hooks, hookimpl, hookspec
from core.i18n import speaking
from core.parts import LoadedPart, Part


async def test_everybody_is_asked_once_for_each_language_and_set_of_plugins() -> None:
    asked: list[str] = []
    hooks = _hooks(one=_noting(asked, "one"), two=_noting(asked, "two"))

    for language in ("en", "fr", "en"):
        with speaking(language):
            found = [await hooks.collect("links_given", plugins=names) for names in (None, {"one"}, ["one"], None)]
            assert [[answer.value for answer in answers] for answers in found] == [
                ["two", "one"],
                ["one"],
                ["one"],
                ["two", "one"],
            ]

    assert sorted(asked) == ["one"] * 4 + ["two"] * 2


async def test_whoever_changes_the_answers_that_were_handed_out_changes_no_kept_ones() -> None:
    hooks = _hooks(one=_noting([], "one"))
    (await hooks.collect("links_given")).clear()
    assert len(await hooks.collect("links_given")) == 1


async def test_an_answer_with_a_fault_among_it_is_not_kept() -> None:
    asked: list[str] = []

    def failing_once() -> str:
        asked.append("bad")
        if len(asked) == 1:
            raise RuntimeError("no")
        return "well again"

    hooks = _hooks(good=lambda: "good", bad=failing_once)
    found = [[answer.value for answer in await hooks.collect("links_given")] for _ in range(3)]

    assert found == [["good"], ["well again", "good"], ["well again", "good"]]
    assert asked == ["bad", "bad"]


async def test_a_plugin_that_is_taken_out_answers_no_more() -> None:
    hooks = _hooks(one=lambda: 1, two=lambda: 2)
    before = await hooks.collect("links_given")
    hooks.unregister("two")

    assert [answer.value for answer in before] == [2, 1]
    assert [answer.value for answer in await hooks.collect("links_given")] == [1]


async def test_a_word_on_the_bus_drops_them_and_a_club_s_own_settings_do_not() -> None:
    asked: list[str] = []
    hooks, bus = _hooks(one=_noting(asked, "one")), LocalBus()
    async with hooks.kept.following(bus):
        for scope in ("club", "member", "site", "fixed"):
            await hooks.collect("links_given")
            await bus.publish(TOPIC, {"scope": scope, "owner": 0})
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await hooks.collect("links_given")

    assert len(asked) == 3


async def test_what_changed_while_it_was_asked_for_is_asked_for_again() -> None:
    asked: list[str] = []

    async def slow() -> str:
        asked.append("slow")
        hooks.kept.drop()
        return "old"

    hooks = _hooks(one=slow)
    for _ in range(2):
        await hooks.collect("links_given")

    assert asked == ["slow", "slow"]


async def test_who_asks_one_plugin_alone_is_not_given_everybody_s_answers() -> None:
    hooks = _hooks(one=lambda: 1, two=lambda: 2)
    await hooks.collect("links_given")
    assert [answer.value for answer in await hooks.collect("links_given", only="one")] == [1]


def test_a_steady_hook_takes_no_arguments() -> None:
    module = ModuleType("specifications")

    @hookspec("collect", steady=True)
    def links_given(club: object) -> object:
        """Links."""

    module.__dict__["links_given"] = links_given
    with pytest.raises(PluginError, match="takes no arguments"):
        Hooks().add_specifications(module)


async def test_the_console_asks_for_its_tabs_once(village: Village) -> None:
    operator = village.client(village.operator)
    pages = [(await operator.get("/admin/audit")).text for _ in range(2)]

    assert all("Fields of profiles" in page for page in pages)
    assert village.app.hooks.calls["directory", "console_links"] == 1


def _hooks(**functions: Callable[[], Any]) -> Hooks:
    module = ModuleType("specifications")

    @hookspec("collect", steady=True)
    def links_given() -> object:
        """Links."""

    module.__dict__["links_given"] = links_given
    hooks = Hooks(timeout=1)
    hooks.add_specifications(module)
    for name, function in functions.items():
        own = cast(ModuleType, SimpleNamespace(links_given=hookimpl(function)))
        hooks.register(LoadedPart(Part(name, name, "", "1"), name, True, modules={"hooks": own}))
    return hooks


def _noting(asked: list[str], name: str) -> Callable[[], str]:
    def answer() -> str:
        asked.append(name)
        return name

    return answer
