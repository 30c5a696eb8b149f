"""The export that owners take before they erase: wished for, made by a job, kept for a while."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiofiles

from core import current
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict
from core.i18n import gettext
from core.storage import hold, release, store
from spaces.gate import access_for
from spaces.models import Club, Erasure
from spaces.services.actors import Actor, actor_id
from spaces.services.erasing import open_erasure, running_plugin
from spaces.services.exporting import export_chunks
from spaces.space import hold_switches

logger = logging.getLogger("cercle.erasing")

MAKE_EXPORT = "spaces.make_export"
NO_LIMIT = 2**62
BEAT = timedelta(minutes=1)
SILENT = timedelta(minutes=5)  # after which whoever made an export is taken for dead
TRIES = 3


async def request_export(club: Club, plugin: str, *, actor: Actor | None) -> None:
    """Wish for an export of what a plugin keeps in a club where it is off; a job makes it. One at a time.

    Raises:
        NotFound: when no such plugin runs here.
        Conflict: when it is not off, or is being erased.
    """
    running_plugin(plugin)
    async with atomic():
        await hold_switches(club.id)
        erasure = await open_erasure(club, plugin, actor=actor)
        if is_wanted(erasure):
            return
        if erasure.export_hash:
            await release(erasure.export_hash)
        wish = {"state": "wanted", "at": _now(), "by": actor_id(actor), "tries": 0}
        await Erasure.filter(id=erasure.id).update(
            export_hash=None, export_size=0, report={**erasure.report, "export": wish}
        )
        await current.app().jobs.nudge(MAKE_EXPORT, erasure_id=erasure.id)


def is_wanted(erasure: Erasure) -> bool:
    """Whether an export is being made or about to be."""
    return _wish(erasure).get("state") in ("wanted", "making")


async def make_wanted() -> None:
    """Ask for every export again that waits, or whose maker has died."""
    for erasure in await Erasure.filter(done_at=None, withdrawn_at=None, begun_at=None):
        if is_wanted(erasure) and not _is_alive(erasure):
            await current.app().jobs.nudge(MAKE_EXPORT, erasure_id=erasure.id)


async def make_export(erasure_id: int) -> None:
    """Make an export that is wanted. Made twice at once, one of the two counts."""
    erasure = await _claim(erasure_id)
    if erasure is None:
        return
    club = await Club.get_or_none(id=erasure.club_id or 0)
    loaded = current.app().parts.get(erasure.plugin)
    if club is None or loaded is None:
        return
    try:
        viewer = await _maker(club, _wish(erasure).get("by"))
        chunks = _beating(export_chunks(club, loaded, viewer), erasure_id)
        blob = await store(current.app().storage, chunks, limit=NO_LIMIT)
        await _keep(erasure_id, blob.hash, blob.size)
    except Exception:
        logger.exception("The export of %s in club %s failed", erasure.plugin, club.slug)
        tries = int(_wish(erasure).get("tries", 0))
        await _say(erasure_id, state="wanted" if tries < TRIES else "failed")
        raise


async def export_into(club: Club, plugin: str, path: Path) -> None:
    """Write an export into a file that does not exist yet, for a command on the machine.

    Raises:
        NotFound: when no such plugin runs here.
        Conflict: when there is such a file.
    """
    loaded = running_plugin(plugin)
    try:
        async with aiofiles.open(path, "xb") as target:
            async for chunk in export_chunks(club, loaded, await _maker(club, None)):
                await target.write(chunk)
    except FileExistsError:
        raise Conflict(gettext("%(path)s exists already; choose another name.", path=path)) from None


async def _claim(erasure_id: int) -> Erasure | None:
    """The wish, when nobody else works on it."""
    async with atomic():
        erasure = await _locked(erasure_id)
        if erasure is None or not is_wanted(erasure) or _is_alive(erasure):
            return None
        wish = _wish(erasure)
        tries = int(wish.get("tries", 0)) + 1
        wish = {**wish, "state": "making" if tries <= TRIES else "failed", "at": _now(), "tries": tries}
        erasure.report = {**erasure.report, "export": wish}
        await Erasure.filter(id=erasure_id).update(report=erasure.report)
    return erasure if tries <= TRIES else None


async def _locked(erasure_id: int) -> Erasure | None:
    """The erasure while it still waits, held until the running transaction ends."""
    waits = Erasure.filter(id=erasure_id, done_at=None, withdrawn_at=None, begun_at=None)
    return await Erasure.get(id=erasure_id) if await waits.update(begun_at=None) else None


async def _keep(erasure_id: int, hash: str, size: int) -> None:
    async with atomic():
        erasure = await _locked(erasure_id)
        if erasure is None or erasure.export_hash:
            return
        await hold(hash)
        report = {**erasure.report, "export": {"state": "made", "at": _now()}}
        await Erasure.filter(id=erasure_id).update(export_hash=hash, export_size=size, report=report)


async def _say(erasure_id: int, **changes: object) -> None:
    async with atomic():
        if erasure := await _locked(erasure_id):
            wish = {**_wish(erasure), "at": _now(), **changes}
            await Erasure.filter(id=erasure_id).update(report={**erasure.report, "export": wish})


async def _beating(chunks: AsyncIterator[bytes], erasure_id: int) -> AsyncIterator[bytes]:
    """The same chunks, with a sign of life in the database every minute."""
    said = datetime.now(UTC)
    async for chunk in chunks:
        yield chunk
        if datetime.now(UTC) - said > BEAT:
            said = datetime.now(UTC)
            await _say(erasure_id, state="making")


async def _maker(club: Club, user_id: Any) -> Viewer:
    """In whose name it is made: who wished for it, else nobody."""
    user = await User.get_or_none(id=user_id or 0)
    name, is_operator = (user.name, user.is_operator) if user else ("", False)
    return await access_for(current.app(), club, user_id=user.id if user else None, name=name, is_operator=is_operator)


def _wish(erasure: Erasure) -> dict[str, Any]:
    found: Any = erasure.report.get("export")
    return dict(found or {})


def _is_alive(erasure: Erasure) -> bool:
    wish = _wish(erasure)
    return wish.get("state") == "making" and datetime.now(UTC) - datetime.fromisoformat(str(wish["at"])) < SILENT


def _now() -> str:
    return datetime.now(UTC).isoformat()
