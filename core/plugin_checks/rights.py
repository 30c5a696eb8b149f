"""Permissions and routes: every route names a permission that exists; what changes something asks for more than reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.http import SAFE_METHODS, Route
from core.permissions import OPERATE, SIGNED_IN
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant

if TYPE_CHECKING:
    from core.app import Cercle

TABLES = {"routes": ("routes", "site_routes", "club_routes"), "api": ("api", "site_api", "club_api")}


def check_permissions(checked: Checked) -> Iterator[Fault]:
    """Who may read a plugin decides about its tab and its rows in search."""
    view = checked.app.permissions.get(f"{checked.name}.view")
    if checked.loaded.part.scope == "club" and (view is None or view.writes):
        text = f'there is no permission("{checked.name}.view", …, writes=False), which says who sees the plugin'
        yield at(checked.folder / "permissions.py", "view", text)


def check_routes(checked: Checked) -> Iterator[Fault]:
    """Names, permissions and methods, in both tables of contents."""
    for module, names in TABLES.items():
        seen: set[str] = set()
        path = checked.folder / f"{module}.py"
        for route in [route for name in names for route in checked.loaded.get(module, name)]:
            words = f'"{route.name.removeprefix("api.")}"'
            for text in _route_faults(checked.app, route, seen):
                yield at(path, words, text)
            if "." not in route.name:
                yield at(path, words, f"the route's name {route.name!r} should be resource.action", level="warning")
            seen.add(route.name)


def _route_faults(app: Cercle, route: Route, seen: set[str]) -> Iterator[str]:
    if route.name in seen:
        yield f"two routes are called {route.name!r}"
    if route.permission is None or str(route.permission) in (OPERATE, SIGNED_IN):
        return
    known = app.permissions.get(str(route.permission))
    if known is None:
        hint = meant(str(route.permission), [one.name for one in app.permissions.all()])
        yield f"asks for the permission {str(route.permission)!r}, which nobody declares{hint}"
        return
    unsafe = [method for method in route.method_list if method not in SAFE_METHODS]
    if unsafe and not known.writes and not route.reads:
        yield f"{unsafe[0]} {route.path} asks only for {known.name!r}, which is for reading; say reads=True if that is right"
