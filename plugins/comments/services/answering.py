"""Answers by mail: what somebody writes back to a mail about a comment is a reply in its discussion."""

from __future__ import annotations

from collections.abc import Collection

from cercle import Club, Forbidden, Invalid, NotFound, Reply, access_for, can, current_app, gettext
from plugins.comments.models import LONGEST, Comment
from plugins.comments.permissions import WRITE
from plugins.comments.queries.comments import Found, get_comment
from plugins.comments.services.writing import Words, write_comment

NAME = "comments.reply"


async def addresses(comment: Comment, people: Collection[int]) -> dict[int, str]:
    """Where each of these people may answer a comment, by their ids; empty where the site takes no mail."""
    return await current_app().inbound.addresses_of(NAME, str(comment.id), people, club_id=comment.club_id)


async def take(reply: Reply) -> None:
    """Write what came by mail as a reply, with the rights that its author has now.

    Raises:
        NotFound: when the comment is gone, or is not for them any more.
        Forbidden: when they may not write, or the discussion is locked.
        Invalid: when the text is too long, or cannot be shown.
    """
    club = await Club.get_or_none(id=reply.club_id or 0, deleted_at=None)
    if club is None or not reply.about.isdigit():
        raise NotFound(_gone())
    viewer = await access_for(current_app(), club, user_id=reply.who.id, name=reply.who.name)
    try:
        found: Found = await get_comment(club, int(reply.about), viewer=viewer)
    except NotFound:
        raise NotFound(_gone()) from None
    if not can(viewer, WRITE, club):
        raise Forbidden(gettext("You may read this, and not write comments there at the moment."))
    if len(reply.text) > LONGEST:
        raise Invalid(gettext("A comment has at most %(count)s characters.", count=LONGEST))
    await write_comment(club, found.item, Words(reply.text, found.comment.id), actor=viewer)


def _gone() -> str:
    return gettext("What you answered is not there any more, or you may not see it any more.")
