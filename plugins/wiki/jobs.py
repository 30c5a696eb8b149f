"""Work beside the requests: pages whose links lead elsewhere now, and the trash."""

from datetime import timedelta

from cercle import Job
from plugins.wiki.services.links import RENDER_JOB, render_stale
from plugins.wiki.services.trash import empty_trash

jobs = (
    Job(RENDER_JOB, render_stale, every=timedelta(minutes=1), timeout=600),
    Job("wiki.empty_trash", empty_trash, every=timedelta(hours=12), timeout=600),
)
