"""The text inside the files, so that the search finds it; read in a child process with limits."""

from __future__ import annotations

import logging
from time import monotonic

from tortoise.queryset import QuerySet

from cercle import CercleError, Invalid, atomic, current_app, lock_club, text_kind, text_of
from plugins.files.models import Entry
from plugins.files.services.publishing import publish

_AT_ONCE = 50
_SECONDS = 600.0  # of one sweep; what is left waits for the next

logger = logging.getLogger("cercle.files")


async def read_texts(file_id: int | None = None) -> None:
    """Read the text of one file, or, for the sweep, of those that wait. One that cannot be read now goes on waiting."""
    if file_id is not None:
        await _read_or_wait(file_id)
        return
    until, last = monotonic() + _SECONDS, 0
    while ids := await _waiting(last):
        for id in ids:
            if monotonic() > until:
                return
            await _read_or_wait(id)
        last = ids[-1]


async def _read_or_wait(id: int) -> None:
    try:
        await read_text(id)
    except (CercleError, OSError) as error:
        logger.warning("The text of file %s waits: %s", id, error)


async def read_text(id: int) -> None:
    """Let a file that waits for it be found by its text; one without text, or that cannot be read, only by its name.

    Doing it twice, or beside itself, changes nothing. When the storage does not answer, the file goes on waiting; when it
    gets a new version or another name meanwhile, that is read in its turn.
    """
    file = await _legible(id).first()
    if file is None:
        return
    text = await _text_in(file)
    async with atomic():
        await lock_club(file.club_id)
        now = await _legible(id).select_related("club").first()
        if now is None or (now.version, now.name) != (file.version, file.name):
            return
        await Entry.filter(id=id).update(wants_text=False)
        now.wants_text = False
        await publish(now.club, now, text=text, touch=False)


async def _text_in(file: Entry) -> str:
    kind = text_kind(file.name, file.content_type)
    if not kind:
        return ""
    try:
        return await text_of(current_app().storage.read(file.hash), kind, size=file.size)
    except Invalid as reason:
        logger.info("File %s is found by its name only: %s", file.id, reason.message)
        return ""


def _legible(*ids: int) -> QuerySet[Entry]:
    """Files that wait, in clubs whose members can read them: not where files are off, and not in the trash."""
    found = Entry.filter(
        wants_text=True,
        is_file=True,
        slot=0,
        club__deleted_at=None,
        club__switches__plugin="files",
        club__switches__effective__in=("on", "read_only"),
    )
    return found.filter(id__in=ids) if ids else found


async def _waiting(last: int) -> list[int]:
    """Ids of files that wait, after one, in their order."""
    found = _legible().filter(id__gt=last).order_by("id").limit(_AT_ONCE)
    return list(await found.values_list("id", flat=True))  # type: ignore[arg-type]
