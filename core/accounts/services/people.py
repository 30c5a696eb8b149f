"""Accounts: making one, and what their owner changes about it: profile, photo, address."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import AsyncIterator, Iterator
from itertools import chain, count
from typing import Any

from slugify import slugify
from tortoise.exceptions import IntegrityError

from core import audit, current, images, storage
from core.accounts.models import ApiToken, LoginSession, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.hashing import check_strength, hash_password
from core.accounts.viewer import viewer_for
from core.collation import sort_name
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import LANGUAGES, N_, zone_exists
from core.i18n import gettext as _
from core.markdown import clean_text, render_in_child

PHOTO_SIDE = 512  # pixels
MAX_PHOTO = 2 * 1024 * 1024  # bytes of the re-encoded picture
MAX_ABOUT = 5000  # characters
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
    _check_place(locale, timezone)
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
            user = User(email=email, name=name, sort_name=sort_name(name), handle=handle, stamp=new_stamp(), **values)
            await User.bulk_create([user], ignore_conflicts=True)
            stored = await User.get_or_none(email=email)
            if stored is not None and stored.stamp == user.stamp:
                await audit.record("accounts.user_created", actor=None, subject=stored.handle)
                return stored
            if stored is not None:
                raise Invalid(_("There is already an account with this address."), field="email")
    raise Conflict()


async def change_profile(
    user: User, *, name: str, headline: str = "", about: str = "", locale: str = "", timezone: str = "Europe/Paris"
) -> None:
    """Change what others read about a user, and how the site speaks to them.

    Args:
        about: Markdown, at most 5,000 characters; rendered here.

    Raises:
        Invalid: by field.
    """
    _check_place(locale, timezone)
    if len(about) > MAX_ABOUT:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=MAX_ABOUT), field="about")
    shown = normal_name(name)
    rendered = await render_in_child(about)
    changes = {
        "name": shown,
        "sort_name": sort_name(shown),
        "headline": _line(headline)[:160],
        "about": about,
        "about_html": rendered.html,
        "locale": locale,
        "timezone": timezone,
    }
    await User.filter(id=user.id).update(**changes)
    user.update_from_dict(changes)


async def change_photo(user: User, chunks: AsyncIterator[bytes]) -> None:
    """Set the user's photo from an uploaded image, which is cropped to a square and re-encoded.

    Raises:
        Invalid: when it is no image that can be read.
    """
    picture = await images.thumbnail(chunks, width=PHOTO_SIDE, height=PHOTO_SIDE, crop=True)
    blob = await storage.store(current.app().storage, _once(picture), limit=MAX_PHOTO)
    await _replace_photo(user, blob.hash)


async def remove_photo(user: User) -> None:
    """Show initials instead of a photo."""
    await _replace_photo(user, None)


async def request_email_change(user: User, email: str) -> None:
    """Send a link to the new address; the change is made when it is opened and confirmed there.

    The answer is the same when another account has that address; its owner is told instead.

    Raises:
        Invalid: when this is no address, or the one they have.
    """
    address = normal_email(email)
    if address == user.email:
        raise Invalid(_("This is your address already."), field="email")
    taken = await known_user(address) is not None
    async with atomic():
        number, secret = await links.make_link(links.EMAIL, user=user, email=address)
        await links.send_mail(
            "email_taken" if taken else "email",
            N_("Your address on %(site)s"),
            to=address,
            locale=user.locale,
            key=str(number),
            name=user.name,
            url=links.address_of("email.confirm", token=secret),
        )


async def confirm_email(user: User, secret: str) -> None:
    """Change the address with the link that was sent there, tell the old one, and sign the user out everywhere.

    Raises:
        NotFound: when the link cannot be used or is somebody else's.
        Invalid: when another account has taken the address since.
    """
    try:
        async with atomic():
            link = await links.use_link(secret, links.EMAIL)
            if link.user is None or link.user.id != user.id:
                raise links.dead_link()
            await _set_email(user, link.email)
    except IntegrityError:
        raise Invalid(_("There is already an account with this address."), field="email") from None


async def _set_email(user: User, address: str) -> None:
    old = user.email
    await renew_stamp(user, email=address)
    await audit.record(
        "accounts.email_changed",
        actor=viewer_for(user),
        subject=user.handle,
        before={"email": old},
        after={"email": address},
    )
    await links.send_mail(
        "email_changed",
        N_("Your address on %(site)s has changed"),
        to=old,
        locale=user.locale,
        key=user.stamp,
        name=user.name,
        email=address,
    )


async def renew_stamp(user: User, **changes: Any) -> None:
    """Change an account so that all that was handed out for it ends: sessions, API tokens, feeds, links."""
    changes["stamp"] = new_stamp()
    await User.filter(id=user.id).update(**changes)
    await LoginSession.filter(user_id=user.id).delete()
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
    shown = _line(name)
    if not any(letter.isalnum() for letter in shown):
        raise Invalid(_("Please fill this in."), field="name")
    if len(shown) > 120:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=120), field="name")
    return shown


def _line(text: str) -> str:
    """One line without invisible characters: format controls could turn names around or make two look the same."""
    visible = "".join(" " if letter.isspace() else letter for letter in clean_text(text))
    return " ".join("".join(x for x in visible if unicodedata.category(x) != "Cf").split())


def _handles(name: str) -> Iterator[str]:
    plain = slugify(name, max_length=32, word_boundary=True) or "member"
    numbered = (f"{plain}-{number}" for number in range(2, _HANDLES_BY_NUMBER))
    return chain((plain,), numbered, (f"{plain}-{secrets.token_hex(3)}" for _number in count()))


def _check_place(locale: str, timezone: str) -> None:
    if locale not in ("", *LANGUAGES):
        raise Invalid(_("Please choose one of the listed values."), field="locale")
    if len(timezone) > 60 or not zone_exists(timezone):
        raise Invalid(_("There is no time zone of this name."), field="timezone")


async def _replace_photo(user: User, new: str | None) -> None:
    old = user.photo_hash
    if old == new:
        return
    async with atomic():
        if not await User.filter(id=user.id, photo_hash=old).update(photo_hash=new):
            raise Conflict(_("Your photo was changed elsewhere at the same time. Please look and try again."))
        if new:
            await storage.hold(new)
        if old:
            await storage.release(old)
    user.photo_hash = new


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
