"""What comments do beside requests."""

from datetime import timedelta

from cercle import N_, Job
from plugins.comments.services.following import follow_all

jobs = (
    Job(
        "comments.follow",
        follow_all,
        every=timedelta(minutes=10),
        title=N_("Bring comments in step with what they are about"),
    ),
)
