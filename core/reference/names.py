"""The generated page of the names that a plugin may import from `cercle`."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from itertools import pairwise
from types import ModuleType
from typing import Any

_SECTION = re.compile(r"\n(Args|Raises|Returns):\n")


def names_page(note: str) -> str:
    """Every name that `cercle` offers, with its signature and what it does.

    Args:
        note: that the page is generated.
    """
    cercle, groups = importlib.import_module("cercle"), dict[str, list[str]]()
    for name in sorted(cercle.__all__, key=str.casefold):
        groups.setdefault(_group(getattr(cercle, name)), []).append(_name(name, cercle))
    made = [f"# Public names\n\n{note}\n{_NAMES_INTRODUCTION}"]
    for title in ("Functions", "Classes", "Errors", "Values"):
        made += [f"## {title}", *groups.get(title, ())]
    return "\n\n".join(made) + "\n"


def meaning_of(name: str, cercle: ModuleType) -> str:
    """What a public name is documented as; "" when it is not.

    Args:
        name: one of `cercle.__all__`.
        cercle: that module.
    """
    value = getattr(cercle, name)
    if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
        written = inspect.getdoc(value) or ""
        return "" if written.startswith(f"{name}(") else written
    return _written_below(name, cercle)


def described(doc: str) -> tuple[str, list[tuple[str, str]]]:
    """A docstring as its text, what it raises and answers included, and its arguments with their meanings."""
    text, *rest = _SECTION.split(doc)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    raised = [f"Raises `{name}` {meaning}" for name, meaning in _entries(sections.get("Raises", ""))]
    answered = ["Answers: " + " ".join(sections["Returns"].split())] if "Returns" in sections else []
    arguments, *after = sections.get("Args", "").split("\n\n", 1)
    parts = [text, *after, "  \n".join(raised), *answered]
    return "\n\n".join(part.strip() for part in parts if part.strip()), _entries(arguments)


def _entries(block: str) -> list[tuple[str, str]]:
    """Pairs of a name and its meaning, whose further lines are indented."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith("     ") and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
        elif line.strip():
            name, _, meaning = line.partition(":")
            found.append((name.strip(), meaning.strip()))
    return found


def ticked(names: str) -> str:
    """Names with commas as code."""
    return ", ".join(f"`{name.strip()}`" for name in names.split(","))


def _group(value: object) -> str:
    if inspect.isclass(value):
        return "Errors" if issubclass(value, BaseException) else "Classes"
    return "Functions" if inspect.isroutine(value) else "Values"


def _name(name: str, cercle: ModuleType) -> str:
    value = getattr(cercle, name)
    text, arguments = described(meaning_of(name, cercle))
    listed = "\n".join(f"* {ticked(one)}: {meaning}" for one, meaning in arguments)
    return "\n\n".join(part for part in (f"### `{name}`", _signature(name, value), text, listed) if part)


def _signature(name: str, value: Any) -> str:
    if inspect.isroutine(value) or (is_dataclass(value) and inspect.isclass(value)):
        shown = re.sub(r"<factory>|<[^<>]* object at [^<>]*>", "…", str(inspect.signature(value)))
        shown = re.sub(r"""(: |-> )(['"])(.*?)\2""", r"\1\3", shown)
        return f"```python\n{_called(value)}{name}{shown}\n```"
    return f"`{value!r}`" if isinstance(value, int | str) and str(value).isprintable() else ""


def _called(value: Any) -> str:
    """The word before a call: `await`, or `async with` for what opens and closes."""
    if inspect.iscoroutinefunction(value):
        return "await "
    return (
        "async with "
        if inspect.isasyncgenfunction(inspect.unwrap(value)) and value is not inspect.unwrap(value)
        else ""
    )


def _written_below(name: str, cercle: ModuleType) -> str:
    """The text below an assignment, in the module that a public value comes from."""
    module = _origins(cercle).get(name, (name, ""))
    body = ast.parse(inspect.getsource(importlib.import_module(module[0]))).body if module[1] else []
    for node, following in pairwise(body):
        if (
            module[1] in _targets(node)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            return inspect.cleandoc(str(following.value.value))
    return ""


def _origins(cercle: ModuleType) -> Mapping[str, tuple[str, str]]:
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in ast.walk(ast.parse(inspect.getsource(cercle)))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _targets(node: ast.stmt) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    for target in targets:
        yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


_NAMES_INTRODUCTION = """What a plugin may import: `from cercle import …`, and nothing from below it. These names keep their
meaning within a major version."""
