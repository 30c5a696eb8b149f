"""Whether the templates of a theme replace what is there, keep what pages rely on, and hold nothing that runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes

from core.plugin_check import Fault
from core.render import CORE, PartLoader, environment_of
from core.themes import Theme

_LOGIC = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
_FORBIDDEN = {
    "holds a style of its own; browsers refuse it: write it into static/theme.css": r"<style\b|[\s\"']style\s*=",
    "holds a script; a theme has none": r"<script\b|javascript:",
    "holds a handler of events; a theme has no script": r"<[a-z][^>]*[\s\"']on[a-z]+\s*=",
    "loads something from elsewhere; put the file into static/": (
        r"<(?:link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//"
    ),
}
_TRUSTING = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
_ENGINE = frozenset({"app", "scope", "receive", "session", "state"})
_KINDS = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads templates of a theme and what they stand on."""

    environment: Environment

    def tree(self, name: str) -> nodes.Template:
        assert self.environment.loader is not None
        source = self.environment.loader.get_source(self.environment, name)[0]
        return self.environment.parse(source, name)

    def has(self, name: str) -> bool:
        try:
            self.tree(name)
        except TemplateNotFound:
            return False
        except TemplateSyntaxError:
            return True  # said where that template is looked at
        return True

    def blocks(self, name: str) -> set[str]:
        """The blocks that a template and those it extends have."""
        tree = self.tree(name)
        own = {block.name for block in tree.find_all(nodes.Block)}
        parents = [parent for found in tree.find_all(nodes.Extends) for parent in _named(found) if self.has(parent)]
        return own.union(*(self.blocks(parent) for parent in parents if parent != name))


def check_templates(theme: Theme, parts: Mapping[str, Path]) -> Iterator[Fault]:
    """What is wrong with the templates of a theme.

    Args:
        theme: as it was read.
        parts: the folders of the installed parts by name.
    """
    folder = theme.folder / "templates"
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    if not paths:
        return
    reader = _Reader(environment_of(PartLoader(theme.folder, parts)))
    trees: dict[str, nodes.Template] = {}
    for name, path in paths.items():
        try:
            trees[name] = reader.tree(name)
            reader.environment.compile(trees[name], name)
            trees[name] = reader.tree(name)  # compiling has changed it
        except TemplateSyntaxError as error:
            yield Fault(path, error.lineno, f"is no template: {error.message}")
        yield from _text(path)
    used = {name for tree in trees.values() for found in tree.find_all(_KINDS) for name in _named(found)}
    known = _known(parts)
    for name, tree in trees.items():
        if name not in known and name not in used:
            text = f"replaces nothing: there is no template {name!r}{_instead(name, known)}"
            yield Fault(paths[name], 1, text)
        yield from _tree(paths[name], name, tree, reader, known | paths.keys())


def _text(path: Path) -> Iterator[Fault]:
    text = path.read_text(encoding="utf-8", errors="replace")
    bare = _LOGIC.sub(lambda match: "\n" * match[0].count("\n"), text)
    for fault, pattern in _FORBIDDEN.items():
        for found in re.finditer(pattern, bare, re.IGNORECASE):
            yield Fault(path, bare.count("\n", 0, found.start()) + 1, fault)
    for found in _TRUSTING.finditer(text):
        yield Fault(path, text.count("\n", 0, found.start()) + 1, f"{found[0].strip()} lets text through unescaped")


def _tree(path: Path, name: str, tree: nodes.Template, reader: _Reader, known: set[str]) -> Iterator[Fault]:
    for found in tree.find_all(_KINDS):
        for wanted in _named(found):
            if not reader.has(wanted) and not getattr(found, "ignore_missing", False):
                yield Fault(path, found.lineno, f"there is no template {wanted!r}{_instead(wanted, known)}")
    for reached in tree.find_all(nodes.Getattr):
        inner = isinstance(reached.node, nodes.Name) and reached.node.name == "request" and reached.attr in _ENGINE
        if reached.attr.startswith("_") or inner:
            yield Fault(path, reached.lineno, f".{reached.attr} reaches into the engine, where a theme has no business")
    try:
        yield from _promises(path, name, tree, reader)
    except (TemplateSyntaxError, TemplateNotFound):
        return  # said where that template is looked at


def _promises(path: Path, name: str, tree: nodes.Template, reader: _Reader) -> Iterator[Fault]:
    """Pages fill the blocks and call the macros of the template that was there."""
    parents = [parent for found in tree.find_all(nodes.Extends) for parent in _named(found)]
    if parents:
        there = set().union(*(reader.blocks(parent) for parent in parents if reader.has(parent)))
        for block in tree.find_all(nodes.Block):
            if block.name not in there:
                text = f"{parents[0]!r} has no block {block.name!r}{_instead(block.name, there)}"
                yield Fault(path, block.lineno, text)
        return
    if not reader.has(f"default:{name}"):
        return
    original = reader.tree(f"default:{name}")
    for missing in sorted(reader.blocks(f"default:{name}") - reader.blocks(name)):
        mend = f'or begin with {{% extends "default:{name}" %}}'
        yield Fault(path, 1, f"pages fill the block {missing!r}, which is missing; {mend}")
    for missing in sorted(_exported(original) - _exported(tree)):
        yield Fault(path, 1, f"other templates import {missing!r} from here, which is missing")


def _exported(tree: nodes.Template) -> set[str]:
    """The macros and values that others may import."""
    macros = {node.name for node in tree.body if isinstance(node, nodes.Macro)}
    targets = [node.target for node in tree.body if isinstance(node, nodes.Assign)]
    named = [found for target in targets for found in (target, *target.find_all(nodes.Name))]
    values = {found.name for found in named if isinstance(found, nodes.Name)}
    return {name for name in macros | values if not name.startswith("_")}


def _named(found: nodes.Node) -> list[str]:
    """The templates that a tag names outright."""
    wanted = getattr(found, "template", None)
    inside = wanted.items if isinstance(wanted, nodes.List | nodes.Tuple) else [wanted]
    return [one.value for one in inside if isinstance(one, nodes.Const) and isinstance(one.value, str)]


def _known(parts: Mapping[str, Path]) -> set[str]:
    """Every template that there is without the theme."""
    folders = {"": CORE / "templates", **{f"{name}/": folder / "templates" for name, folder in parts.items()}}
    return {
        prefix + path.relative_to(folder).as_posix()
        for prefix, folder in folders.items()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _instead(name: str, known: set[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
