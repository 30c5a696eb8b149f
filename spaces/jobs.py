"""Work beside the requests: erasing what is due and the exports before it, and noting which plugins run here."""

from __future__ import annotations

from datetime import timedelta

from core import current
from core.jobs import Job
from core.loading.installed import note_parts
from spaces.services.activity import note_activity
from spaces.services.club_mail import tell_of_deletions
from spaces.services.club_purge import purge_clubs
from spaces.services.deletion import TELL
from spaces.services.erasure_run import erase_due, forget_exports
from spaces.services.exports import MAKE_EXPORT, make_export, make_wanted


async def erase_plugins() -> None:
    """Erase what is due; let old exports go."""
    await erase_due()
    await forget_exports()


async def note_clubs() -> None:
    """Note when something last happened in each club."""
    await note_activity()


async def note_plugins() -> None:
    """Note which plugins run, for the day when one is gone."""
    await note_parts(current.app())


jobs = (
    Job("spaces.erase_plugins", erase_plugins, every=timedelta(minutes=10), timeout=900),
    Job("spaces.export_plugins", make_wanted, every=timedelta(minutes=1)),
    Job(MAKE_EXPORT, make_export, timeout=2 * 3600),
    Job(TELL, tell_of_deletions, every=timedelta(minutes=1), timeout=900),
    Job("spaces.purge_clubs", purge_clubs, every=timedelta(minutes=10), timeout=900),
    Job("spaces.note_activity", note_clubs, every=timedelta(minutes=5)),
    Job("spaces.note_plugins", note_plugins, every=timedelta(days=1)),
)
