"""Publishing: now, at a moment to come, or back to a draft; the trash; and telling of what is out, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tortoise.expressions import Subquery
from tortoise.queryset import QuerySet

from cercle import (
    N_,
    Club,
    Conflict,
    Content,
    Invalid,
    Viewer,
    announce,
    atomic,
    current_app,
    gettext,
    lacks_field,
    notify,
    publish_content,
)
from plugins.blog.events import PostPublished, PostWithdrawn
from plugins.blog.models import Post, PostTag
from plugins.blog.notifications import POST_PUBLISHED

FURTHEST = timedelta(days=5 * 366)
BATCH = 100
HELD_WITHIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the state of a post shall be.

    Args:
        state: `draft`, `scheduled` or `published`; None leaves it as it is.
        audience: `club`, `site` or `public`; None leaves it as it is.
        publish_at: with a time zone; only for `scheduled`.
    """

    state: str | None = None
    audience: str | None = None
    publish_at: datetime | None = None


def audiences_of(club: Club) -> tuple[str, ...]:
    """The audiences that posts of this club may have: a hidden club speaks to its members alone."""
    return ("club",) if club.visibility == "hidden" else ("club", "site", "public")


def check_plan(club: Club, plan: Plan) -> None:
    """Refuse what cannot be planned in this club.

    Raises:
        Invalid: naming the field.
    """
    if plan.audience is not None and plan.audience not in audiences_of(club):
        raise Invalid(gettext("Posts of a hidden club are for its members alone."), field="audience")
    if plan.state == "scheduled":
        _check_moment(plan.publish_at)
    elif plan.publish_at is not None:
        raise Invalid(gettext("Only a scheduled post has a moment of publication."), field="publish_at")


def _check_moment(moment: datetime | None) -> None:
    now = datetime.now(UTC)
    if moment is None:
        raise Invalid(gettext("When shall it be published?"), field="publish_at")
    if moment.tzinfo is None:
        raise Invalid(gettext("Give the time zone too, as in 2030-05-01T09:00:00+02:00."), field="publish_at")
    if moment <= now:
        raise Invalid(gettext("This moment is past. Choose one to come, or publish now."), field="publish_at")
    if moment > now + FURTHEST:
        raise Invalid(gettext("Please choose a moment within the next five years."), field="publish_at")


async def plan_post(club: Club, post: Post, plan: Plan, *, actor: Viewer) -> Post:
    """Publish a post now, schedule it, make it a draft again, or change whom it is for.

    Raises:
        Invalid: for a plan that cannot be.
        Conflict: when somebody else changed its state meanwhile.
    """
    check_plan(club, plan)
    async with atomic():
        return await apply_plan(club, post, plan, actor=actor)


async def apply_plan(club: Club, post: Post, plan: Plan, *, actor: Viewer, now: datetime | None = None) -> Post:
    """`plan_post` as a part of a transaction that is running, at this moment; the plan has been checked."""
    now = now or datetime.now(UTC)
    was_out = post.is_out(now)
    values = _values(post, plan, now)
    if not await Post.filter(id=post.id, state=post.state).update(**values):
        raise Conflict(gettext("Somebody else changed the state of this post. Look at it again."))
    changed = await Post.get(id=post.id)
    if not await record(club, changed):
        return changed
    if changed.is_out(now):
        await _tell_once(changed, actor_id=actor.id)
    elif was_out:
        await announce(PostWithdrawn(club_id=club.id, actor_id=actor.id, post_id=post.id, title=post.title))
    return changed


