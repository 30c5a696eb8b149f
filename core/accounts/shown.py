"""What others see of a person: the fields of the profile that they did not hide. Every door asks here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.accounts.models import User

HIDEABLE = ("email", "photo", "headline", "pronouns", "about", "links", "timezone")


@dataclass(frozen=True, slots=True)
class ProfileLink:
    """A link on somebody's profile.

    Args:
        label: what it leads to, in their words.
        url: beginning with `https://`.
    """

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as somebody else sees them; what is hidden is empty.

    Args:
        id, handle, name: always there.
        photo_hash: of the photo, None without one.
        headline, pronouns, timezone, email: one line each.
        about_html: rendered and safe.
        links: at most five.
    """

    id: int
    handle: str
    name: str
    photo_hash: str | None
    headline: str
    pronouns: str
    about_html: str
    links: tuple[ProfileLink, ...]
    timezone: str
    email: str

    @property
    def photo_url(self) -> str | None:
        """The photo; the hash keeps the address new when the picture is."""
        return f"/photos/{self.handle}?v={self.photo_hash[:12]}" if self.photo_hash else None


def profile_of(user: User, *, everything: bool = False) -> Profile:
    """A person as others see them.

    Args:
        user: the person.
        everything: also what they hide, for themself and for operators.
    """

    def shown(field: str, value: str) -> str:
        return value if everything or is_shown(user.hidden, field) else ""

    return Profile(
        id=user.id,
        handle=user.handle,
        name=user.name,
        photo_hash=user.photo_hash if everything or is_shown(user.hidden, "photo") else None,
        headline=shown("headline", user.headline),
        pronouns=shown("pronouns", user.pronouns),
        about_html=shown("about", user.about_html),
        links=links_of(shown("links", user.links)),
        timezone=shown("timezone", user.timezone),
        email=shown("email", user.email),
    )


def links_of(stored: str) -> tuple[ProfileLink, ...]:
    """The links of a profile as `User.links` stores them, in JSON."""
    return tuple(ProfileLink(**link) for link in json.loads(stored)) if stored else ()


def is_shown(hidden: str, field: str) -> bool:
    """Whether others see a field, by `User.hidden`."""
    return field not in hidden.split()


def shown_column(column: str, table: str = "u") -> str:
    """A column of `accounts_user` in SQL as others see it: empty where its owner hides it.

    Args:
        column: `photo_hash` or `headline`.
        table: what the statement calls `accounts_user`.
    """
    field, empty = _COLUMNS[column]
    return f"CASE WHEN ' ' || {table}.hidden || ' ' LIKE '% {field} %' THEN {empty} ELSE {table}.{column} END"


_COLUMNS = {"photo_hash": ("photo", "NULL"), "headline": ("headline", "''")}
