"""Who is told of reports and decisions, and in which words. Whom a case is about never learns who reported."""

from __future__ import annotations

from collections.abc import Mapping

from core import current
from core.accounts.models import User
from core.i18n import N_
from core.mail import queue
from core.notification_kinds import NotificationKind
from core.notifications import notify
from spaces.models import Case, Club, Membership, Report
from spaces.notifications import CASE_APPEALED, CASE_DECIDED, REPORT_ANSWERED, REPORTED
from spaces.queries.moderators import moderators_of
from spaces.queries.standing import stands
from spaces.services.member_mail import Letter, letter_for

TO_REPORTERS = {
    "kept": N_(
        "You reported “%(title)s” in %(club)s. The moderators looked at it and let it stand. Thank you for telling them."
    ),
    "hidden": N_("You reported “%(title)s” in %(club)s. The moderators have hidden it. Thank you for telling them."),
    "removed": N_(
        "You reported %(title)s in %(club)s. They do not belong to the club any more. Thank you for telling the moderators."
    ),
}
TO_AUTHOR = {
    "hidden": (
        N_("“%(title)s” is hidden in %(club)s"),
        N_(
            "A moderator of %(club)s has hidden “%(title)s”, which you wrote. They write: “%(words)s” You can read the "
            "decision, and object to it once."
        ),
    ),
    "approved": (
        N_("“%(title)s” can be read in %(club)s"),
        N_(
            "A moderator of %(club)s has looked at “%(title)s”, which you made, and everybody in the club can read it now."
        ),
    ),
    "declined": (
        N_("“%(title)s” stays hidden in %(club)s"),
        N_(
            "A moderator of %(club)s has looked at “%(title)s”, which you made, and leaves it hidden. They write: “%(words)s” "
            "You can read the decision, and object to it once."
        ),
    ),
    "restored": (
        N_("“%(title)s” can be read again in %(club)s"),
        N_("“%(title)s” is back in %(club)s, as it was."),
    ),
    "upheld": (
        N_("“%(title)s” stays hidden in %(club)s"),
        N_("You objected to the decision about “%(title)s” in %(club)s. It stays hidden. They write: “%(words)s”"),
    ),
}


_REMOVED = Letter(
    N_("You do not belong to %(club)s any more"),
    (N_("A moderator of %(club)s has ended your membership. They write: “%(words)s”"),),
)


async def tell_moderators_of_report(club: Club, number: int, title: str, *, besides: int | None) -> None:
    """Tell those who moderate that something new waits, unless it is about them."""
    text = N_("Somebody has reported “%(title)s” in %(club)s. It waits for a moderator.")
    await _tell_moderators(club, REPORTED, number, (N_("A report in %(club)s"), text), title, besides)


async def tell_moderators_of_appeal(club: Club, case: Case) -> None:
    """Tell those who moderate that whom a decision is about objects to it."""
    said = (
        N_("Somebody objects to a decision in %(club)s"),
        N_("Whoever wrote “%(title)s” in %(club)s asks to look at it once more. Another moderator decides."),
    )
    await _tell_moderators(club, CASE_APPEALED, case.id, said, case.title, case.person_id)


async def tell_reporters(club: Club, case: Case, state: str) -> None:
    """Tell those who reported what came of it."""
    found = Report.filter(case_id=case.id).exclude(reporter_id=None)
    await notify(
        REPORT_ANSWERED,
        to=[int(str(number)) for number in await found.values_list("reporter_id", flat=True)],
        besides=case.person_id,
        club=club,
        key=f"case {case.id}",
        subject=N_("What you reported in %(club)s"),
        text=TO_REPORTERS[state],
        path=current.app().urls.path("spaces:club", club=club.slug),
        values={"club": club.name, "title": case.title},
    )


async def tell_author(club: Club, case: Case, state: str, words: str) -> None:
    """Tell whoever wrote an item what was decided about it, and why; those too who do not belong to the club any more."""
    if case.person_id is None:
        return
    subject, text = TO_AUTHOR[state]
    path, values = _page_of(case), {"club": club.name, "title": case.title, "words": words}
    if not await Membership.filter(stands(), club_id=club.id, user_id=case.person_id).exists():
        await _write_to(case, club, Letter(subject, (text,)), f"case {case.id} {state}", values)
        return
    await notify(
        CASE_DECIDED,
        to=[case.person_id],
        club=club,
        key=f"case {case.id} {state}",
        subject=subject,
        text=text,
        path=path,
        values=values,
    )


async def tell_removed(club: Club, case: Case, words: str) -> None:
    """Tell somebody that they do not belong to the club any more, and why."""
    await _write_to(case, club, _REMOVED, f"case {case.id}", {"words": words})


async def _write_to(case: Case, club: Club, said: Letter, key: str, values: Mapping[str, object]) -> None:
    """A mail to whom a case is about and whom no notification reaches, since they are outside of the club."""
    user = await User.get_or_none(id=case.person_id or 0, is_active=True)
    if user is not None:
        await queue([letter_for(said, club, user, key=f"spaces.decided:{key}", path=_page_of(case), values=values)])


def _page_of(case: Case) -> str:
    """Where whom it is about reads a decision, as a member or not."""
    return current.app().urls.path("spaces:decision", case=case.id)


async def _tell_moderators(
    club: Club, kind: NotificationKind, number: int, said: tuple[str, str], title: str, besides: int | None
) -> None:
    await notify(
        kind,
        to=await moderators_of(club),
        besides=besides,
        club=club,
        key=f"case {number}",
        subject=said[0],
        text=said[1],
        path=current.app().urls.path("spaces:cases.show", club=club.slug, case=number),
        values={"club": club.name, "title": title},
    )
