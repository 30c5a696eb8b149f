"""The first items of new members, which wait until a moderator has looked at them: whether one has to, and how that begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise.queryset import QuerySet

from core import current
from core.accounts.viewer import ANONYMOUS
from core.db import before_commit, dialect, rows
from core.errors import Conflict
from core.i18n import N_, gettext
from core.notifications import notify
from core.permissions import base_of
from spaces.hiding import hide_item
from spaces.models import Case, Content, Membership
from spaces.notifications import TRIAL_WAITS
from spaces.queries.moderators import moderators_of
from spaces.queries.standing import stands

if TYPE_CHECKING:
    from core.accounts.models import User

MOST_WAITING = 20
"""So many items of one member wait at most, so that nobody fills the queue."""
APPROVED = ("kept", "restored")
"""The states of cases whose item a moderator let out."""
SHOWN = ("published", "scheduled")


async def begin_trial(club_id: int, author_id: int | None, key: dict[str, Any]) -> bool:
    """Have an item that is published for the first time wait where its author is new: the end of the transaction hides it.

    Args:
        club_id: where.
        author_id: who made it.
        key: `plugin`, `kind` and `object_id` of the item.

    Raises:
        Conflict: when too many items of this author wait already.
    """
    if author_id is None or not await _is_new(club_id, author_id, key):
        return False
    if await _cases(club_id, author_id).filter(state="open").count() >= MOST_WAITING:
        raise Conflict(
            gettext(
                "%(count)s things that you made wait for a moderator. When one of them is decided, you can make more.",
                count=MOST_WAITING,
            )
        )
    before_commit(lambda: _hold(key))
    return True


async def _is_new(club_id: int, author_id: int, key: dict[str, Any]) -> bool:
    """Whether what this member publishes waits still."""
    member = Membership.filter(stands(), club_id=club_id, user_id=author_id, club__trial_items__gt=0)
    found = await member.exclude(came_by="founder").select_related("club").first()
    if found is None or base_of(found.role) not in ("member", "guest"):
        return False
    closable = current.app().hooks.implementers("content_hidden")
    if key["plugin"] not in closable or await _cases(club_id, author_id).filter(**key).exists():
        return False
    approved = await _cases(club_id, author_id).filter(state__in=APPROVED).count()
    return approved < found.club.trial_items and not await _was_here_before(club_id, author_id, closable)


async def _was_here_before(club_id: int, author_id: int, closable: tuple[str, ...]) -> bool:
    """Whether something of theirs was out without having waited, from the time before the club asked for that."""
    words = dialect()
    marks = [words.param(number) for number in range(1, len(closable) + 3)]
    found = await rows(
        f"SELECT 1 AS one FROM spaces_content t WHERE t.club_id = {marks[0]} AND t.author_id = {marks[1]} "
        f"AND t.plugin IN ({', '.join(marks[2:])}) AND t.published_at IS NOT NULL AND NOT t.is_on_trial "
        "AND t.audience <> 'author' AND NOT EXISTS (SELECT 1 FROM spaces_case k WHERE k.plugin = t.plugin "
        "AND k.kind = t.kind AND k.object_id = t.object_id AND k.is_trial) LIMIT 1",
        [club_id, author_id, *closable],
    )
    return bool(found)


def _cases(club_id: int, author_id: int) -> QuerySet[Case]:
    return Case.filter(club_id=club_id, person_id=author_id, is_trial=True)


async def _hold(key: dict[str, Any]) -> None:
    """Hide the item and open its case, for the moderators to decide; nothing where the transaction erased it again."""
    item = await Content.get_or_none(**key, is_on_trial=True, hidden_at=None).select_related("club", "author")
    if item is None or item.author is None:
        return
    others = await _cases(item.club_id, item.author.id).filter(state="open").exists()
    case = await Case.create(
        **key,
        club_id=item.club_id,
        key=f"{item.plugin}:{item.kind}:{item.object_id}",
        title=item.title,
        url=item.url,
        person_id=item.author.id,
        is_trial=True,
    )
    await hide_item(item.club, item.plugin, item.kind, item.object_id, actor=ANONYMOUS, is_new=True)
    if not others:  # while one waits, the moderators know
        await _tell_moderators(item, case, item.author)


async def _tell_moderators(item: Content, case: Case, author: User) -> None:
    await notify(
        TRIAL_WAITS,
        to=await moderators_of(item.club),
        besides=author.id,
        club=item.club,
        key=f"case {case.id}",
        subject=N_("Something by a new member waits in %(club)s"),
        text=N_(
            "%(name)s has made “%(title)s” in %(club)s. Nobody else sees it, nor what they make after it, until a moderator has "
            "looked at it."
        ),
        path=current.app().urls.path("spaces:cases.show", club=item.club.slug, case=case.id),
        values={"club": item.club.name, "title": case.title, "name": author.name},
    )
