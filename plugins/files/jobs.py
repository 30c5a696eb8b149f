"""Work beside the requests: small pictures of images, the text in files, and a trash that empties itself where wanted."""

from __future__ import annotations

import logging
from datetime import timedelta

from cercle import N_, CercleError, Job
from plugins.files.services.publishing import publish_types
from plugins.files.services.texts import read_texts
from plugins.files.services.thumbnails import make_thumbnail, versions_without_thumbnail
from plugins.files.services.trash import empty_old_trash

_AT_ONCE = 20

logger = logging.getLogger("cercle.files")


async def make_thumbnails(version_id: int | None = None) -> None:
    """Make the thumbnail of one version, or, for the sweep, those that are missing."""
    for id in [version_id] if version_id is not None else await versions_without_thumbnail(_AT_ONCE):
        try:
            await make_thumbnail(id)
        except CercleError as error:
            logger.warning("The thumbnail of version %s waits: %s", id, error.message)


jobs = (
    Job(
        "files.make_thumbnail",
        make_thumbnails,
        every=timedelta(minutes=1),
        timeout=900,
        title=N_("Make small pictures of images"),
    ),
    Job(
        "files.read_text",
        read_texts,
        every=timedelta(minutes=1),
        timeout=900,
        title=N_("Let files be found by the text inside"),
    ),
    Job(
        "files.publish_types",
        publish_types,
        every=timedelta(days=1),
        timeout=900,
        title=N_("Let old files be found by their type"),
    ),
    Job(
        "files.empty_old_trash",
        empty_old_trash,
        every=timedelta(hours=12),
        timeout=900,
        title=N_("Empty the trash of what is too old"),
    ),
)
