"""Runs the importers and exporters that plugins offer, through the gate: plugin on, actor allowed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.accounts.models import User
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from core.importing import Exporter, ExportRequest, Importer, ImportRequest, Progress, Report
from core.permissions import can
from spaces.gate import access_for
from spaces.models import Club, ClubPlugin, Membership

if TYPE_CHECKING:
    from core.app import Cercle


async def run_import(
    app: Cercle, plugin: str, *, club: str, format: str | None, path: Path, actor: str | None, progress: Progress
) -> Report:
    """Bring content from outside into a club.

    Args:
        app: the application.
        plugin: whose importer.
        club: the club's slug.
        format: one of the plugin's formats; None to recognise it.
        path: a file or folder on this machine.
        actor: e-mail of the person in whose name it is done; the club's first owner when None.
        progress: told of each item.

    Raises:
        NotFound: for an unknown club, plugin, person or path.
        Forbidden: when the plugin is not on in the club.
        Invalid: when the format is unknown.
    """
    found = await _club(club)
    importer = _importer(app, plugin, format, path)
    if not await ClubPlugin.filter(club_id=found.id, plugin=plugin, effective="on").exists():
        raise Forbidden(gettext("%(plugin)s is not on in %(club)s.", plugin=plugin, club=club))
    user = await _actor(found, actor)
    viewer = await access_for(app, found, user_id=user.id, name=user.name, is_operator=user.is_operator)
    report = Report()
    await importer.run(ImportRequest(found, viewer, path, report, progress))
    return report


async def run_export(
    app: Cercle, plugin: str, *, club: str, format: str | None, path: Path, actor: str | None, progress: Progress
) -> Report:
    """Write a club's content out into a file.

    Args:
        app: the application.
        plugin: whose exporter.
        club: the club's slug.
        format: one of the plugin's formats; None for its first.
        path: a file that does not exist yet.
        actor: e-mail of the person in whose name it is done; the club's first owner when None.
        progress: told of each item.

    Raises:
        NotFound: for an unknown club, plugin or person.
        Forbidden: when the plugin is off in the club, or the person may not read it.
        Conflict: when the file is there already.
        Invalid: when the format is unknown.
    """
    found = await _club(club)
    exporter = _exporter(app, plugin, format)
    if path.exists():
        raise Conflict(gettext("%(path)s exists already; choose another name.", path=path))
    user = await _actor(found, actor)
    viewer = await access_for(app, found, user_id=user.id, name=user.name, is_operator=user.is_operator)
    if not can(viewer, f"{plugin}.view", found):
        raise Forbidden(gettext("%(plugin)s cannot be read in %(club)s.", plugin=plugin, club=club))
    report = Report()
    await exporter.run(ExportRequest(found, viewer, path, report, progress))
    return report


async def _club(slug: str) -> Club:
    found = await Club.get_or_none(slug=slug, deleted_at=None)
    if found is None:
        raise NotFound(gettext("There is no club %(club)s.", club=slug))
    return found


def _exporter(app: Cercle, plugin: str, format: str | None) -> Exporter:
    loaded = app.parts.get(plugin)
    offered: tuple[Exporter, ...] = loaded.get("exporters", "exporters") if loaded else ()
    if not offered:
        able = ", ".join(p.name for p in app.parts if p.get("exporters", "exporters"))
        raise NotFound(gettext("%(plugin)s cannot export; these can: %(able)s.", plugin=plugin, able=able or "-"))
    for exporter in offered:
        if format in (None, exporter.format):
            return exporter
    known = ", ".join(exporter.format for exporter in offered)
    raise Invalid(gettext("Choose a format with --format: %(known)s.", known=known), field="format")


def _importer(app: Cercle, plugin: str, format: str | None, path: Path) -> Importer:
    loaded = app.parts.get(plugin)
    offered: tuple[Importer, ...] = loaded.get("importers", "importers") if loaded else ()
    if not offered:
        able = ", ".join(p.name for p in app.parts if p.get("importers", "importers"))
        raise NotFound(gettext("%(plugin)s cannot import; these can: %(able)s.", plugin=plugin, able=able or "-"))
    if not path.exists():
        raise NotFound(gettext("There is no file or folder %(path)s.", path=path))
    for importer in offered:
        if importer.format == format or (format is None and importer.sniff(path)):
            return importer
    known = ", ".join(importer.format for importer in offered)
    raise Invalid(gettext("Choose a format with --format: %(known)s.", known=known), field="format")


async def _actor(club: Club, email: str | None) -> User:
    if email is not None:
        user = await User.get_or_none(email=email.strip().lower())
    else:
        first = await Membership.filter(club=club, role="owner").order_by("id").prefetch_related("user").first()
        user = first.user if first else None
    if user is None:
        raise NotFound(gettext("There is nobody to import in the name of; give --as EMAIL."))
    return user
