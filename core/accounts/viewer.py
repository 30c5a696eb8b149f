"""The viewer: who looks, and what they may do where. Made once per request from one query; answers without the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """

    id: int
    slug: str
    name: str
    accent: str
    role: str
    cover_hash: str | None = None
    visited_at: datetime | None = None

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
        clubs: the clubs they are an active member of.
        grants: what they may do, by the id of the club.
        session_id: the login session, None for tokens and anonymous people.
        token_scopes: what an API token is limited to; None when there is no token.
        signed_in_at: when they last proved who they are, for re-authentication.
        has_factor: whether they have a passkey or an authenticator.
        factor_at: when two factors, or a passkey, were last given in this session; None when never.
        leaving_at: when their account will be erased, as they asked; None for almost everybody.
        operator_id: who acts as them in this session; None for almost all.
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
    grants: Mapping[int, Grant] = field(default_factory=dict)
    session_id: int | None = None
    token_scopes: tuple[str, ...] | None = None
    signed_in_at: datetime | None = None
    photo_hash: str | None = None
    has_factor: bool = False
    factor_at: datetime | None = None
    leaving_at: datetime | None = None
    operator_id: int | None = None
    token_kind: str | None = None
    token_clubs: frozenset[int] | None = None

    @property
    def photo_url(self) -> str | None:
        """Their photo; the hash keeps the address new when the picture is."""
        return f"/photos/{self.handle}?v={self.photo_hash[:12]}" if self.photo_hash else None

    @property
    def is_authenticated(self) -> bool:
        """Whether somebody is signed in."""
        return self.id is not None

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
