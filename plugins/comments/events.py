"""What comments announce."""

from __future__ import annotations

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentWritten(Event, name="comments.comment_written"):
    """Others can see a new comment."""

    comment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentChanged(Event, name="comments.comment_changed"):
    """Its author wrote a comment anew."""

    comment_id: int
