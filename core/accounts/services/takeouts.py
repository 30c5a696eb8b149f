"""All of one's data to download: asked for, made by a job, kept for a week among the stored files."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tortoise.expressions import Q

from core import audit, current, storage
from core.accounts.models import Takeout, User
from core.accounts.services import links
from core.accounts.services.leaving import held_account
from core.accounts.services.notices import tell
from core.accounts.services.taking import export_person
from core.accounts.viewer import viewer_for
from core.db import atomic
from core.errors import TooMany
from core.i18n import N_
from core.i18n import gettext as _

MAKE_JOB = "accounts.make_takeouts"
MOST_A_DAY = 3
DAY = timedelta(days=1)
KEPT = timedelta(days=7)
PATIENCE = timedelta(minutes=30)  # a making that began longer ago was killed; the job's time-out is shorter
MAKE_SECONDS = 1500
LARGEST = 500 * 1024**3  # bytes of an archive
CHUNK = 1024 * 1024
logger = logging.getLogger("cercle.accounts")


async def ask_takeout(user: User) -> Takeout:
    """Ask for an archive of all that the site keeps of a person; a job makes it. Asking while one is made changes nothing.

    Raises:
        TooMany: after three within a day.
    """
    now = datetime.now(UTC)
    async with atomic():
        await held_account(user)
        if waiting := await Takeout.filter(user_id=user.id, state="waiting").first():
            return waiting
        asked = await Takeout.filter(user_id=user.id, created_at__gt=now - DAY).order_by("created_at")
        if len(asked) >= MOST_A_DAY:
            wait = asked[-MOST_A_DAY].created_at + DAY - now
            raise TooMany(_("Your data can be gathered three times a day."), retry_after=int(wait.total_seconds()) + 1)
        made = await Takeout.create(user_id=user.id)
        await audit.record("accounts.takeout_asked", actor=viewer_for(user), subject=user.handle)
        await current.app().jobs.nudge(MAKE_JOB)
    return made


async def make_takeouts() -> None:
    """Make the archives that wait, one after the other. Several processes share them; what a killed one left is begun anew."""
    while (takeout := await _claimed()) is not None:
        try:
            await _make(takeout)
        except Exception:  # the parts are fenced in, but a disk may be full
            logger.exception("Takeout %s could not be made", takeout.id)
            await Takeout.filter(id=takeout.id, started_at=takeout.started_at).update(state="failed")


async def end_takeout(user: User, takeout_id: int) -> bool:
    """Let go of an archive that nobody needs any more; False when there is none."""
    async with atomic():
        return await _end(Q(id=takeout_id, user_id=user.id)) > 0


async def renew_takeouts(user_id: int) -> None:
    """What somebody may read has become less: archives that hold more end, and one that is being made is begun anew.

    Args:
        user_id: whose; inside the caller's transaction.
    """
    await _end(Q(user_id=user_id))
    if await Takeout.filter(user_id=user_id, state="waiting").update(started_at=None):
        await current.app().jobs.nudge(MAKE_JOB)


async def forget_old_takeouts() -> None:
    """Let go of archives whose week is over, and of what killed processes left on the disk. Doing it twice changes nothing."""
    now = datetime.now(UTC)
    async with atomic():
        await _end(Q(expires_at__lte=now))
    await Takeout.filter(created_at__lt=now - KEPT).exclude(state__in=["ready", "waiting"]).delete()
    await asyncio.to_thread(_sweep, (now - DAY).timestamp())


async def _claimed() -> Takeout | None:
    """The next one that waits, marked as begun; of several processes one gets it."""
    while True:
        now = datetime.now(UTC)
        free = Q(started_at=None) | Q(started_at__lt=now - PATIENCE)
        found = await Takeout.filter(free, state="waiting").order_by("id").select_related("user").first()
        if found is None:
            return None
        if await Takeout.filter(free, id=found.id, state="waiting").update(started_at=now):
            found.started_at = now
            return found


async def _make(takeout: Takeout) -> None:
    app, target = current.app(), _folder() / f"{takeout.id}-{secrets.token_hex(8)}.zip"
    try:
        taken = await export_person(app, takeout.user, target)
        blob = await storage.store(app.storage, _chunks(target), limit=LARGEST)
    finally:
        await asyncio.to_thread(target.unlink, missing_ok=True)
    now = datetime.now(UTC)
    lacking = ", ".join((*taken.lacking, *taken.damaged))
    made = {"state": "ready", "file": blob.hash, "size": blob.size, "files": taken.files, "lacking": lacking[:500]}
    async with atomic():
        await (
            User.filter(id=takeout.user_id).select_for_update().first()
        )  # an erasure waits, and finds what is held here
        mine = Takeout.filter(id=takeout.id, state="waiting", started_at=takeout.started_at)
        if await mine.update(
            **made, ready_at=now, expires_at=now + KEPT
        ):  # else it was begun anew, or its owner is gone
            await storage.hold(blob.hash)
            subject = N_("Your data from %(site)s is ready")
            await tell(takeout.user, "takeout_ready", subject, url=links.address_of("leave"), days=KEPT.days)


async def _end(which: Q) -> int:
    """End the archives that are ready, in the running transaction; answers how many."""
    ended = 0
    for one in await Takeout.filter(which, state="ready").order_by("file"):
        if await Takeout.filter(id=one.id, state="ready").update(state="ended", file="", expires_at=None):
            await storage.release(one.file)
            ended += 1
    return ended


def _folder() -> Path:
    """Where archives are put together; nobody but the site reads it."""
    folder = current.app().settings.data_dir / "takeouts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _sweep(before: float) -> None:
    for path in _folder().iterdir():
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
