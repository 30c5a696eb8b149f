"""What a plugin imports: `cercle`, itself and libraries, and of `cercle` what is public."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, meant

ROOMS = frozenset({"core", "spaces", "plugins"})
PUBLIC = frozenset({"cercle", "cercle.testing"})
IMPORTERS = frozenset({"import_module", "__import__", "find_spec"})


def check_imports(checked: Checked) -> Iterator[Fault]:
    """Imports at the top, in functions, and through importlib."""
    public = frozenset(importlib.import_module("cercle").__all__)  # by name, since imports go down
    others = {one.package for one in checked.app.parts.all() if one.name != checked.name}
    for path, tree in checked.trees.items():
        for node in ast.walk(tree):
            for name in _imported(node):
                if text := _fault(checked, name, others):
                    yield Fault(path, getattr(node, "lineno", 1), text)
            if isinstance(node, ast.ImportFrom) and node.module == "cercle":
                for alias in node.names:
                    if alias.name not in public | {"*"}:
                        hint = meant(alias.name, public)
                        yield Fault(
                            path,
                            node.lineno,
                            f"cercle has no {alias.name!r}{hint}; docs/plugins.md names what is public",
                        )


def _fault(checked: Checked, name: str, others: set[str]) -> str:
    package = checked.loaded.package
    if name == package or name.startswith(f"{package}."):
        return ""
    if name.partition(".")[0] in ROOMS or any(name == one or name.startswith(f"{one}.") for one in others):
        return f"imports {name}; a plugin imports only cercle"
    if name.startswith("cercle.") and name not in PUBLIC:
        return f"imports {name}; only cercle and cercle.testing are public"
    return ""


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level or not node.module:
            return []
        bare = node.module in ROOMS
        return [f"{node.module}.{alias.name}" for alias in node.names] if bare else [node.module]
    if isinstance(node, ast.Call) and _called(node) in IMPORTERS and node.args:
        first = node.args[0]
        return [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
    return []


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
