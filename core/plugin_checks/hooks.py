"""Hooks: they exist, take arguments that exist, are marked, and are not on their way out."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from core import hookspecs
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def check_hooks(checked: Checked) -> Iterator[Fault]:
    """Every implementation in `hooks.py`, read without running it."""
    path = checked.folder / "hooks.py"
    tree = checked.trees.get(path)
    known = _specifications(checked)
    for node in tree.body if tree else ():
        if isinstance(node, _Function):
            yield from _marked(path, node, known) if _is_marked(node) else _unmarked(path, node, known)
    for other, tree in checked.trees.items():
        if other != path:
            yield from _elsewhere(other, tree)


def check_deprecations(checked: Checked) -> Iterator[Fault]:
    """Hooks and arguments that work for a while yet."""
    path = checked.folder / "hooks.py"
    for way in checked.app.hooks.old_ways.of(checked.name):
        line = at(path, f"def {way.hook}(", "").line
        yield at(path, way.argument or f"def {way.hook}(", str(way), after=line, level="warning")


def _marked(path: Path, node: _Function, known: dict[str, tuple[str, ...]]) -> Iterator[Fault]:
    options = _options(node)
    name = str(options.get("specname") or node.name)
    if name not in known:
        if not options.get("optionalhook"):
            yield Fault(path, node.lineno, f"there is no hook {name!r}{meant(name, known)}; docs/hooks.md lists them")
        return
    given = known[name]
    required = node.args.args[: len(node.args.args) - len(node.args.defaults)]
    for one in [*node.args.posonlyargs, *required]:
        if one.arg not in given:
            may = f"it may take {', '.join(given)}" if given else "it takes none"
            yield Fault(
                path, one.lineno, f"the hook {name!r} has no argument {one.arg!r}{meant(one.arg, given)}; {may}"
            )


def _unmarked(path: Path, node: _Function, known: dict[str, tuple[str, ...]]) -> Iterator[Fault]:
    if node.name in known:
        yield Fault(
            path, node.lineno, f"{node.name} is the name of a hook, but is not marked with @hookimpl", "warning"
        )


def _elsewhere(path: Path, tree: ast.Module) -> Iterator[Fault]:
    for node in tree.body:
        if isinstance(node, _Function) and _is_marked(node):
            yield Fault(
                path,
                node.lineno,
                f"{node.name} is marked with @hookimpl outside of hooks.py, where nobody calls it",
            )


def _is_marked(node: _Function) -> bool:
    return any(getattr(one, "id", getattr(one, "attr", "")) == "hookimpl" for one in _decorators(node))


def _options(node: _Function) -> dict[str | None, object]:
    """What the mark says besides: `optionalhook=True`."""
    calls = [one for one in node.decorator_list if isinstance(one, ast.Call)]
    return {key.arg: getattr(key.value, "value", None) for call in calls for key in call.keywords}


def _decorators(node: _Function) -> list[ast.expr]:
    return [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]


def _specifications(checked: Checked) -> dict[str, tuple[str, ...]]:
    """The arguments of every hook that is declared here, those by their old names too."""
    modules = [hookspecs, *(one.modules["hookspecs"] for one in checked.app.parts.all() if "hookspecs" in one.modules)]
    return {
        name: (*inspect.signature(function).parameters, *function.cercle_old[1])
        for module in modules
        for name, function in vars(module).items()
        if getattr(function, "cercle_mode", None)
    }
