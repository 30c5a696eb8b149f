"""Work beside the requests: telling of scheduled posts whose time has come, removing old trash and files that no post has."""

from datetime import timedelta

from cercle import N_, Job
from plugins.blog.services.attachments import remove_untied
from plugins.blog.services.publication import BATCH, announce_due, publish_tags
from plugins.blog.services.trash import empty_old_trash


async def announce_posts() -> None:
    """Tell of every post that is due; again changes nothing."""
    while await announce_due() >= BATCH:
        pass


jobs = (
    Job("blog.announce_due", announce_posts, every=timedelta(minutes=1), title=N_("Tell of posts whose time has come")),
    Job(
        "blog.empty_old_trash",
        empty_old_trash,
        every=timedelta(hours=12),
        timeout=600,
        title=N_("Empty the trash of what is too old"),
    ),
    Job(
        "blog.publish_tags",
        publish_tags,
        every=timedelta(days=1),
        timeout=600,
        title=N_("Let old posts be found by their tags"),
    ),
    Job(
        "blog.remove_untied",
        remove_untied,
        every=timedelta(days=1),
        timeout=600,
        title=N_("Remove files that no post has"),
    ),
)
