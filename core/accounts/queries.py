"""Reads: accounts by address, and what a person's own pages list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tortoise.expressions import Q

from core import current
from core.accounts.models import ApiToken, LoginSession, User
from core.addresses import parse_address
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
    user = await User.get_or_none(id=viewer.id or 0, is_active=True)
    if user is None:
        raise NotFound()
    return user


async def sessions_of(user: User) -> list[LoginSession]:
    """Where the user is signed in, last used first; at most 100."""
    live = LoginSession.filter(user_id=user.id, stamp=user.stamp, expires_at__gt=datetime.now(UTC))
    return await live.order_by("-seen_at", "-id").limit(PAGE)


async def tokens_of(user: User) -> list[ApiToken]:
    """The user's API tokens that work, newest first; at most 100."""
    live = ApiToken.filter(Q(expires_at=None) | Q(expires_at__gt=datetime.now(UTC)), user_id=user.id, stamp=user.stamp)
    return await live.order_by("-id").limit(PAGE)


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
