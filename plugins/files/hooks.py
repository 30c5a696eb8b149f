"""What files tell the rest of the site: the newest ones, how much there is, whether the data is sound, and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import Club, Finding, Holding, Link, Panel, Viewer, current_app, filesize, gettext, hookimpl
from plugins.files.demo import seed
from plugins.files.queries import lost_versions, newest_files, totals, uncounted_clubs

_PANEL = 5
_SAMPLE = 5


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel] | None:
    """The files that changed last."""
    files = await newest_files(club, _PANEL)
    if not files:
        return None
    path = current_app().urls.path
    links = tuple(
        Link(one.name, path("files:file.show", club=club.slug, id=one.id), icon="file", note=filesize(one.size))
        for one in files
    )
    more = Link(gettext("All files"), path("files:folders.index", club=club.slug))
    return [Panel(gettext("New files"), links, more, order=40)]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """How many files, and the bytes of all their versions."""
    count, size = await totals(club)
    return [Holding(gettext("files"), count, size)]


@hookimpl
async def site_checked() -> list[Finding]:
    """Whether every version has its bytes, and whether the space that clubs use was counted."""
    lost = await lost_versions(_SAMPLE)
    found = [
        Finding("error", "files", f"version {number} of file {file} has no stored bytes; restore them from a backup")
        for file, number in lost
    ]
    found += [
        Finding("error", "files", f"club {slug} uses {used} bytes by its counter, but its files hold {held}")
        for slug, used, held in await uncounted_clubs(_SAMPLE)
    ]
    return found or [Finding("ok", "files", "every version has its bytes, and all of them are counted")]


@hookimpl
async def demo_seeded(club: Club, cast: Mapping[str, Any]) -> None:
    """A few folders and files of a made-up network."""
    await seed(club, cast)
