"""The dispatcher of hooks. pluggy registers and validates; this walks the implementations itself, because pluggy has no
async, stops at the first exception and knows no clubs.

Each implementation is called with a time-out, a catch, a counter and a look at its answer, so that a broken plugin never
takes a page down.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any, Literal

import pluggy

from core.dispatch.answers import Kind, kinds_of_answer
from core.dispatch.calls import Calls, FaultListener, HookFault
from core.dispatch.deprecation import Deprecation, OldWays
from core.dispatch.implementations import refuse_wrong_implementations
from core.dispatch.kept_answers import Answer, KeptAnswers
from core.errors import PluginError
from core.parts import LoadedPart

PROJECT = "cercle"
Mode = Literal["collect", "first", "chain", "verdict", "notify"]

_spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a part's `hooks.py` as its answer to the hook of that name. `@hookimpl(optionalhook=True)` is for a hook
of a plugin that a site may do without, `@hookimpl(trylast=True)` for one that waits for what all others do.
"""


def hookspec(
    mode: Mode,
    *,
    seconds: float | None = None,
    steady: bool = False,
    deprecated: Deprecation | None = None,
    renamed: Mapping[str, Deprecation] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a hook.

    Args:
        mode: `collect` gathers every answer, `first` takes the first that is not None, `chain` passes a value through,
            `verdict` is True only when nobody says no (an error is a no), `notify` tells and reports who failed.
        seconds: that an implementation may take; None for what the site's setting says. For work that no page waits for.
        steady: that the answers to `collect` follow from which plugins are asked, their settings for the site, and the language
            alone; they are kept. Such a hook takes no arguments.
        deprecated: that the hook is going, and what takes its place.
        renamed: arguments by their old names, which implementations may still take; `use` is the name of today.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.cercle_mode = mode  # type: ignore[attr-defined]
        function.cercle_seconds = seconds  # type: ignore[attr-defined]
        function.cercle_steady = steady  # type: ignore[attr-defined]
        function.cercle_old = (deprecated, renamed or {})  # type: ignore[attr-defined]
        return _spec(function)

    return mark


class Hooks:
    """The hooks of one application.

    Args:
        timeout: seconds that an implementation may take.
    """

    def __init__(self, *, timeout: float = 5.0) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._modes: dict[str, Mode] = {}
        self._limits: dict[str, float] = {}
        self._arguments: dict[str, tuple[str, ...]] = {}
        self._kinds: dict[str, tuple[Kind, ...]] = {}
        self._site_wide: set[str] = set()
        self._steady: set[str] = set()
        self.kept = KeptAnswers()
        self._calls = Calls()
        self.old_ways = OldWays()
        self.timeout = timeout
        self.timings = self._calls.timings
        self.report, self.notice = self._calls.report, self._calls.notice

    @property
    def calls(self) -> Counter[tuple[str, str]]:
        """How often this process called each plugin's implementation of each hook."""
        return self.timings.calls

    @property
    def faults(self) -> Counter[tuple[str, str]]:
        """How often that failed."""
        return self.timings.faults

    def add_specifications(self, module: ModuleType) -> None:
        """Take over the hooks that a `hookspecs.py` declares."""
        self._manager.add_hookspecs(module)
        for name, function in vars(module).items():
            if mode := getattr(function, "cercle_mode", None):
                self._modes[name] = mode
                self._limits[name] = function.cercle_seconds or self.timeout
                self._arguments[name] = (*inspect.signature(function).parameters, *function.cercle_old[1])
                self.old_ways.declare(name, *function.cercle_old)
                getattr(self._manager.hook, name).spec.argnames = self._arguments[name]
                self._kinds[name] = () if mode == "notify" else kinds_of_answer(function)
                if function.cercle_steady:
                    self._declare_steady(name)

    def _declare_steady(self, hook: str) -> None:
        if self._modes[hook] != "collect" or self._arguments[hook]:
            raise PluginError(f"Hook {hook!r}: what is steady collects, and takes no arguments", plugin=hook)
        self._steady.add(hook)

    def register(self, loaded: LoadedPart) -> None:
        """Take over the implementations in a part's `hooks.py`.

        Raises:
            PluginError: for a hook that does not exist (with the nearest name), wrong arguments, or a wrapper.
        """
        module = loaded.modules.get("hooks")
        if module is None:
            return
        refuse_wrong_implementations(module, self._arguments, plugin=loaded.name)
        try:
            self._manager.register(module, name=loaded.name)
            self._bring_up_to_date(loaded.name)
        except (pluggy.PluginValidationError, PluginError) as error:
            self.unregister(loaded.name)
            raise PluginError(str(error), plugin=loaded.name) from error
        if loaded.part.scope == "site":
            self._site_wide.add(loaded.name)

    def unregister(self, plugin: str) -> None:
        """Forget a plugin's implementations."""
        if self._manager.has_plugin(plugin):
            self._manager.unregister(name=plugin)
        self.old_ways.forget(plugin)
        self.kept.drop()

    def _bring_up_to_date(self, plugin: str) -> None:
        """Give implementations with old arguments the values of those of today, and name what is old."""
        for caller in self._manager.get_hookcallers(self._manager.get_plugin(plugin)) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin_name == plugin:
                    impl.argnames = self.old_ways.look_at(plugin, caller.name, impl.argnames)  # type: ignore[misc]

    def on_fault(self, listener: FaultListener) -> None:
        """Tell this listener about each fault."""
        self._calls.on_fault(listener)

    def names(self) -> dict[str, Mode]:
        """Every declared hook and its mode."""
        return dict(self._modes)

    def implementers(self, hook: str) -> tuple[str, ...]:
        """Names of the parts that implement a hook, in calling order."""
        return tuple(impl.plugin_name for impl in self._implementations(hook, None))

    def at_start(self, hook: str, part: str, **arguments: Any) -> Any:
        """What one part answers while the application is built, None when it implements no such hook; errors are raised."""
        impls = [impl for impl in self._implementations(hook, None) if impl.plugin_name == part]
        return impls[0].function(*(arguments[name] for name in impls[0].argnames)) if impls else None

    async def collect(
        self,
        hook: str,
        *,
        plugins: Collection[str] | None = None,
        club_id: int | None = None,
        only: str | None = None,
        failed: list[str] | None = None,
        **arguments: Any,
    ) -> list[Answer]:
        """Every answer that is not None, in calling order; lists are kept as one answer.

        Args:
            hook: its name.
            plugins: the plugins that are on in the club; None asks everybody.
            club_id: the club it is about; for the fault log, and for implementations that ask for it.
            only: asks this plugin alone.
            failed: is told the names of those that failed, for a caller that says so in their place.
            arguments: by the names in the specification.
        """
        failures: list[str] = [] if failed is None else failed
        if hook not in self._steady or only is not None:
            asked = [impl for impl in self._implementations(hook, plugins) if only in (None, impl.plugin_name)]
            return await self._answers(asked, hook, club_id, arguments, failures)
        question, edition = self.kept.question(hook, plugins), self.kept.edition
        answers = self.kept.get(question)
        if answers is None:
            answers = await self._answers(self._implementations(hook, plugins), hook, club_id, {}, failures)
            if not failures:
                self.kept.put(question, answers, edition)
        return answers

    async def _answers(
        self, asked: Iterable[Any], hook: str, club_id: int | None, arguments: dict[str, Any], failed: list[str]
    ) -> list[Answer]:
        answers = []
        for impl in asked:
            value = await self._call(impl, hook, club_id, arguments)
            if isinstance(value, HookFault):
                failed.append(impl.plugin_name)
            elif value is not None:
                answers.append(Answer(impl.plugin_name, value))
        return answers

    async def first(
        self, hook: str, *, plugins: Collection[str] | None = None, club_id: int | None = None, **arguments: Any
    ) -> Any:
        """The first answer that is not None; the arguments are those of `collect`."""
        for impl in self._implementations(hook, plugins):
            value = await self._call(impl, hook, club_id, arguments)
            if value is not None and not isinstance(value, HookFault):
                return value
        return None

    async def chain(
        self,
        hook: str,
        value: Any,
        *,
        plugins: Collection[str] | None = None,
        club_id: int | None = None,
        **arguments: Any,
    ) -> Any:
        """Pass a value through every implementation; a failing one leaves it as it was."""
        for impl in self._implementations(hook, plugins):
            changed = await self._call(impl, hook, club_id, {**arguments, "value": value})
            if changed is not None and not isinstance(changed, HookFault):
                value = changed
        return value

    async def verdict(
        self, hook: str, *, plugins: Collection[str] | None = None, club_id: int | None = None, **arguments: Any
    ) -> bool:
        """True when nobody answers False; an error or a time-out is a no."""
        for impl in self._implementations(hook, plugins):
            value = await self._call(impl, hook, club_id, arguments)
            if value is False or isinstance(value, HookFault):
                return False
        return True

    async def notify(
        self,
        hook: str,
        *,
        plugins: Collection[str] | None = None,
        club_id: int | None = None,
        only: str | None = None,
        **arguments: Any,
    ) -> list[HookFault]:
        """Tell everybody, or `only` one plugin; answers the faults, so that the caller can try those again."""
        told = [i for i in self._implementations(hook, plugins) if only in (None, i.plugin_name)]
        answers = [await self._call(impl, hook, club_id, arguments) for impl in told]
        return [answer for answer in answers if isinstance(answer, HookFault)]

    def _implementations(self, hook: str, plugins: Collection[str] | None) -> Iterator[Any]:
        caller = getattr(self._manager.hook, hook)
        for impl in reversed(caller.get_hookimpls()):
            if plugins is None or impl.plugin_name in plugins or impl.plugin_name in self._site_wide:
                yield impl

    async def attempt(self, plugin: str, hook: str, club_id: int | None, work: Callable[[], Any]) -> Any:
        """What a function answers that a plugin gave as part of its answer to a hook; a `HookFault` when it fails.

        Args:
            plugin: whose function it is.
            hook: that it belongs to.
            club_id: the club it is about.
            work: the function; what it answers is awaited where it can be.
        """
        return await self._calls.guarded((plugin, hook), club_id, work, self._limits[hook])

    async def _call(self, impl: Any, hook: str, club_id: int | None, arguments: dict[str, Any]) -> Any:
        given = [club_id if name == "club_id" else arguments[name] for name in impl.argnames]
        work = partial(impl.function, *given)
        key = (impl.plugin_name, hook)
        return await self._calls.guarded(key, club_id, work, self._limits[hook], self._kinds[hook])
