"""Writing posts: the first version, and every later one, merged with what others wrote meanwhile."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.exceptions import IntegrityError

from cercle import (
    CALLOUTS,
    Club,
    Conflict,
    Invalid,
    Rendered,
    Viewer,
    announce,
    atomic,
    gettext,
    render_in_child,
    summary,
)
from plugins.blog.events import PostChanged
from plugins.blog.models import Post, PostTag, Redirect, Revision
from plugins.blog.queries.posts import tags_of
from plugins.blog.services.attachments import tie_attachments
from plugins.blog.services.drafts import Draft, current_draft, draft_of, merged
from plugins.blog.services.names import free_slug
from plugins.blog.services.occasions import checked
from plugins.blog.services.publication import Plan, apply_plan, check_plan, record

TRIES = 5
_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True)
class Saved:
    """The post as saved, and who else's changes are in it; `changed` is False when there was nothing to save."""

    post: Post
    merged_with: tuple[str, ...] = ()
    changed: bool = True


class EditConflict(Conflict):
    """Two people changed the same lines. Nothing was saved, and nothing is lost.

    Args:
        post: as it is now.
        mine: what was wanted.
        theirs: what it says now.
        names: who wrote meanwhile.
    """

    def __init__(self, post: Post, *, mine: Draft, theirs: Draft, names: tuple[str, ...]) -> None:
        super().__init__(gettext("Somebody else changed the same lines."))
        self.post, self.mine, self.theirs, self.names = post, mine, theirs, names


async def create_post(
    club: Club, draft: Draft, *, actor: Viewer, plan: Plan | None = None, at: datetime | None = None
) -> Post:
    """Write a new post, a draft unless the plan says otherwise.

    Args:
        club: where.
        draft: what it says.
        actor: who writes it.
        plan: its state and audience.
        at: when it was written, and published if it was; now unless given.

    Raises:
        Invalid: when the text cannot be shown or the plan cannot be.
    """
    check_plan(club, plan or Plan())
    values = await _rendered(draft)
    moment = at or datetime.now(UTC)
    for _try in range(TRIES):
        try:
            return await _insert(club, draft, values, actor, plan, moment)
        except IntegrityError:  # somebody took the address at the same moment
            continue
    raise Conflict(gettext("This address was taken at the same moment. Please try again."))


async def _insert(
    club: Club, draft: Draft, values: dict[str, Any], actor: Viewer, plan: Plan | None, now: datetime
) -> Post:
    async with atomic():
        slug = await free_slug(club.id, draft.title)
        post = await Post.create(
            club_id=club.id, slug=slug, author_id=actor.id, created_at=now, updated_at=now, **values
        )
        await _keep(post, draft, actor, now)
        if plan is not None:
            return await apply_plan(club, post, plan, actor=actor, now=now)
        await record(club, post)
    return post


async def change_post(
    club: Club,
    post: Post,
    draft: Draft,
    *,
    base: int,
    actor: Viewer,
    address: str = "",
    plan: Plan | None = None,
    merge: bool = True,
) -> Saved:
    """Write the next version of a post.

    Args:
        club: where.
        post: the post.
        draft: what it shall say.
        base: the version that the writer had before them.
        actor: who writes.
        address: the wished address; "" leaves it, or lets that of a post never out follow its title.
        plan: a new state or audience, in the same transaction.
        merge: whether a later version is merged; without, it is a conflict.

    Raises:
        EditConflict: when others changed the same lines.
        Conflict: when the post is in the trash.
        Invalid: when the text cannot be shown or the plan cannot be.
    """
    check_plan(club, plan or Plan())
    for _try in range(TRIES):
        current = await Post.get(id=post.id)
        if current.state == "trashed":
            raise Conflict(gettext("This post is in the trash. Restore it first; your text is still in this form."))
        wanted, names = await _against(current, draft, base, merge=merge)
        values = await _rendered(wanted)
        try:
            saved = await _update(club, current, wanted, values, actor, address, plan)
        except IntegrityError:  # somebody took the address at the same moment
            continue
        if saved is not None:
            return Saved(saved.post, names, saved.changed)
    raise Conflict(gettext("Others are saving this post again and again. Please try once more."))


async def restore_revision(club: Club, post: Post, revision: Revision, *, actor: Viewer) -> Saved:
    """Make an earlier version the latest one; the versions between stay in the history."""
    draft = draft_of(revision)
    return await change_post(club, post, draft, base=post.version, actor=actor)


