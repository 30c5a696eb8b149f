"""Somebody leaves the site: their place in clubs goes with them, a club never loses its last owner."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from core import current
from core.accounts.hookspecs import ExportFile
from core.accounts.models import User
from core.db import atomic, dialect, rows
from core.errors import NotFound
from core.i18n import gettext
from core.navigation import Link
from spaces.models import Case, Club, Erasure, Invitation, JoinRequest, Membership, Report
from spaces.queries.cases import TOLD
from spaces.queries.standing import stands
from spaces.services.memberships import remove_member
from spaces.services.questions import read_answers


async def files_of_person(user: User) -> list[ExportFile]:
    """The clubs they belong to, where they asked to join, whom they invited, and what they reported or was decided about them."""
    member = Membership.filter(stands(), user_id=user.id, club__deleted_at=None).order_by("id").select_related("club")
    asked = JoinRequest.filter(user_id=user.id, club__deleted_at=None).order_by("id").select_related("club")
    clubs = {one.club_id: one for one in await member}
    invited = await Invitation.filter(inviter_id=user.id, club_id__in=list(clubs)).order_by("id")
    facts = {
        "member_of": [
            {"club": one.club.slug, "name": one.club.name, "role": one.role, "joined_at": one.joined_at}
            for one in clubs.values()
        ],
        "asked_to_join": [
            {
                "club": one.club.slug,
                "message": one.message,
                "answers": [{"question": said.question, "answer": said.text} for said in read_answers(one.answers)],
                "question": one.question,
                "reply": one.reply,
                "at": one.created_at,
            }
            for one in await asked
            if one.club.visibility != "hidden"
        ],
        "invited": [
            {"club": clubs[one.club_id].club.slug, "email": one.email, "note": one.note, "at": one.created_at}
            for one in invited
        ],
        **await _moderated(user, clubs),
    }
    return [ExportFile("clubs.json", facts, gettext("Your clubs, requests and invitations"))]


async def _moderated(user: User, clubs: Mapping[int, Membership]) -> dict[str, list[dict[str, object]]]:
    """What they reported in these clubs, and what was decided about them there."""
    reported = Report.filter(reporter_id=user.id, case__club_id__in=list(clubs)).order_by("id").select_related("case")
    decided = Case.filter(person_id=user.id, club_id__in=list(clubs), state__in=TOLD).order_by("id")
    return {
        "reported": [
            {
                "club": clubs[one.case.club_id].club.slug,
                "title": one.case.title,
                "words": one.words,
                "at": one.created_at,
            }
            for one in await reported
        ],
        "decided_about_you": [
            {"club": clubs[one.club_id].club.slug, "title": one.title, "words": one.decision, "at": one.decided_at}
            for one in await decided
        ],
    }


async def reasons_to_stay(user: User) -> list[Link]:
    """The clubs that would be without an owner, a sentence each, with the page of its people.

    Inside `atomic()` nobody else leaves them meanwhile.
    """
    owned = Membership.filter(user_id=user.id, role="owner", club__deleted_at=None).order_by("club_id")
    found = []
    for place in await owned.select_related("club"):
        await _lock(place.club_id)
        others = Membership.filter(club_id=place.club_id, role="owner", user__is_active=True).exclude(user_id=user.id)
        if not await others.exists():
            text = gettext(
                "%(name)s is the last owner of %(club)s: make somebody else an owner, or delete the club.",
                name=user.name,
                club=place.club.name,
            )
            found.append(Link(text, current.app().urls.path("spaces:people", club=place.club.slug)))
    return found


async def forget_person(user: User) -> None:
    """End their memberships, requests and invitations.

    Raises:
        Conflict: for the last owner of a club.
    """
    async with atomic():
        await Membership.filter(user_id=user.id, club__deleted_at__isnull=False).delete()
        mine = await Club.filter(memberships__user_id=user.id).order_by("id")
        for club in sorted(mine, key=lambda one: one.parent_id is not None):  # a group after what it follows
            with suppress(NotFound):  # somebody removed them at the same moment
                await remove_member(club, user, actor=user)
        await JoinRequest.filter(user_id=user.id).delete()
        await Invitation.filter(inviter_id=user.id).delete()
        about_items = Case.filter(person_id=user.id).exclude(plugin="")
        await about_items.update(person_id=None)  # what is hidden stays in the log
        await Erasure.filter(asked_by_id=user.id).update(asked_by="", asked_by_id=None)


async def _lock(club_id: int) -> None:
    """Two owners who leave at once do so one after the other; on SQLite the transaction is that lock."""
    words = dialect()
    if words.name == "postgres":
        await rows(f"SELECT id FROM spaces_club WHERE id = {words.param(1)} FOR NO KEY UPDATE", [club_id])
