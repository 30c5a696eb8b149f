"""The dispatcher: modes, faults, time-outs, and which plugins are asked."""

from __future__ import annotations

import asyncio
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from core.dispatch.calls import HookFault
from core.errors import PluginError
from core.hooks import Hooks, hookimpl, hookspec
from core.parts import LoadedPart, Part


def _specifications() -> ModuleType:
    module = ModuleType("specifications")

    @hookspec("collect")
    def things_gathered(club: object) -> object:
        """Gather."""

    @hookspec("first")
    def thing_found(name: str) -> object:
        """Find."""

    @hookspec("chain")
    def text_changed(value: str) -> str:
        """Change."""
        return value

    @hookspec("verdict")
    def visit_allowed(name: str) -> bool:
        """Allow."""
        return True

    @hookspec("notify")
    def thing_happened(name: str) -> None:
        """Tell."""

    for function in (things_gathered, thing_found, text_changed, visit_allowed, thing_happened):
        setattr(module, function.__name__, function)
    return module


def _part(name: str, scope: str = "club", **functions: Any) -> LoadedPart:
    module = cast(ModuleType, SimpleNamespace(**{key: hookimpl(value) for key, value in functions.items()}))
    return LoadedPart(Part(name, name, "", "1", scope=scope), name, True, modules={"hooks": module})  # type: ignore[arg-type]


def _hooks(*parts: LoadedPart, timeout: float = 1) -> Hooks:
    hooks = Hooks(timeout=timeout)
    hooks.add_specifications(_specifications())
    for part in parts:
        hooks.register(part)
    return hooks


def _raising(**_: object) -> None:
    raise RuntimeError("no")


async def _later(name: str) -> str:
    await asyncio.sleep(0)
    return f"later {name}"


async def test_collect_gathers_what_is_not_none_the_latest_first() -> None:
    hooks = _hooks(
        _part("one", things_gathered=lambda: 1),
        _part("two", things_gathered=lambda: None),
        _part("three", things_gathered=lambda club: club),
    )
    found = await hooks.collect("things_gathered", club="atelier")
    assert [(answer.plugin, answer.value) for answer in found] == [("three", "atelier"), ("one", 1)]


async def test_first_takes_an_answer_of_an_asynchronous_function_and_asks_nobody_else() -> None:
    asked: list[str] = []
    hooks = _hooks(
        _part("never", thing_found=lambda name: asked.extend([name])),
        _part("later", thing_found=_later),
        _part("none", thing_found=lambda: None),
    )
    assert await hooks.first("thing_found", name="x") == "later x"
    assert asked == []


async def test_chain_passes_the_value_on_and_leaves_out_who_fails() -> None:
    hooks = _hooks(
        _part("sure", text_changed=lambda value: f"{value}!"),
        _part("broken", text_changed=lambda value: value.nothing),
        _part("loud", text_changed=lambda value: value.upper()),
    )
    assert await hooks.chain("text_changed", "hello") == "HELLO!"


@pytest.mark.parametrize("answers, verdict", [((True, None), True), ((), True), ((True, False), False)])
async def test_a_verdict_is_no_as_soon_as_one_says_no(answers: tuple[bool | None, ...], verdict: bool) -> None:
    hooks = _hooks(*(_part(f"p{n}", visit_allowed=lambda answer=answer: answer) for n, answer in enumerate(answers)))
    assert await hooks.verdict("visit_allowed", name="x") is verdict


async def test_an_error_is_a_no() -> None:
    def broken(name: str) -> bool:
        raise RuntimeError(name)

    assert await _hooks(_part("broken", visit_allowed=broken)).verdict("visit_allowed", name="x") is False


async def test_one_fault_stops_nobody_and_is_told_counted_and_answered() -> None:
    heard: list[HookFault] = []
    told: list[str] = []

    def broken(name: str) -> None:
        raise RuntimeError("broken")

    async def listen(fault: HookFault) -> None:
        heard.append(fault)

    hooks = _hooks(
        _part("broken", thing_happened=broken), _part("well", thing_happened=lambda name: told.extend([name]))
    )
    hooks.on_fault(listen)
    faults = await hooks.notify("thing_happened", club_id=7, name="x")
    assert told == ["x"]
    assert [(f.plugin, f.hook, f.club_id, str(f.error)) for f in faults] == [("broken", "thing_happened", 7, "broken")]
    assert heard == faults
    assert hooks.faults == {("broken", "thing_happened"): 1}
    assert hooks.calls == {("broken", "thing_happened"): 1, ("well", "thing_happened"): 1}


async def test_whoever_takes_too_long_is_a_fault() -> None:
    async def forever(name: str) -> None:
        await asyncio.Event().wait()

    faults = await _hooks(_part("slow", thing_happened=forever), timeout=0.01).notify("thing_happened", name="x")
    assert [type(fault.error) for fault in faults] == [TimeoutError]


async def test_a_listener_that_fails_stops_nothing() -> None:
    async def listen(fault: HookFault) -> None:
        raise RuntimeError("listener")

    hooks = _hooks(_part("broken", things_gathered=lambda club: club.nothing), _part("well", things_gathered=lambda: 1))
    hooks.on_fault(listen)
    assert [answer.plugin for answer in await hooks.collect("things_gathered", club=None)] == ["well"]


async def test_only_plugins_that_are_on_and_parts_of_the_site_are_asked() -> None:
    hooks = _hooks(
        _part("on", things_gathered=lambda: 1),
        _part("off", things_gathered=lambda: 2),
        _part("site", "site", things_gathered=lambda: 3),
    )
    found = await hooks.collect("things_gathered", plugins={"on"}, club=None)
    assert [answer.plugin for answer in found] == ["site", "on"]


async def test_only_one_plugin_is_told_when_the_event_is_tried_again() -> None:
    told: list[str] = []
    parts = [_part(name, thing_happened=lambda name, who=name: told.append(who)) for name in ("a", "b")]
    await _hooks(*parts).notify("thing_happened", only="b", name="x")
    assert told == ["b"]


def test_an_unknown_hook_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(PluginError, match="There is no hook 'thing_fond'; did you mean 'thing_found'"):
        _hooks(_part("typo", thing_fond=lambda name: name))


def test_an_unknown_argument_is_refused_and_the_plugin_forgotten() -> None:
    hooks = _hooks()
    with pytest.raises(PluginError, match="weather"):
        hooks.register(_part("wordy", thing_found=lambda weather: weather))
    assert hooks.implementers("thing_found") == ()
