"""Whether what a plugin's `hooks.py` implements is there to be implemented; a mistake is named with its line and its mend."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import PluginError

_MARK = "cercle_impl"  # what pluggy leaves on a marked function: the project's name and `_impl`


def refuse_wrong_implementations(module: Any, specifications: Mapping[str, tuple[str, ...]], *, plugin: str) -> None:
    """Look at every function that is marked as an implementation.

    Args:
        module: the plugin's `hooks.py`.
        specifications: the arguments of each hook, by its name.
        plugin: its name.

    Raises:
        PluginError: for a hook that does not exist, an argument that the hook does not have, or a wrapper.
    """
    for name, function in vars(module).items():
        options = getattr(function, _MARK, None)
        if not options:
            continue
        hook, place = options.get("specname") or name, _place(function)
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(f"Hook {hook!r}: wrappers are not supported{place}", plugin=plugin)
        if hook not in specifications and options.get("optionalhook"):
            continue
        if hook not in specifications:
            if options.get("optionalhook"):
                continue
            raise PluginError(f"There is no hook {hook!r}{_hint(hook, specifications)}{place}", plugin=plugin)
        given = specifications[hook]
        for argument in [one for one in _arguments(function) if one not in given]:
            may = f"it may take {', '.join(given)}" if given else "it takes none"
            sentence = f"Hook {hook!r} has no argument {argument!r}{_hint(argument, given)}; {may}{place}"
            raise PluginError(sentence, plugin=plugin)


def _arguments(function: Any) -> list[str]:
    """The arguments that have no default, which are those that a call fills in."""
    if not inspect.isroutine(function):
        return []
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(function).parameters.values()
    return [one.name for one in found if one.kind in named and one.default is inspect.Parameter.empty]


def _hint(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _place(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return f" ({Path(code.co_filename).name}, line {code.co_firstlineno})" if code else ""
