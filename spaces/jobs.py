"""Work beside the requests: erasing what is due and the exports before it, and noting which plugins run here."""

from __future__ import annotations

from datetime import timedelta

from core import current
from core.jobs import Job
from core.loading.installed import note_parts
from spaces.services.activity import note_activity, note_members
from spaces.services.club_mail import tell_of_deletions
from spaces.services.club_purge import purge_clubs
from spaces.services.deletion import TELL
from spaces.services.ending import end_memberships
from spaces.services.erasure_run import erase_due, forget_exports
from spaces.services.expiry import tell_of_ends
from spaces.services.exports import MAKE_EXPORT, make_export, make_wanted
from spaces.services.inheritance import FOLLOW, follow_parents
from spaces.services.merge_run import merge_clubs
from spaces.services.merging import MERGE
from spaces.services.orphans import look_after_orphans
from spaces.services.waiting_requests import close_requests, remind_of_requests


async def erase_plugins() -> None:
    """Erase what is due; let old exports go."""
    await erase_due()
    await forget_exports()


async def note_clubs() -> None:
    """Note when something last happened in each club, and how many belong to it."""
    await note_activity()
    await note_members()


async def note_plugins() -> None:
    """Note which plugins run, for the day when one is gone."""
    await note_parts(current.app())


jobs = (
    Job("spaces.erase_plugins", erase_plugins, every=timedelta(minutes=10), timeout=900),
    Job("spaces.export_plugins", make_wanted, every=timedelta(minutes=1)),
    Job(MAKE_EXPORT, make_export, timeout=2 * 3600),
    Job(MERGE, merge_clubs, every=timedelta(minutes=1), timeout=3600),
    Job(TELL, tell_of_deletions, every=timedelta(minutes=1), timeout=900),
    Job("spaces.purge_clubs", purge_clubs, every=timedelta(minutes=10), timeout=900),
    Job("spaces.end_memberships", end_memberships, every=timedelta(minutes=1), timeout=900),
    Job(FOLLOW, follow_parents, every=timedelta(minutes=10), timeout=900),
    Job("spaces.tell_of_ends", tell_of_ends, every=timedelta(hours=1), timeout=900),
    Job("spaces.remind_of_requests", remind_of_requests, every=timedelta(hours=1), timeout=900),
    Job("spaces.close_requests", close_requests, every=timedelta(hours=6), timeout=900),
    Job("spaces.look_after_orphans", look_after_orphans, every=timedelta(minutes=10), timeout=900),
    Job("spaces.note_activity", note_clubs, every=timedelta(minutes=5)),
    Job("spaces.note_plugins", note_plugins, every=timedelta(days=1)),
)
