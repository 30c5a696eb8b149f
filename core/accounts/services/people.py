"""Accounts: making one, and the stamp on which all hangs that was handed out for it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterator
from itertools import chain, count
from typing import Any

from slugify import slugify
from tortoise.expressions import Q

from core import audit
from core.accounts.models import ApiToken, LoginSession, RetiredHandle, User
from core.accounts.queries import normal_email
from core.accounts.services.hashing import check_strength, hash_password
from core.accounts.sessions import digest
from core.collation import sort_name
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import LANGUAGES, zone_exists
from core.i18n import gettext as _
from core.markdown import clean_text

_HANDLES_BY_NUMBER = 20


async def create_user(
    *,
    email: str,
    name: str,
    password: str | None = None,
    is_operator: bool = False,
    locale: str = "",
    timezone: str = "Europe/Paris",
) -> User:
    """Make an account. May be called inside `atomic()`, but hashing a password there holds the transaction for long.

    Args:
        email: an address that the person has proved, or that an operator vouches for.
        name: as others read it; the handle is derived from it.
        password: None for an account that gets one by mail.
        is_operator: whether they run the site.
        locale: one of `LANGUAGES`, or "" for the language of their browser.
        timezone: an IANA name.

    Raises:
        Invalid: when the address is taken, or a value is wrong; by field.
    """
    address, shown = normal_email(email), normal_name(name)
    check_place(locale, timezone)
    hashed = None
    if password is not None:
        check_strength(password, about=(address, shown))
        hashed = await hash_password(password)
    return await insert_user(
        email=address,
        name=shown,
        password_hash=hashed,
        is_operator=is_operator,
        locale=locale,
        timezone=timezone,
    )


async def insert_user(*, email: str, name: str, **values: Any) -> User:
    """Store an account from checked values, under the first handle that is free. Two at the same time get two handles.

    Raises:
        Invalid: when the address is taken.
    """
    async with atomic():
        for handle in _handles(name):
            if await RetiredHandle.exists(digest=digest(handle)):
                continue
            user = User(email=email, name=name, sort_name=sort_name(name), handle=handle, stamp=new_stamp(), **values)
            await User.bulk_create([user], ignore_conflicts=True)
            stored = await User.get_or_none(email=email)
            if stored is not None and stored.stamp == user.stamp:
                await audit.record("accounts.user_created", actor=None, subject=stored.handle)
                return stored
            if stored is not None:
                raise Invalid(_("There is already an account with this address."), field="email")
    raise Conflict()


async def renew_stamp(user: User, **changes: Any) -> None:
    """Change an account so that all that was handed out for it ends: sessions, API tokens, feeds, links.

    Sessions in which they act as somebody else end with it.
    """
    changes["stamp"] = new_stamp()
    await User.filter(id=user.id).update(**changes)
    await LoginSession.filter(Q(user_id=user.id) | Q(operator_id=user.id)).delete()
    await ApiToken.filter(user_id=user.id).delete()
    user.update_from_dict(changes)


def new_stamp() -> str:
    """A stamp that no account has had."""
    return secrets.token_hex(16)


def normal_name(name: str) -> str:
    """A person's name as it is shown.

    Raises:
        Invalid: when nothing readable is left, or it is longer than 120 characters.
    """
    shown = one_line(name)
    if not any(letter.isalnum() for letter in shown):
        raise Invalid(_("Please fill this in."), field="name")
    if len(shown) > 120:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=120), field="name")
    return shown


def one_line(text: str) -> str:
    """One line without invisible characters: format controls could turn names around or make two look the same."""
    visible = "".join(" " if letter.isspace() else letter for letter in clean_text(text))
    return " ".join("".join(x for x in visible if unicodedata.category(x) != "Cf").split())


def _handles(name: str) -> Iterator[str]:
    plain = slugify(name, max_length=32, word_boundary=True) or "member"
    numbered = (f"{plain}-{number}" for number in range(2, _HANDLES_BY_NUMBER))
    return chain((plain,), numbered, (f"{plain}-{secrets.token_hex(3)}" for _number in count()))


def check_place(locale: str, timezone: str) -> None:
    """Refuse a language or a time zone that there is not.

    Raises:
        Invalid: by field.
    """
    if locale not in ("", *LANGUAGES):
        raise Invalid(_("Please choose one of the listed values."), field="locale")
    if len(timezone) > 60 or not zone_exists(timezone):
        raise Invalid(_("There is no time zone of this name."), field="timezone")
