"""Packages that tests write: plugins that work a little, and plugins that are wrong in one way each."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.imports import on_the_import_path

MANIFEST = """
from cercle import Part
part = Part(name={name!r}, title={name!r}, summary="", version="1.0"{more})
"""
PERMISSIONS = """
from cercle import permission
VIEW = permission("{name}.view", "Look", ("owner", "moderator", "member", "guest"), writes=False)
"""
ROUTES = """
from starlette.responses import PlainTextResponse
from cercle import Route

async def show(request):
    return PlainTextResponse("here I am")

routes = (Route("GET", "/", show, "show", permission="{name}.view"),)
"""


class Packages:
    """Installs packages below a folder that is on the import path.

    Args:
        folder: where.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []

    def add(self, name: str, more: str = "", **modules: str) -> None:
        """Install a plugin with an entry point.

        Args:
            name: of the plugin; its package is `cercle_<name>`.
            more: further arguments of its manifest, with a leading comma.
            modules: source by module name, `__` standing for a folder; `init` replaces the manifest.
        """
        package = self.folder / f"cercle_{name}"
        sources = {"init": MANIFEST.format(name=name, more=more), **modules}
        for module, source in sources.items():
            path = package / f"{module.replace('init', '__init__').replace('__0', '/0')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.parent != package:
                (path.parent / "__init__.py").touch()
            path.write_text(source.replace("{name}", name))
        self._enter(name)

    def add_working(self, name: str, more: str = "", **modules: str) -> None:
        """Install a plugin that has one page, and further modules."""
        self.add(name, more, **{"permissions": PERMISSIONS, "routes": ROUTES, **modules})

    def break_off(self, name: str) -> None:
        """Make a plugin raise at its next import, as an upgrade that went wrong does."""
        (self.folder / f"cercle_{name}" / "routes.py").write_text("raise RuntimeError('broken by an upgrade')\n")
        for module in [one for one in sys.modules if one.partition(".")[0] == f"cercle_{name}"]:
            del sys.modules[module]
        importlib.invalidate_caches()

    def template(self, name: str, template: str, source: str) -> None:
        """Put a template into a plugin that was added."""
        folder = self.folder / f"cercle_{name}" / "templates"
        folder.mkdir(exist_ok=True)
        (folder / template).write_text(source)

    def _enter(self, name: str) -> None:
        facts = self.folder / f"cercle_{name}-1.0.dist-info"
        facts.mkdir(exist_ok=True)
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cercle-{name}\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[cercle.plugins]\n{name} = cercle_{name}\n")
        self.names.append(f"cercle_{name}")
        importlib.invalidate_caches()


@contextmanager
def installed(folder: Path) -> Iterator[Packages]:
    """An import path with packages of the test, which are forgotten at the end."""
    folder.mkdir()
    packages = Packages(folder)
    with on_the_import_path(folder, packages.names):
        yield packages
