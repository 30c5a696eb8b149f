"""What may come in: the limit of one upload, the room that is left in the club, and endings that the operator refuses."""

from __future__ import annotations

from cercle import Club, Invalid, TooLarge, current_app, filesize, gettext, no_space, site_settings, space_left
from plugins.files.settings import SiteSettings

_MB = 1024 * 1024


async def largest_upload() -> int:
    """How many bytes a file may have: what the operator chose, at most what the server allows."""
    most: int = current_app().settings.max_upload
    chosen = (await site_settings(SiteSettings)).largest_upload
    return most if chosen is None else min(most, chosen * _MB)


async def refuse_ending(name: str) -> None:
    """Refuse a name of a file with an ending that the operator blocked.

    Raises:
        Invalid: naming the field `name`.
    """
    folded = name.casefold()
    for ending in (await site_settings(SiteSettings)).blocked_endings:
        if folded.endswith(ending):
            text = gettext("Files that end in %(ending)s cannot be put here; the operator decided so.", ending=ending)
            raise Invalid(text, field="name")


async def refuse_announced(club: Club, length: str | None, *, around: int = 0) -> None:
    """Refuse a body that cannot fit by its `Content-Length`, before it is read.

    Args:
        club: the club.
        length: the header; whether it is a number is the business of whoever reads the body.
        around: bytes of the body that may be something else than files.

    Raises:
        TooLarge: when it is larger than the limit of an upload or than the room that is left.
    """
    if length is None or not length.isdigit():
        return
    announced, limit = int(length[:18]) - around, await largest_upload()
    if announced > limit:
        raise too_large(limit)
    if announced > space_left(club):
        raise no_space(club)


def too_large(limit: int) -> TooLarge:
    """What somebody is told whose file is larger than any may be."""
    return TooLarge(gettext("This is larger than the limit of %(limit)s.", limit=filesize(limit)))
