"""What a role may do with comments, and what follows from having written a comment or its item."""

from __future__ import annotations

from cercle import N_, Content, Viewer, can, permission
from plugins.comments.models import Comment

VIEW = permission("comments.view", N_("Read comments"), ("owner", "moderator", "member", "guest"), writes=False)
WRITE = permission("comments.write", N_("Write comments"), ("owner", "moderator", "member"))
MODERATE = permission("comments.moderate", N_("Lock and turn off comments"), ("owner", "moderator"))
REMOVE = permission("comments.remove", N_("Remove the comments of others"), ("owner", "moderator"), author=True)


def may_moderate(viewer: Viewer, comment: Comment) -> bool:
    """Whether somebody may lock what others wrote, and go on writing where it is locked."""
    return can(viewer, MODERATE, comment)


def may_edit(viewer: Viewer, comment: Comment) -> bool:
    """Its author alone changes a comment: nobody puts words in somebody's mouth."""
    return _wrote(viewer, comment.author_id) and can(viewer, WRITE, comment)


def may_remove(viewer: Viewer, comment: Comment) -> bool:
    """Its author, and moderators."""
    return can(viewer, REMOVE, comment)


def may_restore(viewer: Viewer, comment: Comment) -> bool:
    """What its author removed comes back by its author; what a moderator removed, by moderators."""
    by_author = comment.removed_by_id is not None and comment.removed_by_id == comment.author_id
    may = can(viewer, REMOVE, comment)
    return may and (by_author == _wrote(viewer, comment.author_id))


def may_resolve(viewer: Viewer, thread: Comment, item: Content) -> bool:
    """Who began the thread, who wrote the item, and moderators."""
    mine = _wrote(viewer, thread.author_id) or _wrote(viewer, item.author_id)
    return (mine and can(viewer, WRITE, thread)) or may_moderate(viewer, thread)


def may_accept(viewer: Viewer, thread: Comment, item: Content) -> bool:
    """Who wrote the item, and moderators, say which reply answers."""
    return (_wrote(viewer, item.author_id) and can(viewer, WRITE, thread)) or may_moderate(viewer, thread)


def _wrote(viewer: Viewer, author_id: int | None) -> bool:
    return viewer.id is not None and viewer.id == author_id
