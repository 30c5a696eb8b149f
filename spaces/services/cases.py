"""Deciding about what was reported, objecting to it once, and deciding about that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core import audit
from core.accounts.models import User
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.i18n import gettext
from spaces.models import Case, Club
from spaces.queries.cases import REASONS
from spaces.queries.moderators import moderators_of
from spaces.services.bans import LONGEST_REASON, ban_member
from spaces.services.barred import hold_club
from spaces.services.case_notices import (
    tell_author,
    tell_moderators_of_appeal,
    tell_removed,
    tell_reporters,
)
from spaces.services.hiding import hide_item, show_item
from spaces.services.memberships import remove_member
from spaces.services.trial import leave_hidden, let_out

LENGTH = 1000
OUTCOMES: Mapping[str, str] = {"keep": "kept", "hide": "hidden", "remove": "removed", "ban": "removed"}
"""What can be decided about a report, and the state that follows."""


async def decide_case(club: Club, id: int, outcome: str, reason: str = "", words: str = "", *, actor: Viewer) -> Case:
    """Decide about what was reported; those who reported are told, and whom it is about unless nothing was wrong.

    Args:
        club: where.
        id: the case's number.
        outcome: `keep`, which lets out what waited; `hide`, for an item; `remove` or, for good, `ban`, for a person; whether the
            actor may end memberships is for the caller to ask.
        reason: one of `REASONS`, unless it is kept.
        words: why, for whom it is about, at most 1,000 characters, 500 for a ban; needed unless it is kept.
        actor: the moderator, or an operator.

    Raises:
        NotFound: when there is no such case.
        Forbidden: for whom it is about, or a person whose role stands above the actor's.
        Invalid: naming the field.
        Conflict: when somebody else has decided meanwhile, or it cannot be hidden.
    """
    said = _checked(words, needed=outcome != "keep", most=LONGEST_REASON if outcome == "ban" else LENGTH)
    async with atomic():
        await hold_club(club.id)  # before the case, as whoever leaves the site does
        case = await _found(club, id)
        _refuse_party(case, actor)
        _check_outcome(case, outcome, reason)
        after = {"state": OUTCOMES[outcome], "reason": "" if outcome == "keep" else reason}
        values = {**after, "key": None, "decision": said, "decided_by_id": actor.id, "decided_at": datetime.now(UTC)}
        await _move(case, ("open",), values, actor, after={**after, "words": said})
        await _carry_out(club, case, outcome, said, actor)
        await tell_reporters(club, case, OUTCOMES[outcome])
    return case


async def appeal_case(club: Club, id: int, words: str, *, actor: Viewer) -> None:
    """Object to what was decided about one's own item, once; the moderators are told.

    Args:
        club: where.
        id: the case's number.
        words: why it should be back, at most 1,000 characters.
        actor: who wrote the item.

    Raises:
        NotFound: for anybody else, or an unknown case.
        Invalid: for words that are missing or too many.
        Conflict: when they objected before, or nothing is hidden.
    """
    said = _checked(words, needed=True)
    async with atomic():
        case = await _found(club, id)
        if actor.id is None or case.person_id != actor.id or case.state == "open":
            raise NotFound()
        hidden = Case.filter(id=case.id, state="hidden", appealed_at=None)
        if not await hidden.update(state="appealed", appeal=said, appealed_at=datetime.now(UTC)):
            raise Conflict(gettext("You have objected already, or the decision was changed meanwhile."))
        await tell_moderators_of_appeal(club, case)


async def answer_appeal(club: Club, id: int, restore: bool, words: str = "", *, actor: Viewer) -> Case:
    """Bring a hidden item back, or leave it hidden against an objection; whoever wrote it is told.

    Args:
        club: where.
        id: the case's number.
        restore: whether it comes back; that is possible without an objection too.
        words: for whoever wrote it, at most 1,000 characters; needed to leave it hidden.
        actor: the moderator, or an operator; not who decided first, unless there is nobody else.

    Raises:
        NotFound: when there is no such case.
        Forbidden: for whom it is about, and for who decided first.
        Invalid: for words that are missing or too many.
        Conflict: when somebody else has answered meanwhile, or it cannot be brought back.
    """
    said = _checked(words, needed=not restore)
    async with atomic():
        await hold_club(club.id)
        case = await _found(club, id)
        _refuse_party(case, actor)
        if case.state == "appealed":
            await _refuse_first(club, case, actor)
        state = "restored" if restore else "upheld"
        values = {"state": state, "answer": said, "answered_by_id": actor.id, "answered_at": datetime.now(UTC)}
        allowed = ("hidden", "appealed", "upheld") if restore else ("appealed",)
        await _move(case, allowed, values, actor, after={"state": state, "words": said})
        if restore and case.is_trial:
            await let_out(club, case, actor=actor)
        elif restore:
            await show_item(club, case.plugin, case.kind, case.object_id or 0, actor=actor)
        await tell_author(club, case, state, said)
    return case


async def may_answer(club: Club, case: Case, viewer: Viewer) -> bool:
    """Whether the viewer, who may moderate, may decide about an objection."""
    if case.person_id == viewer.id:
        return False
    return case.decided_by_id != viewer.id or not await _others(club, case)


async def _carry_out(club: Club, case: Case, outcome: str, words: str, actor: Viewer) -> None:
    if case.is_trial:
        await (let_out(club, case, actor=actor) if outcome == "keep" else leave_hidden(case))
        await tell_author(club, case, "approved" if outcome == "keep" else "declined", words)
    elif outcome == "hide":
        await hide_item(club, case.plugin, case.kind, case.object_id or 0, actor=actor)
        await tell_author(club, case, "hidden", words)
    elif outcome == "remove":
        await remove_member(club, await User.get(id=case.person_id), actor=actor)
        await tell_removed(club, case, words)
    elif outcome == "ban":
        await ban_member(club, await User.get(id=case.person_id), words, actor=actor)


async def _move(
    case: Case, states: tuple[str, ...], values: dict[str, Any], actor: Viewer, *, after: dict[str, str]
) -> None:
    """Give a case another state, if it is in one of these still, and note it in the log."""
    if not await Case.filter(id=case.id, state__in=states).update(**values):
        raise Conflict(gettext("Somebody else has decided about this meanwhile."))
    await audit.record(
        "spaces.trial_decided" if case.is_trial else "spaces.case_decided",
        actor=actor,
        subject=case.title,
        club_id=case.club_id,
        before={"state": case.state},
        after={"case": case.id, **after},
    )


async def _found(club: Club, id: int) -> Case:
    found = await Case.get_or_none(club_id=club.id, id=id)
    if found is None:
        raise NotFound()
    return found


def _refuse_party(case: Case, actor: Viewer) -> None:
    if case.person_id is not None and case.person_id == actor.id:
        raise Forbidden(gettext("This is about you. Another moderator decides."))


async def _refuse_first(club: Club, case: Case, actor: Viewer) -> None:
    if case.decided_by_id == actor.id and await _others(club, case):
        raise Forbidden(gettext("You decided first. Another moderator decides about the objection."))


async def _others(club: Club, case: Case) -> bool:
    """Whether somebody else than who decided first, and whom it is about, may moderate."""
    return bool({*await moderators_of(club)} - {case.decided_by_id, case.person_id})


def _check_outcome(case: Case, outcome: str, reason: str) -> None:
    possible = ("keep", "hide") if case.plugin else ("keep", "remove", "ban")
    if outcome not in possible:
        raise Invalid(gettext("Please choose one of the listed values."), field="outcome")
    if outcome != "keep" and reason not in REASONS:
        raise Invalid(gettext("Please choose one of the listed values."), field="reason")


def _checked(text: str, *, needed: bool, most: int = LENGTH) -> str:
    if needed and not text.strip():
        raise Invalid(gettext("Please fill this in."), field="words")
    if len(text) > most:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=most), field="words")
    return text.strip()
