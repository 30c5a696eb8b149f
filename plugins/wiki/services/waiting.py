"""Files that are sent while a new page is written: they wait for it, and become its attachments when it is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tortoise.queryset import QuerySet

from cercle import Club, Invalid, Viewer, atomic, current_app, gettext, give_space, hold, release
from plugins.wiki.models import Attachment, Page
from plugins.wiki.rendering import Made
from plugins.wiki.services.files import MAX_FILES, NewFile, add_file, free_name
from plugins.wiki.services.links import RENDER_JOB, take_tree

PATIENCE = timedelta(days=2)
BATCH = 100


def waiting_files(club: Club, actor: Viewer) -> QuerySet[Attachment]:
    """The files of this person in this club that wait for a page."""
    return Attachment.filter(club_id=club.id, page_id=None, uploader_id=actor.id).order_by("name").limit(MAX_FILES)


async def keep_file(club: Club, file: NewFile, *, actor: Viewer) -> Attachment:
    """Keep a file for the page that somebody is writing. Where one of theirs has the name already, it gets a number.

    Raises:
        Invalid: when too many files of this person wait.
        TooLarge: when it does not fit into the club's quota.
        Conflict: when the bytes are gone; they must be sent again.
    """
    async with atomic():
        await take_tree(club.id)
        taken = {waiting.name for waiting in await waiting_files(club, actor)}
        if len(taken) >= MAX_FILES:
            raise Invalid(gettext("A page can have at most %(most)s files.", most=MAX_FILES))
        await hold(file.hash)
        return await add_file(club.id, None, file, free_name(file.name, taken), actor)


async def tie_files(page: Page, made: Made, files: Sequence[Attachment]) -> None:
    """Give a new page the files that its text refers to, inside the transaction that writes it.

    Args:
        page: it has no others yet, so that their names are free there.
        made: its text, rendered with these files.
        files: those that waited when it was rendered.
    """
    wanted = [file.id for file in files if file.key in made.html]
    tied = await Attachment.filter(id__in=wanted, page_id=None).update(page_id=page.id) if wanted else 0
    if tied < len(wanted):
        await Page.filter(id=page.id).update(stale_at=datetime.now(UTC))
        await current_app().jobs.nudge(RENDER_JOB)


async def remove_abandoned() -> None:
    """Erase the files whose page was not written in time."""
    before = datetime.now(UTC) - PATIENCE
    while files := await Attachment.filter(page_id=None, created_at__lt=before).limit(BATCH):
        for file in files:
            await forget_file(file)


async def forget_file(file: Attachment) -> None:
    """Erase a file that waits, and let its bytes go; one that a page has taken meanwhile stays."""
    async with atomic():
        if await Attachment.filter(id=file.id, page_id=None).delete():
            await release(file.hash)
            await give_space(file.club_id, file.size)
