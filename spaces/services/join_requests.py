"""Asking to join a club: the request, what a moderator wants to know besides, and the answer to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import User
from core.db import atomic, dialect, rows
from core.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from core.events import announce
from core.i18n import N_, gettext
from core.notification_kinds import NotificationKind
from core.notifications import notify
from spaces.events import JoinRequested
from spaces.models import Club, JoinRequest, Membership
from spaces.notifications import JOIN_REQUESTED, REQUEST_ANSWERED, REQUEST_QUESTION, REQUEST_REPLIED
from spaces.permissions import MANAGE_MEMBERS
from spaces.queries.people import count_roles
from spaces.queries.standing import stands
from spaces.services.actors import Actor, actor_id, asker, require_reach
from spaces.services.barred import hold_club, refuse_banned
from spaces.services.grants import load_matrix
from spaces.services.memberships import Coming, insert_member
from spaces.services.questions import checked_answers, read_questions

LENGTH = 1000
_ACCEPTED = N_("Your request to join %(club)s was accepted. Welcome!")
_ACCEPTED_WITH = N_("Your request to join %(club)s was accepted. Welcome! They write: “%(words)s”")
_REFUSED = N_("Your request to join %(club)s was not accepted. You may ask again.")
_REFUSED_WITH = N_("Your request to join %(club)s was not accepted. They write: “%(words)s” You may ask again.")


async def request_to_join(club: Club, message: str = "", answers: Sequence[str] = (), *, actor: Actor) -> None:
    """Ask to become a member; those who answer requests are told. Asking twice keeps what was said first.

    Args:
        club: the club.
        message: a few words, at most 1,000 characters.
        answers: to the club's questions, in their order.
        actor: who asks.

    Raises:
        Forbidden: when the club does not take requests.
        Conflict: when the actor is a member.
        Banned: when they may not come in.
        Invalid: for an answer that is missing or too long, naming `answer-0` …, or a message that is too long.
    """
    if club.join_policy != "request":
        raise Forbidden(gettext("This club does not take requests."))
    said = _checked(message, "message")
    answered = checked_answers(read_questions(club.questions), answers)
    if actor.id is None:
        raise SignInNeeded()
    async with atomic():
        await hold_club(club.id)
        if await Membership.filter(stands(), club_id=club.id, user_id=actor.id).exists():
            raise Conflict(gettext("You belong to this club already."))
        await refuse_banned(club, actor.id, actor=actor)
        words = dialect()
        made = await rows(
            "INSERT INTO spaces_join_request (club_id, user_id, message, answers, created_at) "
            f"VALUES ({', '.join(words.param(number) for number in range(1, 6))}) "
            "ON CONFLICT (club_id, user_id) DO NOTHING RETURNING id",
            [club.id, actor.id, said, answered, datetime.now(UTC)],
        )
        if made:
            await announce(JoinRequested(club_id=club.id, actor_id=actor.id, user_id=actor.id))
            await _tell_deciders(club, JOIN_REQUESTED, int(made[0]["id"]), actor.name)


async def withdraw_request(club: Club, *, actor: Actor) -> None:
    """Take one's own request back."""
    if actor.id is None:
        raise SignInNeeded()
    await JoinRequest.filter(club_id=club.id, user_id=actor.id).delete()


async def ask_more(club: Club, request_id: int, question: str, *, actor: Actor) -> User:
    """Want to know more before deciding; the person is told by mail. Answers who is asked.

    Args:
        club: the club.
        request_id: the request.
        question: at most 1,000 characters.
        actor: who asks.

    Raises:
        NotFound: when the request has been answered or taken back.
        Conflict: when somebody has asked this person something already.
        Invalid: for a question without words, or one that is too long.
    """
    asked = _worded(question, "question")
    async with atomic():
        await require_reach(club, "member", actor=actor)
        found = await _found(club, request_id)
        waiting = JoinRequest.filter(id=request_id, club_id=club.id, question="")
        if not await waiting.update(question=asked, asked_at=datetime.now(UTC)):
            raise Conflict(gettext("Somebody has asked this person something already."))
        await _tell(club, found.user, REQUEST_QUESTION, request_id, _QUESTION)
    return found.user


async def answer_question(club: Club, reply: str, *, actor: Actor) -> None:
    """Say what those who answer requests wanted to know; they are told by mail.

    Raises:
        NotFound: when the actor's request does not wait any more.
        Conflict: when nothing was asked, or it was answered already.
        Invalid: for a reply without words, or one above 1,000 characters.
    """
    said = _worded(reply, "reply")
    async with atomic():
        found = await JoinRequest.get_or_none(club_id=club.id, user_id=actor.id or 0)
        if found is None:
            raise NotFound(gettext("This request has been answered or taken back."))
        waiting = JoinRequest.filter(id=found.id, replied_at=None).exclude(question="")
        if not await waiting.update(reply=said, replied_at=datetime.now(UTC)):
            raise Conflict(gettext("You have answered already."))
        await _tell_deciders(club, REQUEST_REPLIED, found.id, actor.name)


