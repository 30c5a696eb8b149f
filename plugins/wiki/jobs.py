"""Work beside the requests: pages whose links lead elsewhere now, the trash, and files whose page was never written."""

from datetime import timedelta

from cercle import Job
from plugins.wiki.services.links import RENDER_JOB, render_stale
from plugins.wiki.services.trash import empty_trash
from plugins.wiki.services.waiting import remove_abandoned

jobs = (
    Job(RENDER_JOB, render_stale, every=timedelta(minutes=1), timeout=600),
    Job("wiki.empty_trash", empty_trash, every=timedelta(hours=12), timeout=600),
    Job("wiki.remove_abandoned", remove_abandoned, every=timedelta(days=1), timeout=600),
)
