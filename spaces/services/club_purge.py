"""Erasing deleted clubs whose time is over: every row of every part, with the bytes that it holds.

Rows go a few hundred at a time, so a run that is killed is simply followed by the next, in any process; what hangs on the club's
row itself goes with that row, in one last transaction.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime

from tortoise.models import Model

from core import audit, current
from core.backup_tables import models
from core.db import after_commit, atomic
from core.errors import CercleError
from core.i18n import gettext
from core.models import AuditEntry, Setting
from core.storage import release
from spaces.models import Club, ClubPlan, Erasure, Membership
from spaces.queries.erasing import OWN, WHOLE, Kept, count_kept, count_rows
from spaces.services.club_mail import tell_of_purge
from spaces.services.erasure_run import PASSES, Done, count_in, note_failure
from spaces.services.purge import plugins_left_in
from spaces.services.removal import remove_kept, remove_rows
from spaces.space import lock_club

logger = logging.getLogger("cercle.erasing")

_STAY: frozenset[type[Model]] = frozenset({Erasure, AuditEntry, Membership})
"""What outlives the club; and who was in it, which is known until the end."""


async def purge_clubs() -> None:
    """Erase every deleted club whose time is over; go on with those that were interrupted. One that fails keeps no other back.

    Nothing is erased in safe mode, where plugins that are installed do not say what their rows hold.
    """
    if current.app().settings.safe:
        return
    due = Erasure.filter(plugin=WHOLE, done_at=None, withdrawn_at=None, due_at__lte=datetime.now(UTC))
    for erasure in await due.order_by("due_at", "id"):
        try:
            await _purge(erasure)
        except Exception as error:
            logger.exception("Erasing club %s failed", erasure.club_id)
            await note_failure(erasure.id, error)


async def _purge(erasure: Erasure) -> None:
    if left := await plugins_left_in(current.app(), erasure.club_id or 0):
        names = ", ".join(left)
        raise CercleError(
            gettext("%(plugins)s does not run, and keeps something in the club. Mend or purge it first.", plugins=names)
        )
    club = await _begin(erasure)
    if club is None:
        return

    async def note(table: str, rows: int, size: int, files: int) -> None:
        await count_in(erasure.id, table, rows, size, files)

    plugins = [loaded.name for loaded in reversed([*current.app().parts]) if loaded.part.scope == "club"]
    for _ in range(PASSES):
        with suppress(Done):
            for plugin in plugins:
                await remove_kept(club.id, plugin, note)
            for model in _others():
                await remove_rows(model, club.id, note)
        if not await _left(club, plugins):
            await _finish(erasure, club)
            return
    raise CercleError(f"Something still writes in the club {club.slug}")


def _others() -> list[type[Model]]:
    """What else belongs to clubs, rows that others need last."""
    return [
        model for model in reversed(models()) if OWN in model._meta.fields_db_projection.values() and model not in _STAY
    ]


async def _left(club: Club, plugins: list[str]) -> int:
    """How many rows came in meanwhile."""
    kept = sum([(await count_kept(club, plugin)).rows for plugin in plugins])
    return kept + sum([await count_rows(model, club.id) for model in _others()])


async def _begin(erasure: Erasure) -> Club | None:
    """From here on nobody brings it back; answers the club, None when it is not to be erased now."""
    async with atomic():
        await lock_club(erasure.club_id or 0)
        fresh = await Erasure.get(id=erasure.id)
        if fresh.done_at or fresh.withdrawn_at:
            return None
        club = await Club.get_or_none(id=fresh.club_id or 0, deleted_at__isnull=False)
        if club is None:
            await Erasure.filter(id=fresh.id).update(withdrawn_at=datetime.now(UTC))
        elif fresh.begun_at is None:
            report = {key: value for key, value in fresh.report.items() if key != "telling"}
            await Erasure.filter(id=fresh.id).update(begun_at=datetime.now(UTC), report=report)
    return club


async def _finish(erasure: Erasure, club: Club) -> None:
    """The club's own row, and what hangs on it."""
    now = datetime.now(UTC)
    async with atomic():
        await lock_club(club.id)
        if not await Erasure.filter(id=erasure.id, done_at=None).update(done_at=now):
            return
        done = await Erasure.get(id=erasure.id)
        kept = Kept.of(done.report)
        await Erasure.filter(id=done.id).update(report=kept.as_report)
        await tell_of_purge(done, kept)
        await release_own(club.id)
        await Erasure.filter(club_id=club.id, done_at=None, withdrawn_at=None).update(done_at=now)
        await Setting.filter(scope="club", owner_id=club.id).delete()
        await ClubPlan.filter(key=f"#{club.id}").delete()
        after_commit(lambda: current.app().plugin_settings.tell("club", club.id))
        before = {"name": club.name, "members": await Membership.filter(club_id=club.id).count()}
        await audit.record(
            "spaces.club_purged", actor=None, subject=club.slug, club_id=club.id, before=before, after=kept.as_report
        )
        await Club.filter(id=club.id).delete()


async def release_own(club_id: int) -> None:
    """The cover, and the exports that nobody can fetch any more."""
    club = await Club.get(id=club_id).only("id", "cover_hash")
    exports = await Erasure.filter(club_id=club_id, export_hash__isnull=False)
    await Erasure.filter(club_id=club_id).update(export_hash=None)
    for hash in sorted(filter(None, [club.cover_hash, *(one.export_hash for one in exports)])):
        await release(str(hash))
