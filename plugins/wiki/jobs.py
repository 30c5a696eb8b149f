"""Work beside the requests: pages whose links lead elsewhere now, the trash, and files whose page was never written."""

from datetime import timedelta

from cercle import N_, Job
from plugins.wiki.services.links import RENDER_JOB, render_stale
from plugins.wiki.services.trash import empty_trash
from plugins.wiki.services.waiting import remove_abandoned

jobs = (
    Job(
        RENDER_JOB,
        render_stale,
        every=timedelta(minutes=1),
        timeout=600,
        title=N_("Renew pages whose links lead elsewhere now"),
    ),
    Job(
        "wiki.empty_trash",
        empty_trash,
        every=timedelta(hours=12),
        timeout=600,
        title=N_("Empty the trash of what is too old"),
    ),
    Job(
        "wiki.remove_abandoned",
        remove_abandoned,
        every=timedelta(days=1),
        timeout=600,
        title=N_("Remove files whose page was never written"),
    ),
)
