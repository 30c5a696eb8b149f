"""What it costs to ask plugins through a hook, against calling their functions, and against pluggy's own call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from core.hooks import Hooks, hookimpl, hookspec
from core.navigation import Link
from core.parts import LoadedPart, Part

IMPLEMENTATIONS = (1, 10, 30)
ROUNDS = 20
CALLS = 600


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of the processor for one implementation; the least of several runs, since others use the machine too.

    Args:
        kind: `def` or `async def`.
        count: how many implementations were asked at once.
        direct: calling the functions one after the other.
        pluggy: through pluggy, which knows neither clubs nor `async`; None for what it cannot do.
        cercle: through `Hooks.collect`: by club, with a time-out, a catch, a counter and a look at the answer.
    """

    kind: str
    count: int
    direct: float
    pluggy: float | None
    cercle: float


def measure() -> list[Cost]:
    """The costs for one, ten and thirty implementations."""
    return [asyncio.run(_cost(kind, count)) for kind in ("def", "async def") for count in IMPLEMENTATIONS]


async def _cost(kind: str, count: int) -> Cost:
    hooks, functions = _hooks(kind, count)
    names = frozenset(f"plugin{number}" for number in range(count))
    club, viewer = object(), object()
    caller: Any = hooks._manager.hook.things_listed

    async def directly() -> None:
        for function in functions:
            answer = function(club, viewer)
            if kind == "async def":
                await answer

    async def by_pluggy() -> None:
        caller(club=club, viewer=viewer)

    async def by_cercle() -> None:
        await hooks.collect("things_listed", plugins=names, club_id=1, club=club, viewer=viewer)

    pluggy = await _microseconds(by_pluggy, count) if kind == "def" else None
    return Cost(kind, count, await _microseconds(directly, count), pluggy, await _microseconds(by_cercle, count))


async def _microseconds(act: Callable[[], Awaitable[None]], count: int) -> float:
    calls, spent = max(20, CALLS // count), []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(calls):
            await act()
        spent.append((time.process_time() - started) / calls / count * 1e6)
    return min(spent)


def _hooks(kind: str, count: int) -> tuple[Hooks, Sequence[Callable[..., Any]]]:
    """A dispatcher with so many plugins, and what they implement."""
    specifications = ModuleType("specifications")

    @hookspec("collect")
    def things_listed(club: object, viewer: object) -> Sequence[Link] | None:
        """A hook as those of a club are."""

    things_listed.__module__ = __name__
    specifications.things_listed = things_listed  # type: ignore[attr-defined] # a module made here has any name
    hooks, functions = Hooks(), []
    hooks.add_specifications(specifications)
    for number in range(count):
        loaded = LoadedPart(Part(f"plugin{number}", "Plugin", "", "1"), f"plugin{number}", bundled=False)
        function = _implementation(kind)
        module = ModuleType(f"plugin{number}.hooks")
        module.things_listed = function  # type: ignore[attr-defined] # a module made here has any name
        loaded.modules["hooks"] = module
        hooks.register(loaded)
        functions.append(function)
    return hooks, functions


def _implementation(kind: str) -> Callable[..., Any]:
    answer = (Link("Things", "/things"), Link("More", "/more"))

    def plain(club: object, viewer: object) -> Sequence[Link]:
        return answer

    async def waiting(club: object, viewer: object) -> Sequence[Link]:
        return answer

    return hookimpl(plain if kind == "def" else waiting)


def table(costs: Sequence[Cost]) -> str:
    """The costs as a table."""
    head = ("implementations", "called directly", "pluggy's own call", "`Hooks.collect`", "more than directly")
    lines = [f"| {' | '.join(head)} |", "|---|---|---|---|---|"]
    for one in costs:
        pluggy = f"{one.pluggy:.2f} µs" if one.pluggy is not None else ""
        more = f"{one.cercle - one.direct:.1f} µs"
        lines.append(f"| {one.count} × `{one.kind}` | {one.direct:.2f} µs | {pluggy} | {one.cercle:.2f} µs | {more} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(measure()))
