"""Every hook is described with its arguments, and a bundled part uses it."""

import inspect
from collections.abc import Callable
from typing import Any

from core.app import Cercle
from core.parts import Parts

UNUSED: dict[str, str] = {}


def test_every_hook_is_described_with_its_arguments(site: Cercle) -> None:
    undescribed = {
        name: missing for name, function in _specifications(site.parts).items() if (missing := _undescribed(function))
    }
    assert undescribed == {}


def test_every_hook_is_used_by_a_bundled_part(site: Cercle) -> None:
    unused = {name for name in site.hooks.names() if not site.hooks.implementers(name)}
    assert unused == set(UNUSED)


def test_there_are_fewer_than_thirty_hooks(site: Cercle) -> None:
    assert len(site.hooks.names()) < 30


def _specifications(parts: Parts) -> dict[str, Callable[..., Any]]:
    from core import hookspecs

    modules = [hookspecs, *(loaded.modules["hookspecs"] for loaded in parts if "hookspecs" in loaded.modules)]
    return {
        name: value for module in modules for name, value in vars(module).items() if getattr(value, "cercle_mode", None)
    }


def _undescribed(function: Callable[..., Any]) -> list[str]:
    text = inspect.getdoc(function) or ""
    lines = text.partition("Args:")[2].splitlines()
    named = {word.strip() for line in lines for word in line.partition(":")[0].split(",")}
    return [name for name in inspect.signature(function).parameters if name not in named] + ([] if text else [""])
