"""Templates: they compile, name templates, macros and filters that exist, lead to routes and files that exist, trust no text."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, TemplateError, TemplateNotFound, TemplateSyntaxError, meta, nodes

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant

ADDRESS = re.compile(r"""\burl\(\s*["']([a-z_0-9]+:[a-z_.0-9]+)["']""")
STATIC = re.compile(r"""\bstatic\(\s*["']([a-z_0-9]+)["']\s*,\s*["']([^"']+)["']""")
PAGE = re.compile(r"""["']([a-z][a-z0-9_]*/[\w./-]+\.(?:html|txt|xml))["']""")
KEYWORDS = frozenset(keyword.kwlist)
LOGIC = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|<script\b(?![^>]*\bsrc=)(?![^>]*application/json)|javascript:|<[a-z][^>]*\son[a-z]+\s*=",
    re.IGNORECASE,
)
GIVEN = frozenset(
    {
        *(
            "request",
            "viewer",
            "club",
            "access",
            "role",
            "tabs",
            "locale",
            "direction",
            "messages",
            "notices",
            "csp_nonce",
            "query",
        ),
        *(
            "scheme",
            "url",
            "plugin_title",
            "banners",
            "slots",
            "trail",
            "tried",
            "tried_fault",
            "can",
            "caller",
            "varargs",
            "kwargs",
            "loop",
            "self",
            "super",
        ),
    }
)
"""What every page is given besides its own facts; see `core.render`."""


def check_templates(checked: Checked) -> Iterator[Fault]:
    """Each template, and each name of one in the plugin's Python."""
    environment, assigned = checked.app.pages.environment, _assigned(checked)
    for path in checked.templates:
        if path.suffix not in (".html", ".txt", ".xml"):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            tree = environment.parse(text, checked.address(path), str(path))
            environment.compile(text, checked.address(path), str(path))
        except TemplateSyntaxError as error:
            yield Fault(path, error.lineno, error.message or "does not compile")
            continue
        yield from _names(environment, path, tree)
        yield from _undefined(checked, environment, path, tree, assigned)
        yield from _lines(checked, path, text)
    yield from _pages(checked)


def _names(environment: Environment, path: Path, tree: nodes.Template) -> Iterator[Fault]:
    """Templates that are extended, included or imported, and what is taken from them; filters and tests."""
    modules: dict[str, frozenset[str]] = {}
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        target = getattr(node, "template", None)
        if not isinstance(target, nodes.Const) or getattr(node, "ignore_missing", False):
            continue
        exported = _exported(environment, str(target.value))
        if exported is None:
            yield Fault(path, node.lineno, f"there is no template {target.value!r}")
        elif isinstance(node, nodes.FromImport):
            taken = [one[0] if isinstance(one, tuple) else one for one in node.names]
            yield from _lacking(path, str(target.value), exported, [(name, node.lineno) for name in taken])
        elif isinstance(node, nodes.Import):
            modules[node.target] = exported
    for name, exported in modules.items():
        got = [
            one for one in tree.find_all(nodes.Getattr) if isinstance(one.node, nodes.Name) and one.node.name == name
        ]
        yield from _lacking(path, name, exported, [(one.attr, one.lineno) for one in got])
    for word, kind, known in (("filter", nodes.Filter, environment.filters), ("test", nodes.Test, environment.tests)):
        for used in [one for one in tree.find_all(kind) if one.name not in known]:
            yield Fault(path, used.lineno, f"there is no {word} {used.name!r}{meant(used.name, known)}")


def _lacking(path: Path, source: str, exported: frozenset[str], taken: list[tuple[str, int]]) -> Iterator[Fault]:
    for name, line in taken:
        if name not in exported:
            yield Fault(path, line, f"{source} has no {name!r}{meant(name, exported)}")


def _undefined(
    checked: Checked, environment: Environment, path: Path, tree: nodes.Template, assigned: frozenset[str]
) -> Iterator[Fault]:
    """Names that no view gives, no template sets and Cercle does not know: they stop the page when it is shown."""
    known = {*GIVEN, *environment.globals, *assigned, *(checked.words - KEYWORDS), *_taken(tree)}
    if path.name.startswith("_"):  # it is shown inside of others, and sees what they have imported
        known |= _taken_by_all(checked)
    lines = {name.name: name.lineno for name in reversed(list(tree.find_all(nodes.Name)))}
    for name in sorted(meta.find_undeclared_variables(tree) - known):
        yield Fault(
            path, lines.get(name, 1), f"{name!r} is not defined: no view gives it{meant(name, known, cutoff=0.7)}"
        )


def _assigned(checked: Checked) -> frozenset[str]:
    """What a template of the plugin sets somewhere: a template that is included sees what stands around it."""
    found: set[str] = set()
    for tree in filter(None, [_parsed(checked, path) for path in checked.templates]):
        found |= {name.name for name in tree.find_all(nodes.Name) if name.ctx in ("store", "param")}
        found |= {macro.name for macro in tree.find_all(nodes.Macro)}
    return frozenset(found)


def _taken(tree: nodes.Template) -> set[str]:
    """What a template imports by name."""
    names = {one.target for one in tree.find_all(nodes.Import)}
    several = [one for node in tree.find_all(nodes.FromImport) for one in node.names]
    return names | {one[1] if isinstance(one, tuple) else one for one in several}


def _taken_by_all(checked: Checked) -> set[str]:
    trees = [_parsed(checked, path) for path in checked.templates]
    return {name for tree in trees if tree for name in _taken(tree)}


def _parsed(checked: Checked, path: Path) -> nodes.Template | None:
    try:
        return checked.app.pages.environment.parse(path.read_text(encoding="utf-8", errors="replace"))
    except TemplateError:
        return None


@lru_cache(maxsize=512)
def _exported(environment: Environment, name: str) -> frozenset[str] | None:
    """What can be imported from a template; None when there is none of this name."""
    try:
        source, _, _ = environment.loader.get_source(environment, name) if environment.loader else ("", None, None)
        tree = environment.parse(source)
    except TemplateNotFound:
        return None
    except TemplateError:
        return frozenset()
    names = {macro.name for macro in tree.find_all(nodes.Macro)}
    names |= {one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"}
    return frozenset(names | _taken(tree))


def _lines(checked: Checked, path: Path, text: str) -> Iterator[Fault]:
    """Where a template leads, and what in it does not run or is shown as it came."""
    for number, line in enumerate(text.splitlines(), 1):
        for name in ADDRESS.findall(line):
            if not checked.app.urls.has(name) and (name.partition(":")[0] == checked.name or "has_url" not in line):
                own = [f"{checked.name}:{route.name}" for route in checked.loaded.get("routes", "routes")]
                yield Fault(
                    path, number, f"leads to {name!r}, a route that does not exist{meant(name, own, cutoff=0.9)}"
                )
        for part, file in STATIC.findall(line):
            if part == checked.name and not (checked.folder / "static" / file).is_file():
                yield Fault(path, number, f"asks for static/{file}, which does not exist")
        if path.suffix != ".txt" and re.search(r"\|\s*safe\b|autoescape\s+false", line):
            advice = "shows text as HTML that nobody has cleaned; use prose(…) for what render_in_child made"
            yield Fault(path, number, advice, "warning")
    for number, line in enumerate(LOGIC.sub(_blank, text).splitlines(), 1):
        if INLINE.search(line):
            yield Fault(
                path, number, "holds a script or style of its own, which browsers refuse here; put it into static/"
            )


def _blank(logic: re.Match[str]) -> str:
    """Nothing, on as many lines."""
    return "\n" * logic[0].count("\n")


def _pages(checked: Checked) -> Iterator[Fault]:
    """Names of templates in Python: they begin with the plugin's own, and exist."""
    have = {checked.address(path) for path in checked.templates}
    folders = {address.split("/")[1] for address in have if address.count("/") > 1}
    for path, text in checked.sources.items():
        for name in dict.fromkeys(PAGE.findall(text)):
            first = name.partition("/")[0]
            if first == checked.name and name not in have and not (checked.folder / "static" / name).exists():
                yield at(path, name, f"there is no template {name!r}{meant(name, have)}")
            elif first in folders and f"{checked.name}/{name}" in have:
                yield at(path, name, f"the template {name!r} is called '{checked.name}/{name}'")
