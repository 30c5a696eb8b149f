"""Reporting an item or a person: what many people say about the same thing is one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import current
from core.accounts.viewer import Viewer
from core.db import atomic, dialect, rows
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from core.limits import Rule
from spaces.catalogue import visible_in
from spaces.models import Club, Report
from spaces.queries.cases import REASONS
from spaces.queries.people import get_member
from spaces.services.case_notices import tell_moderators_of_report

REPORTS_A_DAY = Rule("spaces.report.user", "20 per day")
LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """What is reported: an item of a plugin, or a member.

    Args:
        title: as members know it.
        url: path of its page.
        person_id: who wrote it, or is reported; None when its author is gone.
        plugin, kind, object_id: which item; empty for a person.
    """

    title: str
    url: str
    person_id: int | None
    plugin: str = ""
    kind: str = ""
    object_id: int | None = None

    @property
    def key(self) -> str:
        """One word for it, which an open case holds alone in its club."""
        return f"{self.plugin}:{self.kind}:{self.object_id}" if self.plugin else f"person:{self.person_id}"


async def find_item(club: Club, viewer: Viewer, plugin: str, kind: str, object_id: int) -> Target:
    """The item that the viewer wants to report.

    Raises:
        NotFound: when it is not there, or not for them.
    """
    found = await visible_in(club, viewer).filter(plugin=plugin, kind=kind, object_id=object_id).first()
    if found is None:
        raise NotFound()
    return Target(found.title, found.url, found.author_id, plugin, kind, object_id)


async def find_person(club: Club, handle: str) -> Target:
    """The member that somebody wants to report.

    Raises:
        NotFound: when they do not belong to the club.
    """
    user = (await get_member(club, handle)).user
    return Target(user.name, current.app().urls.path("spaces:person", club=club.slug, user=user.handle), user.id)


async def report(club: Club, target: Target, reason: str, words: str = "", *, actor: Viewer) -> int:
    """Report an item or a person; the first report of it opens a case and tells the moderators. Answers the case's number.

    Args:
        club: where.
        target: what, from `find_item` or `find_person`.
        reason: one of `REASONS`.
        words: a few words, at most 1,000 characters.
        actor: who reports.

    Raises:
        Forbidden: for what is their own.
        Invalid: for another reason or too many words.
        Conflict: when they reported it before, or it is decided at this moment.
        TooMany: above 20 reports a day.
    """
    refuse_own(target, actor)
    if reason not in REASONS:
        raise Invalid(gettext("Please choose one of the listed values."), field="reason")
    if len(words) > LENGTH:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=LENGTH), field="words")
    await current.app().limits.hit(REPORTS_A_DAY, actor.id)
    async with atomic():
        await _refuse_again(club, target, actor)
        made = await _open_case(club, target)
        number = made or await _held_case(club, target)
        await _add_report(number, reason, words.strip(), actor)
        if made:
            await tell_moderators_of_report(club, number, target.title, besides=target.person_id)
    return number


def refuse_own(target: Target, actor: Viewer) -> None:
    """Refuse a report by whom it would be about.

    Raises:
        Forbidden: for such a person.
    """
    if target.person_id is not None and target.person_id == actor.id:
        raise Forbidden(gettext("This is your own. You can change it or take it away yourself."))


async def _refuse_again(club: Club, target: Target, actor: Viewer) -> None:
    """An item is reported once by each person for good; a person again, once the case about them is closed."""
    before = Report.filter(reporter_id=actor.id, case__club_id=club.id)
    about: dict[str, Any] = {"case__key": target.key}
    if target.plugin:
        about = {f"case__{name}": getattr(target, name) for name in ("plugin", "kind", "object_id")}
    if await before.filter(**about).exists():
        raise _told_before()


async def _open_case(club: Club, target: Target) -> int | None:
    """The number of a new case; None when one is open."""
    words = dialect()
    made = await rows(
        "INSERT INTO spaces_case (club_id, key, plugin, kind, object_id, title, url, person_id, created_at) "
        f"VALUES ({', '.join(words.param(place) for place in range(1, 10))}) "
        "ON CONFLICT (club_id, key) DO NOTHING RETURNING id",
        [
            *(club.id, target.key, target.plugin, target.kind, target.object_id),
            *(target.title[:250], target.url, target.person_id, datetime.now(UTC)),
        ],
    )
    return int(made[0]["id"]) if made else None


async def _held_case(club: Club, target: Target) -> int:
    """The number of the open case, which nobody decides before this transaction ends."""
    words = dialect()
    locked = " FOR UPDATE" if words.name == "postgres" else ""
    sql = f"SELECT id FROM spaces_case WHERE club_id = {words.param(1)} AND key = {words.param(2)}{locked}"
    found = await rows(sql, [club.id, target.key])
    if not found:
        raise Conflict(gettext("A moderator has decided about this at the same moment."))
    return int(found[0]["id"])


async def _add_report(case: int, reason: str, said: str, actor: Viewer) -> None:
    words = dialect()
    made = await rows(
        "INSERT INTO spaces_report (case_id, reporter_id, reason, words, created_at) "
        f"VALUES ({', '.join(words.param(place) for place in range(1, 6))}) "
        "ON CONFLICT (case_id, reporter_id) DO NOTHING RETURNING id",
        [case, actor.id, reason, said, datetime.now(UTC)],
    )
    if not made:
        raise _told_before()


def _told_before() -> Conflict:
    return Conflict(gettext("You have reported this already. You are told what the moderators decide."))
