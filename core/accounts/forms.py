"""What people may send to the account pages, one model per action. Passwords are taken as typed, never tidied."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.forms import Input, Line, Text

Email = Annotated[Line, Field(min_length=1, max_length=254)]
Name = Annotated[Line, Field(min_length=1, max_length=120)]
Password = Annotated[str, Field(min_length=1)]
Path = Annotated[str, Field(max_length=2000)]
Box = Annotated[str, Field(max_length=80)]


class SignInInput(Input):
    """Address and password, and where to go then."""

    email: Email
    password: Password
    next: Path = ""


class SignOutInput(Input):
    """Signing out; `next` is a path on this site."""

    next: Path = ""


class ProofInput(Input):
    """The password once more, before something that matters."""

    password: Password
    next: Path = ""


class FirstOperatorInput(Input):
    """The account of who runs the site."""

    name: Name
    email: Email
    password: Password


class AddressInput(Input):
    """An address to which a link is sent."""

    email: Email


class SignUpInput(Input):
    """Name and password for an address that a link has proved."""

    name: Name
    password: Password


class AccountRequestInput(Input):
    """Somebody who asks for an account."""

    email: Email
    name: Name
    message: Annotated[Text, Field(max_length=1000)] = ""


class NewPasswordInput(Input):
    """A new password."""

    password: Password


class ProfileInput(Input):
    """What others read about a person, and how the site speaks to them."""

    name: Name
    headline: Annotated[Line, Field(max_length=160)] = ""
    about: Annotated[Text, Field(max_length=5000)] = ""
    locale: Annotated[str, Field(max_length=5)] = ""
    timezone: Annotated[str, Field(max_length=60)] = "Europe/Paris"


class TokenInput(Input):
    """A new API token."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]
    scopes: Literal["read", "read write"] = "read"
    days: Literal["", "7", "30", "90", "365"] = "90"


class NotificationsInput(Input):
    """What somebody wants to be told: the boxes that the page showed, and those that are ticked, as `channel kind`."""

    shown: list[Box] = Field(default=[], max_length=480)
    on: list[Box] = Field(default=[], max_length=480)


class NothingInput(Input):
    """A button without fields."""