def _values(post: Post, plan: Plan, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {"audience": plan.audience or post.audience}
    state = plan.state or post.state
    if plan.state is None:
        return values
    been_out = post.published_at if post.published_at is not None and post.published_at <= now else None
    moment = plan.publish_at.astimezone(UTC) if plan.publish_at else None
    published = {"draft": been_out, "scheduled": moment, "published": been_out or now}[state]
    return {**values, "state": state, "publish_at": moment, "published_at": published}


async def record(club: Club, post: Post, *, touch: bool = True) -> bool:
    """Write the catalogue's row of a post, in the running transaction; False for one that waits for a moderator."""
    labels = [str(label) for label in await PostTag.filter(post_id=post.id).values_list("label", flat=True)]
    return await publish_content(
        post,
        plugin="blog",
        kind="post",
        title=post.title,
        url=current_app().urls.path("blog:posts.show", club=club.slug, slug=post.slug),
        summary=post.lead,
        words=f"{post.text}\n{post.place}\n{' '.join(labels)}",
        fields={"tag": labels},
        author_id=post.author_id,
        state=post.state,
        audience=post.audience,
        published_at=post.published_at,
        created_at=post.created_at,
        touch=touch,
    )


async def publish_tags() -> None:
    """Give their tags to posts that were published before tags could be searched for; doing it twice changes nothing."""
    tagged = Subquery(PostTag.all().distinct().values("post_id"))
    old = Content.filter(lacks_field("tag"), plugin="blog", kind="post", object_id__in=tagged).limit(BATCH)
    while rows := await old:
        posts = await Post.filter(id__in=[row.object_id for row in rows]).prefetch_related("club")
        async with atomic():
            for post in posts:
                await record(post.club, post, touch=False)
        if len(rows) < BATCH or not posts:
            return


async def trash_post(club: Club, post: Post, *, actor: Viewer) -> None:
    """Put a post into the trash.

    Raises:
        Conflict: when somebody else did, or changed its state, at the same moment.
    """
    now = datetime.now(UTC)
    async with atomic():
        values = {"state": "trashed", "trashed_state": post.state, "trashed_at": now}
        if not await Post.filter(id=post.id, state=post.state).update(**values):
            raise Conflict(gettext("Somebody else changed the state of this post. Look at it again."))
        await record(club, await Post.get(id=post.id))
        if post.is_out(now):
            await announce(PostWithdrawn(club_id=club.id, actor_id=actor.id, post_id=post.id, title=post.title))


async def restore_post(club: Club, post: Post, *, actor: Viewer) -> Post:
    """Take a post out of the trash. One whose time would come, or came meanwhile, is a draft: nothing is out unawares.

    Raises:
        Conflict: when it is not in the trash any more.
    """
    state = "published" if post.trashed_state == "published" else "draft"
    async with atomic():
        values: dict[str, Any] = {"state": state, "trashed_state": "", "trashed_at": None, "publish_at": None}
        if not await Post.filter(id=post.id, state="trashed").update(**values):
            raise Conflict(gettext("This post is not in the trash any more."))
        restored = await Post.get(id=post.id)
        await record(club, restored)
    return restored


async def let_out(club: Club, post: Post, *, actor: Viewer) -> None:
    """Take a post out of the trash that waited for a moderator: it is new now, or comes at the moment that was planned.

    Args:
        club: where.
        post: which; where it is a draft meanwhile, it stays one.
        actor: the moderator.

    Raises:
        Conflict: when it is not in the trash any more.
    """
    async with atomic():
        values: dict[str, Any] = {"state": post.trashed_state, "trashed_state": "", "trashed_at": None}
        if post.trashed_state == "published" and _is_of_then(post):
            values["published_at"] = datetime.now(UTC)
        if not await Post.filter(id=post.id, state="trashed").update(**values):
            raise Conflict(gettext("This post is not in the trash any more."))
        out = await Post.get(id=post.id)
        await record(club, out)
        if out.state == "published":
            await _tell_once(out, actor_id=out.author_id)


def _is_of_then(post: Post) -> bool:
    """Whether it was published when it began to wait, and not brought in with the date that it had elsewhere."""
    if post.published_at is None or post.trashed_at is None:
        return True
    return post.trashed_at - post.published_at < HELD_WITHIN


async def count_overdue(patience: timedelta) -> int:
    """How many scheduled posts should have been told of so long ago."""
    return await _due(datetime.now(UTC) - patience).count()


def _due(moment: datetime) -> QuerySet[Post]:
    return Post.filter(
        state="scheduled",
        published_at__lte=moment,
        club__deleted_at=None,
        club__archived_at=None,
        club__switches__plugin="blog",
        club__switches__effective__in=("on", "read_only"),
    )


async def announce_due() -> int:
    """Tell of scheduled posts whose time has come, each once; answers how many. Where the blog is off, they wait."""
    told = 0
    for post in await _due(datetime.now(UTC)).order_by("published_at").limit(BATCH).prefetch_related("club"):
        async with atomic():
            if not await Post.filter(id=post.id, state="scheduled", published_at=post.published_at).update(
                state="published", publish_at=None
            ):
                continue
            changed = await Post.get(id=post.id)
            await record(post.club, changed)
            await _tell_once(changed, actor_id=changed.author_id)
            told += 1
    return told


async def tell_readers(club: Club, post: Post, *, key: str) -> None:
    """Tell the members of a club of a post that is out, all but its author; those who chose so."""
    if not post.is_out(datetime.now(UTC)):
        return
    row = await Content.get_or_none(plugin="blog", kind="post", object_id=post.id)
    await notify(
        POST_PUBLISHED,
        to=None,
        besides=post.author_id,
        club=club,
        key=key,
        subject=N_("New in %(club)s: %(title)s"),
        text=N_("A new post in the blog of %(club)s: “%(title)s”."),
        path=current_app().urls.path("blog:posts.show", club=club.slug, slug=post.slug),
        values={"club": club.name, "title": post.title},
        content_id=row.id if row else None,
    )


async def _tell_once(post: Post, *, actor_id: int | None) -> None:
    if await Post.filter(id=post.id, announced_at=None).update(announced_at=datetime.now(UTC)):
        await announce(PostPublished(club_id=post.club_id, actor_id=actor_id, post_id=post.id, title=post.title))
