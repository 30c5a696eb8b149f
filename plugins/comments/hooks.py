"""Where comments meet the rest of a club: they follow the items that they are about, and tell people of what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import (
    Club,
    ContentChanged,
    ContentPublished,
    ContentRemoved,
    Event,
    ExportFile,
    Holding,
    PersonHolding,
    hookimpl,
    ngettext,
)
from plugins.comments.events import CommentChanged, CommentWritten
from plugins.comments.models import Comment, Reaction
from plugins.comments.services import answering, leaving
from plugins.comments.services.demo import seed
from plugins.comments.services.following import follow_club, follow_item, forget_plugin
from plugins.comments.services.removing import hide_comment, show_comment
from plugins.comments.services.telling import tell_of_comment


@hookimpl
def site_started(app: Any) -> None:
    """Answers to mails about comments come in here."""
    app.inbound.provide(answering.NAME, answering.take)


@hookimpl
async def event_announced(event: Event) -> None:
    """Follow what the comments are about, and tell people of new ones."""
    club = await Club.get_or_none(id=event.club_id) if event.club_id else None
    if club is None:
        return
    if isinstance(event, ContentPublished | ContentChanged | ContentRemoved):
        if event.plugin != "comments":
            await follow_item(club, event.plugin, event.kind, event.object_id)
    elif isinstance(event, CommentWritten | CommentChanged):
        await tell_of_comment(club, event.comment_id, is_new=isinstance(event, CommentWritten))
    elif event.event_name == "spaces.plugin_switched":
        changed = str(getattr(event, "plugin", ""))
        await follow_club(club, "" if changed == "comments" else changed)


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """Comments, and the signs said to them."""
    comments = await Comment.filter(club_id=club.id, removed_at=None).count()
    signs = await Reaction.filter(club_id=club.id).count()
    made = [Holding(ngettext("comment", "comments", comments), comments)]
    return [*made, Holding(ngettext("reaction", "reactions", signs), signs)] if signs else made


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What they wrote."""
    return await leaving.files_of_person(user.id)


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """What they wrote, counted."""
    return await leaving.holdings_of_person(user.id)


@hookimpl
async def person_erased(user: Any) -> None:
    """Signs go; comments stay without a name, unless the person wants theirs erased."""
    await leaving.forget_person(user.id)
    if not user.leaves_works:
        await leaving.erase_works(user.id)


@hookimpl
async def content_hidden(club: Club, object_id: int, hidden: bool, is_new: bool) -> None:
    """A comment goes out of sight, and comes back; one that waited comes as new."""
    comment = await Comment.get_or_none(id=object_id, club_id=club.id)
    if comment is None or (comment.hidden_at is not None) == hidden:
        return
    if hidden:
        await hide_comment(club, comment)
    else:
        await show_comment(club, comment, is_new=is_new)


@hookimpl
async def plugin_purged(name: str) -> None:
    """Comments on what it had go with it."""
    await forget_plugin(name)


@hookimpl(trylast=True)  # about what the others wrote
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Discussions of a made-up network."""
    await seed(app, club, cast)
