"""The dispatcher of hooks. pluggy registers and validates; this walks the implementations itself, because pluggy has no
async, stops at the first exception and knows no clubs.

Each implementation is called with a time-out, a catch and a counter, so that a broken plugin never takes a page down.
"""

from __future__ import annotations

import asyncio
import difflib
import inspect
import logging
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import pluggy

from core.errors import PluginError
from core.parts import LoadedPart

logger = logging.getLogger("cercle.hooks")

PROJECT = "cercle"
Mode = Literal["collect", "first", "chain", "verdict", "notify"]
FaultListener = Callable[["HookFault"], Awaitable[None]]

_spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


def hookspec(mode: Mode, *, seconds: float | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a hook.

    Args:
        mode: `collect` gathers every answer, `first` takes the first that is not None, `chain` passes a value through,
            `verdict` is True only when nobody says no (an error is a no), `notify` tells and reports who failed.
        seconds: that an implementation may take; None for what the site's setting says. For work that no page waits for.
    """

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.cercle_mode = mode  # type: ignore[attr-defined]
        function.cercle_seconds = seconds  # type: ignore[attr-defined]
        return _spec(function)

    return mark


@dataclass(frozen=True, slots=True)
class HookFault:
    """One failed call.

    Args:
        plugin: who failed.
        hook: in which hook; method and path where it was a page.
        club_id: for which club, or None for the site.
        error: what was raised; `TimeoutError` when it took too long.
        traceback: the text of it.
    """

    plugin: str
    hook: str
    club_id: int | None
    error: BaseException
    traceback: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one plugin answered to a hook."""

    plugin: str
    value: Any


class Hooks:
    """The hooks of one application.

    Args:
        timeout: seconds that an implementation may take.
    """

    def __init__(self, *, timeout: float = 5.0) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._modes: dict[str, Mode] = {}
        self._limits: dict[str, float] = {}
        self._site_wide: set[str] = set()
        self._listeners: list[FaultListener] = []
        self.timeout = timeout
        self.calls: Counter[tuple[str, str]] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()
        self.seconds: Counter[tuple[str, str]] = Counter()

    def add_specifications(self, module: ModuleType) -> None:
        """Take over the hooks that a `hookspecs.py` declares."""
        self._manager.add_hookspecs(module)
        for name, function in vars(module).items():
            if mode := getattr(function, "cercle_mode", None):
                self._modes[name] = mode
                self._limits[name] = function.cercle_seconds or self.timeout

    def register(self, loaded: LoadedPart) -> None:
        """Take over the implementations in a part's `hooks.py`.

        Raises:
            PluginError: for a hook that does not exist (with the nearest name), wrong arguments, or a wrapper.
        """
        module = loaded.modules.get("hooks")
        if module is None:
            return
        try:
            self._manager.register(module, name=loaded.name)
            self._refuse_unknown(loaded.name)
        except (pluggy.PluginValidationError, PluginError) as error:
            self.unregister(loaded.name)
            raise PluginError(str(error), plugin=loaded.name) from error
        if loaded.part.scope == "site":
            self._site_wide.add(loaded.name)

    def unregister(self, plugin: str) -> None:
        """Forget a plugin's implementations."""
        if self._manager.has_plugin(plugin):
            self._manager.unregister(name=plugin)

    def on_fault(self, listener: FaultListener) -> None:
        """Tell this listener about each fault."""
        self._listeners.append(listener)

    def names(self) -> dict[str, Mode]:
        """Every declared hook and its mode."""
        return dict(self._modes)

    def implementers(self, hook: str) -> tuple[str, ...]:
        """Names of the parts that implement a hook, in calling order."""
        return tuple(impl.plugin_name for impl in self._implementations(hook, None))

    def at_start(self, hook: str, **arguments: Any) -> list[Answer]:
        """Ask everybody once while the application is built; an error is the start's error."""
        impls = list(self._implementations(hook, None))
        return [Answer(i.plugin_name, i.function(*(arguments[name] for name in i.argnames))) for i in impls]

    async def collect(
        self, hook: str, *, plugins: Collection[str] | None = None, club_id: int | None = None, **arguments: Any
    ) -> list[Answer]:
        """Every answer that is not None, in calling order; lists are kept as one answer.

        Args:
            hook: its name.
            plugins: the plugins that are on in the club; None asks everybody.
            club_id: the club it is about; for the fault log, and for implementations that ask for it.
            arguments: by the names in the specification.
        """
        answers = []
        for impl in self._implementations(hook, plugins):
            value = await self._call(impl, hook, club_id, arguments)
            if value is not None and not isinstance(value, HookFault):
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
        return await self._guarded((plugin, hook), club_id, work)

    async def _call(self, impl: Any, hook: str, club_id: int | None, arguments: dict[str, Any]) -> Any:
        given = {"club_id": club_id, **arguments}
        work = lambda: impl.function(*(given[name] for name in impl.argnames))  # noqa: E731
        return await self._guarded((impl.plugin_name, hook), club_id, work)

    async def _guarded(self, key: tuple[str, str], club_id: int | None, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            value = work()
            return await asyncio.wait_for(value, self._limits[key[1]]) if inspect.isawaitable(value) else value
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it is recorded
            self.faults[key] += 1
            fault = HookFault(*key, club_id, error, traceback.format_exc(limit=20))
            await self.report(fault)
            return fault
        finally:
            self.calls[key] += 1
            self.seconds[key] += time.perf_counter() - started  # type: ignore[assignment]

    async def report(self, fault: HookFault) -> None:
        """Write a fault down, and tell whoever listens for faults."""
        logger.warning("Plugin %s failed in %s: %s", fault.plugin, fault.hook, fault.traceback)
        for listener in self._listeners:
            try:
                await listener(fault)
            except Exception:
                logger.exception("Recording a fault failed")

    def _refuse_unknown(self, plugin: str) -> None:
        known = list(self._modes)
        for caller in self._manager.get_hookcallers(self._manager.get_plugin(plugin)) or ():
            for impl in caller.get_hookimpls():
                if impl.plugin_name != plugin:
                    continue
                if impl.hookwrapper or impl.wrapper:
                    raise PluginError(f"Hook {caller.name!r}: wrappers are not supported", plugin=plugin)
                if caller.spec is None:
                    near = difflib.get_close_matches(caller.name, known, n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else ""
                    raise PluginError(f"There is no hook {caller.name!r}{hint}", plugin=plugin)