async def render_body(body: str) -> Rendered:
    """The HTML and the plain words of a text, with the titles of its boxes in the language at hand.

    Raises:
        Invalid: for the field `body`, when it cannot be shown.
    """
    try:
        return await render_in_child(body, callouts={key: gettext(title) for key, title in CALLOUTS.items()})
    except Invalid as error:
        raise Invalid(error.message, field="body") from None


async def _rendered(draft: Draft) -> dict[str, Any]:
    occasion = asdict(checked(draft.occasion)) if draft.occasion else {}
    made = await render_body(draft.body)
    return {
        **occasion,
        "title": draft.title,
        "summary": draft.summary,
        "lead": draft.summary or summary(made.text, 200),
        "body": draft.body,
        "body_html": made.html,
        "text": made.text,
        "words": len(_WORD.findall(made.text)),
    }


async def _keep(post: Post, draft: Draft, actor: Viewer, now: datetime) -> None:
    """Write a version into the history, and the tags and the files it has."""
    await Revision.create(
        club_id=post.club_id,
        post_id=post.id,
        number=post.version,
        title=post.title,
        summary=draft.summary,
        body=post.body,
        tags=draft.labels,
        author_id=actor.id,
        created_at=now,
    )
    await PostTag.filter(post_id=post.id).delete()
    tags = [PostTag(club_id=post.club_id, post_id=post.id, slug=tag.slug, label=tag.label) for tag in draft.tags]
    if tags:
        await PostTag.bulk_create(tags)
    await tie_attachments(post, actor=actor)


async def _against(current: Post, draft: Draft, base: int, *, merge: bool) -> tuple[Draft, tuple[str, ...]]:
    """The draft brought together with what was saved since its base, and the names of those who saved it."""
    if base == current.version:
        return draft, ()
    since = await Revision.filter(post_id=current.id, number__gt=base).order_by("number").prefetch_related("author")
    names = tuple(dict.fromkeys(r.author.name if r.author else gettext("A former member") for r in since))
    start = await Revision.get_or_none(post_id=current.id, number=base)
    theirs = await current_draft(current)
    together = await asyncio.to_thread(merged, draft_of(start), draft, theirs) if start and merge else None
    if together is None:
        raise EditConflict(current, mine=draft, theirs=theirs, names=names)
    return together, names


async def _update(
    club: Club, current: Post, wanted: Draft, values: dict[str, Any], actor: Viewer, address: str, plan: Plan | None
) -> Saved | None:
    """One try to save against the current version; None when somebody was faster."""
    now = datetime.now(UTC)
    async with atomic():
        slug = await _next_slug(current, wanted, address)
        same = slug == current.slug and await _says(current, wanted, values)
        if not same:
            changes = {**values, "slug": slug, "version": current.version + 1, "updated_at": now}
            newest = Post.filter(id=current.id, version=current.version).exclude(state="trashed")
            if not await newest.update(**changes):
                return None
            await _move(current, slug)
        post = await Post.get(id=current.id)
        if not same:
            await _keep(post, wanted, actor, now)
        if plan is not None:
            post = await apply_plan(club, post, plan, actor=actor)
        elif not same:
            await record(club, post)
        if not same and post.is_out(now):
            told = PostChanged(
                club_id=club.id, actor_id=actor.id, post_id=post.id, title=post.title, version=post.version
            )
            await announce(told)
    return Saved(post, changed=not same)


async def _says(current: Post, wanted: Draft, values: dict[str, Any]) -> bool:
    """Whether the post says this already."""
    said = [name for name in ("title", "summary", "body", "starts_at", "ends_at", "place") if name in values]
    if any(getattr(current, name) != values[name] for name in said):
        return False
    return {tag.label for tag in await tags_of(current)} == {tag.label for tag in wanted.tags}


async def _next_slug(current: Post, wanted: Draft, address: str) -> str:
    """Published addresses stay unless somebody wishes another; those of posts that never were out follow the title."""
    if address and address != current.slug:
        return await free_slug(current.club_id, address, post_id=current.id)
    if current.announced_at is None and current.state == "draft" and wanted.title != current.title:
        return await free_slug(current.club_id, wanted.title, post_id=current.id)
    return current.slug


async def _move(current: Post, slug: str) -> None:
    if slug == current.slug:
        return
    await Redirect.filter(club_id=current.club_id, slug=slug, post_id=current.id).delete()
    if current.announced_at is not None or current.state != "draft":
        await Redirect.create(club_id=current.club_id, slug=current.slug, post_id=current.id)
