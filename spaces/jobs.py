"""Work beside the requests: erasing what is due and the exports before it, and noting which plugins run here."""

from __future__ import annotations

from datetime import timedelta

from core import current
from core.i18n import N_
from core.jobs import Job
from core.loading.installed import note_parts
from spaces.services.activity import note_activity, note_members, note_ownerless
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
from spaces.services.tallies import count_all
from spaces.services.waiting_requests import close_requests, remind_of_requests


async def erase_plugins() -> None:
    """Erase what is due; let old exports go."""
    await erase_due()
    await forget_exports()


async def note_clubs() -> None:
    """Note when something last happened in each club, who belongs to it and owns it, and how many there are of everything."""
    await note_activity()
    await note_members()
    await note_ownerless()
    await count_all()


async def note_plugins() -> None:
    """Note which plugins run, for the day when one is gone."""
    await note_parts(current.app())


jobs = (
    Job(
        "spaces.erase_plugins",
        erase_plugins,
        every=timedelta(minutes=10),
        timeout=900,
        title=N_("Erase what plugins kept in clubs, when it is due"),
    ),
    Job(
        "spaces.export_plugins",
        make_wanted,
        every=timedelta(minutes=1),
        title=N_("Make the exports that clubs asked for"),
    ),
    Job(MAKE_EXPORT, make_export, timeout=2 * 3600),
    Job(MERGE, merge_clubs, every=timedelta(minutes=1), timeout=3600, title=N_("Bring together clubs that become one")),
    Job(
        TELL,
        tell_of_deletions,
        every=timedelta(minutes=1),
        timeout=900,
        title=N_("Tell members that their club is deleted or back"),
    ),
    Job(
        "spaces.purge_clubs",
        purge_clubs,
        every=timedelta(minutes=10),
        timeout=900,
        title=N_("Erase deleted clubs whose waiting time is over"),
    ),
    Job(
        "spaces.end_memberships",
        end_memberships,
        every=timedelta(minutes=1),
        timeout=900,
        title=N_("End memberships on their last day"),
    ),
    Job(
        FOLLOW,
        follow_parents,
        every=timedelta(minutes=10),
        timeout=900,
        title=N_("Keep the members of groups as those of the club above"),
    ),
    Job(
        "spaces.tell_of_ends",
        tell_of_ends,
        every=timedelta(hours=1),
        timeout=900,
        title=N_("Tell of memberships that end soon"),
    ),
    Job(
        "spaces.remind_of_requests",
        remind_of_requests,
        every=timedelta(hours=1),
        timeout=900,
        title=N_("Remind of requests to join that wait"),
    ),
    Job(
        "spaces.close_requests",
        close_requests,
        every=timedelta(hours=6),
        timeout=900,
        title=N_("Close requests to join that nobody answered"),
    ),
    Job(
        "spaces.look_after_orphans",
        look_after_orphans,
        every=timedelta(minutes=10),
        timeout=900,
        title=N_("Offer clubs without an owner to their people"),
    ),
    Job(
        "spaces.note_activity",
        note_clubs,
        every=timedelta(minutes=5),
        title=N_("Count members, content and activity of clubs"),
    ),
    Job("spaces.note_plugins", note_plugins, every=timedelta(days=1), title=N_("Note which plugins are installed")),
)
