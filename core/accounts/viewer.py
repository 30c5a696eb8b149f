"""The viewer: who looks, and what they may do where. Made once per request from one query; answers without the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from core.permissions import Grant

if TYPE_CHECKING:
    from core.accounts.models import User


@dataclass(frozen=True, slots=True)
class ClubLink:
    """One of the viewer's clubs, as the rail shows it.

    Args:
        role: the viewer's.
        cover_hash: of its cover picture.
        visited_at: when the viewer last opened its home; None when they never did.
        needs_factor: whether only members with a second factor may enter.
        is_muted: whether it is to tell the viewer nothing but what names them.
        position: where the viewer put it among their clubs; 0 where they have not yet.
        is_archived: whether it can only be read; such clubs stand behind the others.
    """

    id: int
    slug: str
    name: str
    accent: str
    role: str
    cover_hash: str | None = None
    visited_at: datetime | None = None
    needs_factor: bool = False
    is_muted: bool = False
    position: int = 0
    is_archived: bool = False

    @property
    def url(self) -> str:
        """The club's address."""
        return f"/c/{self.slug}/"

    @property
    def initials(self) -> str:
        """One or two letters for the rail."""
        return initials(self.name)

    @property
    def cover_url(self) -> str | None:
        """Its cover picture; the hash keeps the address new when the picture is."""
        return f"/c/{self.slug}/cover?v={self.cover_hash[:12]}" if self.cover_hash else None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person in one request.

    Args:
        id: the user's id, None when anonymous.
        name: the shown name, "" when anonymous.
        email: the user's address, "" when anonymous.
        handle: the name in addresses (`/people/{handle}`).
        photo_hash: of their photo, None when they have none.
        is_operator: whether they run the site.
        locale: a language, as chosen or negotiated.
        timezone: an IANA name.
        clubs: the clubs they are an active member of, and may enter, in their own order.
        locked: those of their clubs that want a second factor first; until then they are not theirs anywhere.
        grants: what they may do, by the id of the club.
        session_id: the login session, None for tokens and anonymous people.
        token_scopes: `read`, `write`, `<part>:read`, `<part>:write`: what a token is limited to; None when there is no token.
        signed_in_at: when they last proved who they are, for re-authentication.
        has_factor: whether they have a passkey or an authenticator.
        factor_at: when two factors, or a passkey, were last given in this session; None when never.
        methods: how they proved who they are in this session, such as `password code`.
        leaving_at: when their account will be erased, as they asked; None for almost everybody.
        operator_id: who acts as them in this session; None for almost all.
        operator_name: that person's name.
        acting_until: until when they do.
        token_kind: `api`, `app` or `feed`; None when there is no token.
        token_clubs: ids of the clubs that the token is limited to; None for all.
    """

    id: int | None = None
    name: str = ""
    email: str = ""
    handle: str = ""
    is_operator: bool = False
    locale: str = "en"
    timezone: str = "UTC"
    clubs: tuple[ClubLink, ...] = ()
    locked: tuple[ClubLink, ...] = ()
    grants: Mapping[int, Grant] = field(default_factory=dict)
    session_id: int | None = None
    token_scopes: tuple[str, ...] | None = None
    signed_in_at: datetime | None = None
    photo_hash: str | None = None
    has_factor: bool = False
    factor_at: datetime | None = None
    methods: str = ""
    leaving_at: datetime | None = None
    operator_id: int | None = None
    operator_name: str = ""
    acting_until: datetime | None = None
    token_kind: str | None = None
    token_clubs: frozenset[int] | None = None

    @property
    def photo_url(self) -> str | None:
        """Their photo; the hash keeps the address new when the picture is."""
        return f"/photos/{self.handle}?v={self.photo_hash[:12]}" if self.photo_hash else None

    def within(self, column: str, *, locked: bool = False) -> str:
        """` AND column IN (…)` in SQL for a token that is limited to some clubs, `NOT IN` for clubs that want a second factor
        first, "" for almost everybody.

        Args:
            column: of the statement at hand, with the id of a club; where memberships of this viewer are read.
            locked: whether clubs that want a second factor first are among them.
        """
        text = "" if self.token_clubs is None else f" AND {column} IN ({_numbers(self.token_clubs)})"
        if not locked and self.locked:
            text += f" AND {column} NOT IN ({_numbers(club.id for club in self.locked)})"
        return text

    def may_use(self, part: str, *, writing: bool = False) -> bool:
        """Whether the token's scopes hold this part; True without a token.

        Args:
            part: its name, such as `wiki`.
            writing: whether something is to be changed there.
        """
        verb = "write" if writing else "read"
        return self.token_scopes is None or not {verb, f"{part}:{verb}"}.isdisjoint(self.token_scopes)

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is signed in."""
        return self.id is not None

    @property
    def is_strong(self) -> bool:
        """Whether two factors stand behind this viewer: given in this session, or, where there is none, had by the person.

        Clubs that need a second factor let nobody else in.
        """
        return self.has_factor if self.session_id is None else self.factor_at is not None

    def locking(self) -> Viewer:
        """The same viewer, with those of their clubs set apart that they may not enter for want of a second factor."""
        if self.is_strong or not any(club.needs_factor for club in self.clubs):
            return self
        locked = tuple(replace(club, cover_hash=None) for club in self.clubs if club.needs_factor)
        return replace(self, clubs=tuple(club for club in self.clubs if not club.needs_factor), locked=locked)

    @property
    def user(self) -> Viewer | None:
        """The viewer when signed in, else None; for templates."""
        return self if self.is_authenticated else None

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        return initials(self.name)

    def role_in(self, club_id: int) -> str | None:
        """The role held in a club by membership, None when there is none."""
        return next((club.role for club in self.clubs if club.id == club_id), None)


ANONYMOUS = Viewer()


def _numbers(ids: Iterable[int]) -> str:
    return ", ".join(str(int(number)) for number in sorted(ids))


def initials(name: str) -> str:
    """One or two capital letters that stand for a name."""
    words = [word for word in name.replace("-", " ").replace("'", " ").split() if word[0].isalnum()]
    letters = [word[0] for word in words[:1] + words[1:][-1:]]
    return "".join(letters).upper() or "?"


def viewer_for(user: User) -> Viewer:
    """The viewer that a user is outside of requests, without clubs; for commands, mails and the audit log."""
    return Viewer(
        id=user.id,
        name=user.name,
        email=user.email,
        handle=user.handle,
        is_operator=user.is_operator,
        locale=user.locale or "en",
        timezone=user.timezone,
        photo_hash=user.photo_hash,
        has_factor=user.has_factor,
        leaving_at=user.leaving_at,
    )
