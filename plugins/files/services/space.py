"""How much may come in: the limit of one upload, and the room that is left in the club."""

from __future__ import annotations

from cercle import Club, TooLarge, current_app, filesize, gettext, no_space, space_left


def refuse_announced(club: Club, length: str | None, *, around: int = 0) -> None:
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
    announced, limit = int(length[:18]) - around, current_app().settings.max_upload
    if announced > limit:
        raise too_large()
    if announced > space_left(club):
        raise no_space(club)


def too_large() -> TooLarge:
    """What somebody is told whose file is larger than any may be."""
    limit = filesize(current_app().settings.max_upload)
    return TooLarge(gettext("This is larger than the limit of %(limit)s.", limit=limit))
