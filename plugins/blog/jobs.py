"""Work beside the requests: telling of scheduled posts whose time has come, removing files that no post has."""

from datetime import timedelta

from cercle import Job
from plugins.blog.services.attachments import remove_untied
from plugins.blog.services.publication import BATCH, announce_due


async def announce_posts() -> None:
    """Tell of every post that is due; again changes nothing."""
    while await announce_due() >= BATCH:
        pass


jobs = (
    Job("blog.announce_due", announce_posts, every=timedelta(minutes=1)),
    Job("blog.remove_untied", remove_untied, every=timedelta(days=1), timeout=600),
)
