"""What happens to posts. Nothing is told of a post that is not out yet."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(Event, name="blog.post_published"):
    """A post is out; told once in its life, for a scheduled one when its time has come."""

    post_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChanged(Event, name="blog.post_changed"):
    """A post that is out has a new version."""

    post_id: int
    title: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWithdrawn(Event, name="blog.post_withdrawn"):
    """A post that was out is a draft again, or in the trash."""

    post_id: int
    title: str
