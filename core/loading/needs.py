"""What parts need of each other: names with version ranges, and the order in which they are loaded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from core.errors import PluginError

if TYPE_CHECKING:
    from core.parts import LoadedPart, Part


def needs_of(part: Part) -> dict[str, SpecifierSet]:
    """The parts that this one cannot run without, each with the versions that will do.

    Raises:
        PluginError: when an entry of `requires` cannot be read.
    """
    try:
        wanted = [Requirement(text) for text in part.requires]
    except InvalidRequirement as error:
        text = f'Wrong entry in requires: {error}. Write the name of a plugin, such as "wiki" or "wiki>=1.2,<2"'
        raise PluginError(text, plugin=part.name) from None
    return {one.name: one.specifier for one in wanted}


def in_order_of_need(foundation: Sequence[LoadedPart], plugins: Sequence[LoadedPart]) -> list[LoadedPart]:
    """The plugins, each behind those it requires and those it comes `after`; one that lacks what it needs is failed.

    Where wishes to come after one another go round in a circle, they give way.

    Args:
        foundation: what is there before any plugin.
        plugins: all that were found, failed ones included.
    """
    settled = {one.name: one for one in foundation}
    waiting, ordered = list(plugins), []
    while waiting:
        able = _free(waiting, lambda one: (*_needs(one), *one.part.after)) or _free(waiting, _needs) or waiting
        for one in able:
            _fail_without(one, settled, {other.name for other in waiting})
        settled |= {one.name: one for one in able}
        ordered += able
        waiting = [one for one in waiting if one not in able]
    return ordered


def _free(waiting: Sequence[LoadedPart], links: Callable[[LoadedPart], Iterable[str]]) -> list[LoadedPart]:
    """Those that wait for no other."""
    names = {one.name for one in waiting}
    return [one for one in waiting if names.isdisjoint(set(links(one)) - {one.name})]


def _needs(loaded: LoadedPart) -> dict[str, SpecifierSet]:
    return {} if loaded.failure else needs_of(loaded.part)


def _fail_without(loaded: LoadedPart, settled: Mapping[str, LoadedPart], waiting: Collection[str]) -> None:
    for name, versions in _needs(loaded).items():
        if lack := _lack(name, versions, settled.get(name), waiting):
            loaded.fail(PluginError(f"Needs {name}{versions}, {lack}", plugin=loaded.name))
            return


def _lack(name: str, versions: SpecifierSet, found: LoadedPart | None, waiting: Collection[str]) -> str:
    if found is None:
        return "which needs it in turn" if name in waiting else "which is not installed"
    if found.failure:
        return "which does not run"
    if not versions.contains(found.part.version, prereleases=True):
        return f"but {found.part.version} is installed"
    return ""
