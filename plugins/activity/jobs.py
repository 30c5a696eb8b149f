"""Work beside the requests: deleting lines that are old."""

from datetime import timedelta

from cercle import N_, Job
from plugins.activity.services import forget_old

jobs = (
    Job(
        "activity.forget_old",
        forget_old,
        every=timedelta(hours=12),
        timeout=600,
        title=N_("Delete activity that is older than its club wants"),
    ),
)
