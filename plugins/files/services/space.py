"""A club's space: who comes in needs room, who goes gives it back. Every version of every file counts."""

from __future__ import annotations

from cercle import Club, TooLarge, current_app, dialect, execute, filesize, gettext


async def lock_tree(club: Club) -> None:
    """Let nobody else change this club's folders until the running transaction ends.

    Without it two people could move two folders into each other, or fill a folder that is just being trashed. The
    club's row is the lock, because the top of the tree has no row of its own.
    """
    await execute(_sql("UPDATE spaces_club SET storage_used = storage_used WHERE id = {}"), [club.id])


async def take_space(club: Club, size: int) -> None:
    """Count bytes that come in, in the transaction that saves what needs them.

    Raises:
        TooLarge: when they do not fit into the club's quota.
    """
    sql = _sql(
        "UPDATE spaces_club SET storage_used = storage_used + {} "
        "WHERE id = {} AND storage_used + {} <= COALESCE(quota, {})"
    )
    if not await execute(sql, [size, club.id, size, current_app().settings.club_quota]):
        raise no_room(club)


async def give_space(club: Club, size: int) -> None:
    """Count bytes that are gone for good, in the transaction that deletes what needed them."""
    sql = _sql(
        "UPDATE spaces_club SET storage_used = CASE WHEN storage_used > {} THEN storage_used - {} ELSE 0 END WHERE id = {}"
    )
    await execute(sql, [size, size, club.id])


def quota(club: Club) -> int:
    """How many bytes the club may keep."""
    own: int | None = club.quota
    return own if own is not None else int(current_app().settings.club_quota)


def room(club: Club) -> int:
    """How many bytes still fit, as far as the loaded club knows."""
    return max(0, quota(club) - int(club.storage_used))


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
    if announced > room(club):
        raise no_room(club)


def too_large() -> TooLarge:
    """What somebody is told whose file is larger than any may be."""
    limit = filesize(current_app().settings.max_upload)
    return TooLarge(gettext("This is larger than the limit of %(limit)s.", limit=limit))


def no_room(club: Club) -> TooLarge:
    """What somebody is told whose file does not fit."""
    return TooLarge(
        gettext(
            "There is no room for this: the club has used its %(quota)s. Empty the trash, or ask the operator for more.",
            quota=filesize(quota(club)),
        )
    )


def _sql(text: str) -> str:
    words = dialect()
    return text.format(*(words.param(number) for number in range(1, text.count("{}") + 1)))
