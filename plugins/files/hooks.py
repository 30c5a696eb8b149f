"""What files tell the rest of the site: the newest ones, how much there is, whether the data is sound, and the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from cercle import (
    Club,
    ExportFile,
    Finding,
    Holding,
    Link,
    MergeStep,
    Panel,
    PanelQuery,
    PersonHolding,
    Shared,
    ShareTarget,
    Viewer,
    can,
    current_app,
    dialect,
    filesize,
    gettext,
    hookimpl,
    ngettext,
    rows,
)
from plugins.files.demo import seed
from plugins.files.models import ROOT, Version
from plugins.files.permissions import UPLOAD
from plugins.files.queries import newest_files
from plugins.files.services import leaving
from plugins.files.services.merging import gather_in_folder
from plugins.files.services.trash import hide_file, show_file

_PANEL = 5
_SAMPLE = 5
_NEWEST = 50
_PATIENCE = timedelta(hours=1)


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """The files that changed last."""
    return [PanelQuery(newest_files(club, _PANEL), partial(_panel, club.slug))]


def _panel(club: str, files: list[list[Any]]) -> Panel | None:
    path = current_app().urls.path
    links = tuple(
        Link(name, path("files:file.show", club=club, id=id), icon="file", note=filesize(size))
        for id, name, size in files
    )
    more = Link(gettext("All files"), path("files:folders.index", club=club))
    return Panel(gettext("New files"), links, more, order=40) if links else None


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Bringing files in."""
    if not can(viewer, UPLOAD, club):
        return ()
    path = current_app().urls.path
    return [
        Link(gettext("Upload files"), path("files:folders.index", club=club.slug), "upload"),
        Link(gettext("New folder"), path("files:folders.new", club=club.slug), "folder-plus"),
    ]


@hookimpl
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget]:
    """A place for files that are shared, and for those that somebody wants to choose."""
    if not can(viewer, UPLOAD, club) or (shared.text and not shared.files):
        return ()
    path = current_app().urls.path
    put = path("files:api.folders.put", club=club.slug, id=ROOT, filename="x").removesuffix("x") + "{name}"
    return [ShareTarget(gettext("Upload into Files"), path("files:folders.index", club=club.slug), "upload", put)]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """How many files, and the bytes of all their versions."""
    count, size = await _totals(club)
    return [Holding(ngettext("file", "files", count), count, size)]


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What they uploaded."""
    return await leaving.files_of_person(user.id)


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """Files."""
    return await leaving.holdings_of_person(user.id)


@hookimpl
async def person_erased(user: Any) -> None:
    """Files stay, unless the person wants theirs erased."""
    if not user.leaves_works:
        await leaving.erase_works(user.id)


@hookimpl
async def site_checked() -> list[Finding]:
    """Whether every version has its bytes, and whether the space that clubs use was counted."""
    lost = await _lost_versions(_SAMPLE)
    found = [
        Finding("error", "files", f"version {number} of file {file} has no stored bytes; restore them from a backup")
        for file, number in lost
    ]
    found += [
        Finding("error", "files", f"club {slug} uses {used} bytes by its counter, but its files hold {held}")
        for slug, used, held in await _uncounted_clubs(_SAMPLE)
    ]
    found += await _missing_bytes(_NEWEST)
    if waiting := await Version.filter(wants_thumbnail=True, created_at__lt=datetime.now(UTC) - _PATIENCE).count():
        text = ngettext(
            "%(count)s picture has waited for its thumbnail for more than an hour; is the job files.make_thumbnail failing?",
            "%(count)s pictures have waited for their thumbnails for more than an hour; is the job files.make_thumbnail failing?",
            waiting,
        )
        found.append(Finding("warn", "files", text))
    return found or [Finding("ok", "files", "every version has its bytes, and all of them are counted")]


@hookimpl
async def content_hidden(club: Club, object_id: int, hidden: bool, actor: Viewer, is_new: bool) -> None:
    """A file goes into the trash, and comes out of it."""
    if hidden:
        await hide_file(club, object_id, actor=actor)
    else:
        await show_file(club, object_id, actor=actor, is_new=is_new)


@hookimpl
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """Everything goes into a folder."""
    if not is_over:
        await gather_in_folder(source, target)
    return None


@hookimpl
async def demo_seeded(club: Club, cast: Mapping[str, Any]) -> None:
    """A few folders and files of a made-up network."""
    await seed(club, cast)


async def _totals(club: Club) -> tuple[int, int]:
    """How many files a club keeps, the trash included, and the bytes of all their versions."""
    words = dialect()
    sql = (
        "SELECT COUNT(DISTINCT file_id) AS files, COALESCE(SUM(size), 0) AS size FROM files_version "
        f"WHERE club_id = {words.param(1)}"
    )
    found = (await rows(sql, [club.id]))[0]
    return int(found["files"]), int(found["size"])


async def _missing_bytes(limit: int) -> list[Finding]:
    """The newest versions whose bytes the storage does not have, or not all of them."""
    newest = await Version.all().order_by("-id").limit(limit)
    wrong = [one for one in newest if await current_app().storage.size(one.hash) != one.size]
    return [
        Finding(
            "error",
            "files",
            gettext(
                "The content of version %(number)s of file %(file)s is missing or cut off; restore it from a backup.",
                number=one.number,
                file=one.file_id,
            ),
        )
        for one in wrong
    ]


async def _lost_versions(limit: int) -> list[tuple[int, int]]:
    """Versions whose blob nobody holds, as (id of the file, number): there must be none."""
    sql = (
        "SELECT v.file_id, v.number FROM files_version v LEFT JOIN core_blob b ON b.hash = v.hash "
        f'WHERE b.hash IS NULL OR b."references" < 1 ORDER BY v.id LIMIT {dialect().param(1)}'
    )
    return [(row["file_id"], row["number"]) for row in await rows(sql, [limit])]


async def _uncounted_clubs(limit: int) -> list[tuple[str, int, int]]:
    """Clubs whose counter is smaller than what their files hold, as (slug, counter, held): there must be none."""
    sql = (
        "SELECT c.slug, c.storage_used, v.held FROM spaces_club c JOIN (SELECT club_id, SUM(size) AS held "
        "FROM files_version GROUP BY club_id) v ON v.club_id = c.id WHERE c.storage_used < v.held "
        f"ORDER BY c.id LIMIT {dialect().param(1)}"
    )
    return [(row["slug"], int(row["storage_used"]), int(row["held"])) for row in await rows(sql, [limit])]
