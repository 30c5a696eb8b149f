"""Hooks about people: what accounts, which know no clubs, ask those that do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.viewer import ClubLink, Viewer
from core.hooks import hookspec
from core.navigation import Link

if TYPE_CHECKING:
    from core.accounts.models import Provider, User


@hookspec("first")
def people_acquainted(viewer: Viewer, user_id: int) -> bool | None:
    """Whether the viewer may see who this user is: their name, photo and headline.

    Args:
        viewer: who looks; signed in.
        user_id: the other person.
    """


@hookspec("notify", seconds=60)
def invitation_accepted(user: User, facts: Mapping[str, object], inviter: User) -> None:
    """Somebody took up an operator's invitation to the site: with a new account, or with the one they had.

    Part of the transaction that makes the account: when an implementation raises, nothing happens and the link stays good.

    Args:
        user: who came.
        facts: what `core.accounts.services.invites.invite_person` was given, such as the clubs that they are invited to.
        inviter: the operator who invited them, and still is one.
    """


@hookspec("collect", seconds=30)
def person_vouched_for(user: User, provider: Provider, groups: Sequence[str]) -> Sequence[str] | None:
    """An identity provider has just said which groups somebody is in, who is about to be let in: bring their rights in step.

    When an implementation raises, they are not let in.

    Args:
        user: the person.
        provider: who says so.
        groups: all of their groups there, by the names that the provider gives them.

    Returns:
        Sentences that the person should read, translated, such as that a club is full.
    """


@hookspec("collect")
def invitation_shown(facts: Mapping[str, object]) -> Sequence[str] | None:
    """What an operator's invitation to the site leads to, a translated sentence each, for the page behind its link.

    Args:
        facts: what `core.accounts.services.invites.invite_person` was given.
    """


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """A private feed that a person can follow.

    Args:
        label: what it is and where, translated.
        url: absolute address, with the secret that it was made with.
    """

    label: str
    url: str


@hookspec("collect")
def person_feeds(user: User, token: str) -> Sequence[FeedAddress] | None:
    """The private feeds that a person may read at this moment, for their page of feeds.

    Args:
        user: the person.
        token: what the addresses carry as their secret; "" for addresses that ask for an app password (HTTP Basic).
    """


@hookspec("first")
def person_clubs(user: User) -> Sequence[ClubLink] | None:
    """The clubs of a person, by name, for what is limited to some of them.

    Args:
        user: the person.
    """


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of what a person takes with them.

    Args:
        path: where it stands, below a folder of the part's own, such as `pages/lyon/home.md`.
        content: text, bytes, anything that JSON can hold, or an iterator of bytes for what is large; it is read when the
            archive is written, after the hook has answered.
        label: what it is, translated, for the table of contents; its name when it is empty.
    """

    path: str
    content: object
    label: str = ""


@hookspec("collect", seconds=300)
def person_exported(user: User) -> Sequence[ExportFile]:
    """What the part keeps of a person, for the archive that they may ask for; empty when that is nothing.

    Give only what they may read at this moment: of clubs that they have left, and of clubs where the plugin is off, nothing
    (`clubs_read_by` names the others).

    Args:
        user: the person.
    """
    raise NotImplementedError


@hookspec("collect")
def person_bound(user: User) -> Sequence[str | Link] | None:
    """What must be settled before this person can be erased, a translated sentence each; a link where it can be settled.

    Args:
        user: the person.
    """


@dataclass(frozen=True, slots=True)
class PersonHolding:
    """How much of one kind a plugin keeps of a person in one club, for the page on which they delete their account.

    Args:
        label: what it is, translated, in the number that fits the count: "pages".
        count: how many.
        alone: how many of them nobody else has worked on: those go where the person asks for it.
        club: the club's name; "" for clubs that they have left, or that turned the plugin off, all together.
        goes: that they go in any case, such as drafts; the others stay, without a name.
    """

    label: str
    count: int
    alone: int = 0
    club: str = ""
    goes: bool = False


@hookspec("collect", seconds=60)
def person_holdings(user: User) -> Sequence[PersonHolding] | None:
    """What the part keeps of a person, counted, so that they know what stays and what goes before they delete their account.

    Args:
        user: the person.
    """


@hookspec("notify", seconds=300)
def person_erased(user: User) -> None:
    """A person's account is closed and about to go. Delete what is theirs alone, such as drafts; doing it twice is harmless.

    Where `user.leaves_works` is false, they asked for more: delete what they gave to clubs as well, where nobody else has
    worked on it (`PersonHolding.alone`), a few rows in each transaction.

    What was given to clubs stays: a foreign key with `on_delete=fields.SET_NULL` makes its author empty by itself. Rows that the
    database deletes with the account need no code either, stored bytes do: `release` them. Raising stops the erasure; it is
    tried again from the beginning.

    Args:
        user: the person; their row is there until all parts are done.
    """
