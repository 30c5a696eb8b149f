"""Work beside the requests: telling of scheduled posts whose time has come."""

from datetime import timedelta

from cercle import Job
from plugins.blog.services.publication import BATCH, announce_due


async def announce_posts() -> None:
    """Tell of every post that is due; again changes nothing."""
    while await announce_due() >= BATCH:
        pass


jobs = (Job("blog.announce_due", announce_posts, every=timedelta(minutes=1)),)
