"""Reads: accounts by address, and what a person's own pages list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tortoise.expressions import Q

from core import current
from core.accounts.models import ApiToken, Identity, LoginSession, Passkey, Provider, SignIn, User
from core.addresses import parse_address
from core.db import dialect, rows
from core.errors import Invalid, NotFound
from core.i18n import gettext as _
from core.markdown import clean_text

if TYPE_CHECKING:
    from core.accounts.viewer import Viewer

PAGE = 100


def normal_email(text: str) -> str:
    """An address in the one form in which accounts know it: lower case, the host name in ASCII.

    Raises:
        Invalid: when this is no e-mail address.
    """
    plain = clean_text(text).strip()
    if not 3 <= len(plain) <= 254 or any(letter.isspace() or letter in '<>",;' for letter in plain):
        raise Invalid(_("This is not an e-mail address."), field="email")
    try:
        return parse_address(plain).addr_spec.lower()
    except Invalid:
        raise Invalid(_("This is not an e-mail address."), field="email") from None


async def known_user(email: str) -> User | None:
    """The account with this address, in any spelling; None for an unknown one and for what is no address."""
    try:
        address = normal_email(email)
    except Invalid:
        address = ""
    return await User.get_or_none(email=address)


async def get_user(viewer: Viewer) -> User:
    """The signed-in viewer's own account."""
    user = await User.get_or_none(id=viewer.id or 0)
    if user is None or not user.may_sign_in:
        raise NotFound()
    return user


async def sessions_of(user: User) -> list[LoginSession]:
    """Where the user is signed in, last used first; at most 100."""
    now = datetime.now(UTC)
    awake = now - timedelta(hours=current.app().settings.session_idle_hours)
    live = LoginSession.filter(user_id=user.id, stamp=user.stamp, expires_at__gt=now, seen_at__gt=awake)
    return await live.order_by("-seen_at", "-id").limit(PAGE)


async def tokens_of(user: User, *kinds: str) -> list[ApiToken]:
    """The user's tokens that work, of these kinds or of all, newest first; at most 100."""
    live = ApiToken.filter(Q(expires_at=None) | Q(expires_at__gt=datetime.now(UTC)), user_id=user.id, stamp=user.stamp)
    live = live.filter(kind__in=kinds) if kinds else live
    return await live.order_by("-id").limit(PAGE)


async def passkeys_of(user: User) -> list[Passkey]:
    """The user's passkeys, newest first; at most 100."""
    return await Passkey.filter(user_id=user.id).order_by("-id").limit(PAGE)


async def sign_ins_of(user: User, before: int | None = None) -> tuple[list[SignIn], int | None]:
    """The user's history of sign-ins, newest first, 100 rows at a time.

    Args:
        before: the id that the rows before it are wanted of; None for the newest.

    Returns:
        The rows, and what to give as `before` for those that follow; None when there are none.
    """
    wanted = SignIn.filter(user_id=user.id) if before is None else SignIn.filter(user_id=user.id, id__lt=before)
    found = await wanted.order_by("-id").limit(PAGE + 1)
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What a person can sign in with.

    Args:
        has_password: whether they have one.
        passkeys: how many.
        has_authenticator: whether an app shows codes for them.
        codes_left: recovery codes that were not used yet.
        systems: identity providers that they are linked with.
        owner: the title of the one that owns the account, "" for most people.
    """

    has_password: bool
    passkeys: int
    has_authenticator: bool
    codes_left: int
    systems: int
    owner: str


async def ways_in(user: User) -> WaysIn:
    """What a user can sign in with, in one query."""
    one = dialect().param
    found = await rows(
        f"SELECT (SELECT count(*) FROM accounts_passkey WHERE user_id = {one(1)}) AS passkeys, "
        f"(SELECT count(*) FROM accounts_authenticator WHERE user_id = {one(2)}) AS authenticators, "
        f"(SELECT count(*) FROM accounts_recovery_code WHERE user_id = {one(3)} AND used_at IS NULL) AS codes, "
        f"(SELECT count(*) FROM accounts_identity WHERE user_id = {one(4)}) AS systems, "
        f"(SELECT title FROM accounts_provider WHERE id = {one(5)} AND is_enabled) AS owner",
        [*[user.id] * 4, user.provider_id or 0],
    )
    row = found[0]
    return WaysIn(
        user.password_hash is not None,
        row["passkeys"],
        bool(row["authenticators"]),
        row["codes"],
        row["systems"],
        row["owner"] or "",
    )


async def has_passkey(user: User) -> bool:
    """Whether the user has a passkey."""
    return await Passkey.filter(user_id=user.id).exists()


async def person_visible_to(viewer: Viewer, handle: str) -> User:
    """A person whom the viewer knows: themself, or somebody they share a club with; operators know everybody.

    Raises:
        NotFound: for everybody else, as for a handle that nobody has.
    """
    user = await User.get_or_none(handle=handle[:40], is_active=True)
    if user is None or not await _knows(viewer, user):
        raise NotFound()
    return user


async def _knows(viewer: Viewer, user: User) -> bool:
    if viewer.id == user.id or viewer.is_operator:
        return True
    hooks = current.app().hooks
    return bool(await hooks.first("people_acquainted", viewer=viewer, user_id=user.id))


async def open_providers() -> list[Provider]:
    """The identity providers that sign people in, by title."""
    return await Provider.filter(is_enabled=True).order_by("title", "id")


async def get_provider(slug: str) -> Provider:
    """An identity provider that signs people in.

    Raises:
        NotFound: when there is none of this name, or it is switched off.
    """
    found = await Provider.get_or_none(slug=slug[:40], is_enabled=True)
    if found is None:
        raise NotFound()
    return found


async def providers_of(user: User) -> list[Provider]:
    """The open providers that know somebody, by title."""
    known = Provider.filter(is_enabled=True, identities__user_id=user.id)
    return await known.order_by("title", "id")


async def identities_of(user: User) -> list[Identity]:
    """Who somebody is at providers, with those providers, oldest first."""
    return await Identity.filter(user_id=user.id).select_related("provider").order_by("id")