async def accept_request(club: Club, request_id: int, words: str = "", *, actor: Actor | None) -> User:
    """Let in somebody who asked; answers who.

    Args:
        club: the club.
        request_id: the request.
        words: what stands in the mail besides, "" for nothing.
        actor: who decides.

    Raises:
        NotFound: when another moderator has answered already, or the request was taken back.
    """
    said = _checked(words, "words")
    async with atomic():
        user = await take_request(club, request_id)
        await require_reach(club, "member", actor=actor)
        await insert_member(club, user.id, "member", actor=actor, coming=Coming("request", actor_id(actor)))
        text = _ACCEPTED_WITH if said else _ACCEPTED
        await _tell(
            club, user, REQUEST_ANSWERED, request_id, (N_("You are a member of %(club)s now"), text), words=said
        )
    return user


async def refuse_request(club: Club, request_id: int, words: str = "", *, actor: Actor | None) -> User:
    """Answer a request with no; answers whose it was. They may ask again.

    Args:
        club, request_id, words, actor: as for `accept_request`.

    Raises:
        NotFound: as for `accept_request`.
    """
    said = _checked(words, "words")
    async with atomic():
        user = await take_request(club, request_id)
        await audit.record("spaces.request_refused", actor=asker(actor), subject=user.name, club_id=club.id)
        text = _REFUSED_WITH if said else _REFUSED
        await _tell(club, user, REQUEST_ANSWERED, request_id, (N_("Your request to join %(club)s"), text), words=said)
    return user


async def take_request(club: Club, request_id: int) -> User:
    """Take a request out of the queue, in the transaction that answers it; answers whose it was.

    The club is held first, as whoever asks does, so that the two never wait for each other.

    Raises:
        NotFound: when it has been answered or taken back.
    """
    await hold_club(club.id)
    found = await _found(club, request_id)
    if not await JoinRequest.filter(id=request_id, club_id=club.id).delete():
        raise NotFound(gettext("This request has been answered or taken back."))
    return found.user


_QUESTION = (
    N_("%(club)s would like to know more about you"),
    N_("You asked to join %(club)s. Before they answer, the people who run the club would like to know something."),
)
_TO_DECIDERS: Mapping[str, tuple[str, str]] = {
    JOIN_REQUESTED.name: (
        N_("%(name)s asks to join %(club)s"),
        N_("%(name)s would like to become a member of %(club)s. What they say of themself stands with their request."),
    ),
    REQUEST_REPLIED.name: (
        N_("%(name)s has answered your question"),
        N_("You wanted to know more about %(name)s, who asks to join %(club)s. The answer stands with their request."),
    ),
}


async def _tell(
    club: Club, user: User, kind: NotificationKind, request_id: int, said: tuple[str, str], *, words: str = ""
) -> None:
    """Tell whoever asked."""
    place = "spaces:join" if kind is REQUEST_QUESTION else "spaces:club"
    await notify(
        kind,
        to=[user.id],
        club=club,
        key=f"request {request_id}",
        subject=said[0],
        text=said[1],
        path=current.app().urls.path(place, club=club.slug),
        values={"club": club.name, "words": words},
    )


async def _tell_deciders(club: Club, kind: NotificationKind, request_id: int, name: str) -> None:
    """Tell those who answer requests."""
    subject, text = _TO_DECIDERS[kind.name]
    await notify(
        kind,
        to=await deciders_of(club),
        club=club,
        key=f"request {request_id}",
        subject=subject,
        text=text,
        path=current.app().urls.path("spaces:requests", club=club.slug),
        values={"club": club.name, "name": name},
    )


async def deciders_of(club: Club) -> list[int]:
    """The numbers of those who answer requests in a club."""
    matrix = await load_matrix(club)
    roles = [role for role in await count_roles(club) if matrix.allows(role, MANAGE_MEMBERS)]
    found = Membership.filter(stands(), club_id=club.id, role__in=roles, user__is_active=True)
    return [int(str(number)) for number in await found.values_list("user_id", flat=True)]


async def _found(club: Club, request_id: int) -> JoinRequest:
    found = await JoinRequest.get_or_none(id=request_id, club_id=club.id).select_related("user")
    if found is None:
        raise NotFound(gettext("This request has been answered or taken back."))
    return found


def _worded(text: str, field: str) -> str:
    if not text.strip():
        raise Invalid(gettext("Please fill this in."), field=field)
    return _checked(text, field)


def _checked(text: str, field: str) -> str:
    if len(text) > LENGTH:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=LENGTH), field=field)
    return text.strip()
