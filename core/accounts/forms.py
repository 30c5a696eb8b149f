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
LinkLabel = Annotated[Line, Field(max_length=60)]
LinkUrl = Annotated[Line, Field(max_length=300)]


class SignInInput(Input):
    """Address and password, and where to go then."""

    email: Email
    password: Password
    next: Path = ""


class SignOutInput(Input):
    """Signing out; `next` is a path on this site."""

    next: Path = ""


class FactorInput(Input):
    """A second factor: `code` out of the app, or a recovery code; and where the person goes on."""

    code: Annotated[str, Field(min_length=1, max_length=200)]
    way: Literal["code", "recovery"] = "code"
    next: Path = ""


class AppCodeInput(Input):
    """The six digits that show that an app is set up."""

    code: Annotated[str, Field(min_length=1, max_length=200)]


class ProofInput(Input):
    """The password once more, before something that matters."""

    password: Password
    next: Path = ""


class PasskeyAnswerInput(Input):
    """What a device answered to a challenge, as JSON; `next` is a path on this site."""

    answer: Annotated[str, Field(min_length=1, max_length=20_000)]
    next: Path = ""


class PasskeyNameInput(Input):
    """What to call a passkey."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]


class ProviderVisitInput(Input):
    """Leaving for an identity provider; `next` is a path on this site."""

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
    """Name and password for an address that a link has proved; `passkey` instead of a password, to set up right after."""

    name: Name
    password: str = ""
    way: Literal["password", "passkey"] = "password"


class SignInLinkInput(Input):
    """An address to which a link is sent that signs in, and where to go then."""

    email: Email
    next: Path = ""


class AccountRequestInput(Input):
    """Somebody who asks for an account."""

    email: Email
    name: Name
    message: Annotated[Text, Field(max_length=1000)] = ""


class NewPasswordInput(Input):
    """A new password."""

    password: Password


class PasswordChangeInput(NewPasswordInput):
    """A new password, and the one before where there is one."""

    current: str = ""


class ProfileInput(Input):
    """What others read about a person, and how the site speaks to them. Of `shown`, the fields that others see are ticked."""

    name: Name
    headline: Annotated[Line, Field(max_length=160)] = ""
    pronouns: Annotated[Line, Field(max_length=40)] = ""
    about: Annotated[Text, Field(max_length=5000)] = ""
    link_1_label: LinkLabel = ""
    link_1_url: LinkUrl = ""
    link_2_label: LinkLabel = ""
    link_2_url: LinkUrl = ""
    link_3_label: LinkLabel = ""
    link_3_url: LinkUrl = ""
    link_4_label: LinkLabel = ""
    link_4_url: LinkUrl = ""
    link_5_label: LinkLabel = ""
    link_5_url: LinkUrl = ""
    shown: list[Literal["email", "photo", "headline", "pronouns", "about", "links", "timezone"]] = Field(
        default=[], max_length=20
    )
    locale: Annotated[str, Field(max_length=5)] = ""
    timezone: Annotated[str, Field(max_length=60)] = "Europe/Paris"


class TokenInput(Input):
    """A new API token or app password. Without a choice of parts or clubs it is for all."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]
    kind: Literal["api", "app"] = "api"
    scopes: Literal["read", "read write"] = "read"
    parts: list[Annotated[str, Field(max_length=40)]] = Field(default=[], max_length=40)
    clubs: list[int] = Field(default=[], max_length=200)
    days: Literal["", "7", "30", "90", "365"] = "90"


class FeedInput(Input):
    """A new address for the feeds, for one feed reader."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]


class NotificationsInput(Input):
    """What somebody wants to be told: the boxes that the page showed, and those that are ticked, as `channel kind`."""

    shown: list[Box] = Field(default=[], max_length=480)
    on: list[Box] = Field(default=[], max_length=480)


class LeaveInput(Input):
    """The last question before an account is deleted: the person's own address, and what becomes of their works."""

    confirm: Annotated[Line, Field(min_length=1, max_length=254)]
    works: Literal["stay", "go"] = "stay"


class NothingInput(Input):
    """A button without fields."""
