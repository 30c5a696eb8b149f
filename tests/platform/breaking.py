"""The example plugin with hooks that can be broken while the site runs."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.parts import Parts, load_parts
from tests.imports import on_the_import_path
from tests.platform.stranger import EXAMPLE

SWITCH = """

# ---- appended by a test: every hook above does what `broken` says of it
import functools, inspect

broken = {}


def _breakable(function):
    def broken_way():
        way = broken.get(function.__name__)
        if way == "raises":
            raise RuntimeError("broken on purpose")
        if way == "hangs":
            while True:
                pass
        return {"answers a number": 42, "answers a list of numbers": [42]}.get(way)

    async def waits(*given, **named):
        if broken.get(function.__name__) == "hangs":
            await asyncio.Event().wait()
        return broken_way() or await function(*given, **named)

    def answers(*given, **named):
        return broken_way() or function(*given, **named)

    return functools.wraps(function)(waits if inspect.iscoroutinefunction(function) else answers)


import asyncio

for name in [name for name, value in globals().items() if hasattr(value, "cercle_impl")]:
    globals()[name] = _breakable(globals()[name])
"""


def hooks_of_the_example() -> list[str]:
    """The hooks that the example implements, by name."""
    tree = ast.parse((EXAMPLE / "cercle_poll" / "hooks.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [one.name for one in functions if any("hookimpl" in ast.dump(mark) for mark in one.decorator_list)]


@contextmanager
def breakable_parts(folder: Path) -> Iterator[Parts]:
    """Everything there is, and the example; its `hooks.broken` says how each hook misbehaves, in the words of `SWITCH`."""
    shutil.copytree(EXAMPLE / "cercle_poll", folder / "cercle_poll", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "cercle_poll" / "hooks.py").open("a", encoding="utf-8") as file:
        file.write(SWITCH)
    facts = folder / "cercle_poll-1.0.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: cercle-poll\nVersion: 1.0.0\n")
    (facts / "entry_points.txt").write_text("[cercle.plugins]\npoll = cercle_poll\n")
    with on_the_import_path(folder, {"cercle_poll"}):
        yield load_parts()
