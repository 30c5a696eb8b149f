"""Saying something to a comment in one sign."""

from __future__ import annotations

from cercle import Rule, Viewer, atomic, current_app
from plugins.comments.models import Comment, Reaction

OFTEN = Rule("comments.signs.author", "600 per hour")


async def put_sign(comment: Comment, sign: str, *, actor: Viewer) -> None:
    """Put a sign; putting it twice, also at the same moment, is once."""
    await current_app().limits.hit(OFTEN, actor.id)
    row = Reaction(club_id=comment.club_id, comment_id=comment.id, user_id=actor.id, sign=sign)
    async with atomic():
        await Reaction.bulk_create([row], ignore_conflicts=True)


async def take_sign(comment: Comment, sign: str, *, actor: Viewer) -> None:
    """Take a sign back; nothing happens where there is none."""
    await Reaction.filter(comment_id=comment.id, user_id=actor.id, sign=sign).delete()
