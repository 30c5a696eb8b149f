"""Makes packages of plugins that implement the usual hooks, for a site that has a great many of them."""

from __future__ import annotations

from pathlib import Path

FILES = {
    "__init__.py": """
from cercle import Part

part = Part(name="{name}", title="Plugin {number}", summary="One of many", version="1.0", icon="puzzle")
""",
    "permissions.py": """
from cercle import permission

VIEW = permission("{name}.view", "Look", ("owner", "moderator", "member", "guest"), writes=False)
WRITE = permission("{name}.write", "Write", ("owner", "moderator", "member"))
""",
    "views.py": """
from starlette.responses import Response

from cercle import Request


async def index(request: Request) -> Response:
    return await request.page("{name}/index.html")
""",
    "routes.py": """
from cercle import Route
from cercle_{name}.permissions import VIEW
from cercle_{name}.views import index

routes = (Route("GET", "/", index, "things.index", VIEW),)
""",
    "templates/index.html": """{{% extends "layout.html" %}}
{{% block title %}}Plugin {number}{{% endblock %}}
{{% block heading %}}<h1>Plugin {number}</h1>{{% endblock %}}
""",
    "hooks.py": """
from functools import partial
from types import SimpleNamespace

from cercle import (
    Holding, Link, Panel, PanelQuery, Select, ShareTarget, atomic, can, current_app, hookimpl, publish_content, visible_sql,
)
from cercle_{name}.permissions import WRITE

PLUGIN = "{name}"


@hookimpl
def club_panels(club, viewer):
    visible, values = visible_sql(club, viewer, plugin=PLUGIN)
    sql = f"SELECT c.title, c.url FROM spaces_content c WHERE {{visible}} ORDER BY c.updated_at DESC, c.id DESC LIMIT 3"
    return [PanelQuery(Select(("title", "url"), sql, values), partial(_panel, club.slug))]


def _panel(club, things):
    links = tuple(Link(title, url, "puzzle") for title, url in things)
    return Panel("Plugin {number}", links, Link("All of them", _home(club))) if links else None


@hookimpl
def palette_commands(club, viewer):
    return [Link("New thing {number}", _home(club.slug), "plus")] if can(viewer, WRITE, club) else []


@hookimpl
async def person_links(club, user):
    return [Link("Things {number} of theirs", _home(club.slug), "puzzle")]


@hookimpl
def share_targets(club, viewer, shared):
    if shared.files or not can(viewer, WRITE, club):
        return []
    return [ShareTarget("New thing {number}", current_app().urls.path("{name}:things.index", club=club.slug, title=shared.title))]


@hookimpl
async def plugin_holdings(club):
    return [Holding("things", 1)]


@hookimpl
async def demo_seeded(app, club, cast):
    async with atomic():
        thing = SimpleNamespace(id=club.id, club_id=club.id)
        await publish_content(thing, plugin=PLUGIN, kind="thing", title="Thing {number}", url=_home(club.slug))


def _home(club):
    return current_app().urls.path("{name}:things.index", club=club)
""",
}


def write_plugins(folder: Path, count: int) -> list[str]:
    """Write packages as pip leaves them; answers the names of the plugins.

    Args:
        folder: to be on the import path.
        count: how many.
    """
    names = [f"many{number:02}" for number in range(count)]
    for number, name in enumerate(names):
        for path, text in FILES.items():
            target = folder / f"cercle_{name}" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text.format(name=name, number=number), encoding="utf-8")
        facts = folder / f"cercle_{name}-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cercle-{name}\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text(f"[cercle.plugins]\n{name} = cercle_{name}\n")
    return names
