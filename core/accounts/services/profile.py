"""What people change about themselves: names, what others read and see of them, language and time zone, photo."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from core import current, images, storage
from core.accounts.models import User
from core.accounts.services.locked import refuse_locked
from core.accounts.services.people import check_place, normal_name, one_line
from core.accounts.shown import HIDEABLE, ProfileLink
from core.collation import sort_name
from core.db import atomic
from core.errors import Conflict, Invalid
from core.i18n import gettext as _
from core.markdown import render_in_child

PHOTO_SIDE = 512  # pixels
MAX_PHOTO = 2 * 1024 * 1024  # bytes of the re-encoded picture
MAX_ABOUT = 5000  # characters
MAX_LINKS = 5
_MAX_LABEL, _MAX_URL = 60, 300  # characters


async def change_profile(
    user: User,
    *,
    name: str,
    headline: str = "",
    pronouns: str = "",
    about: str = "",
    links: Sequence[ProfileLink] = (),
    hidden: Collection[str] = ("email",),
    locale: str = "",
    timezone: str = "Europe/Paris",
) -> None:
    """Change what others read about a user, and how the site speaks to them.

    Args:
        about: Markdown, at most 5,000 characters; rendered here.
        links: at most five, to addresses that begin with `https://`.
        hidden: the fields that others do not see, of `HIDEABLE`.

    Raises:
        Invalid: by field; also for a field that comes from the system that owns the account.
    """
    check_place(locale, timezone)
    if len(about) > MAX_ABOUT:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=MAX_ABOUT), field="about")
    if set(hidden) - set(HIDEABLE):
        raise Invalid(_("Please choose one of the listed values."), field="hidden")
    shown = normal_name(name)
    texts = {
        "name": shown,
        "headline": one_line(headline)[:160],
        "pronouns": one_line(pronouns)[:40],
        "about": about,
        "links": _stored(links),
        "timezone": timezone,
    }
    await refuse_locked(user, *(field for field, text in texts.items() if text != getattr(user, field)))
    rendered = await render_in_child(about)
    changes = {
        **texts,
        "sort_name": sort_name(shown),
        "about_html": rendered.html,
        "hidden": " ".join(field for field in HIDEABLE if field in hidden),
        "locale": locale,
    }
    await User.filter(id=user.id).update(**changes)
    user.update_from_dict(changes)


async def change_photo(user: User, chunks: AsyncIterator[bytes]) -> None:
    """Set the user's photo from an uploaded image, which is cropped to a square and re-encoded.

    Raises:
        Invalid: when it is no image that can be read, or the photo comes from elsewhere.
    """
    await refuse_locked(user, "photo")
    picture = await images.thumbnail(chunks, width=PHOTO_SIDE, height=PHOTO_SIDE, crop=True)
    blob = await storage.store(current.app().storage, _once(picture), limit=MAX_PHOTO)
    await _replace_photo(user, blob.hash)


async def remove_photo(user: User) -> None:
    """Show initials instead of a photo.

    Raises:
        Invalid: when the photo comes from elsewhere.
    """
    await refuse_locked(user, "photo")
    await _replace_photo(user, None)


def _stored(links: Sequence[ProfileLink]) -> str:
    """The links as JSON, checked; "" when there are none."""
    kept = [_checked(number, link) for number, link in enumerate(links, 1) if link.url.strip() or link.label.strip()]
    if len(kept) > MAX_LINKS:
        raise Invalid(_("At most %(max_length)s entries, please.", max_length=MAX_LINKS), field="links")
    return json.dumps([asdict(link) for link in kept], ensure_ascii=False) if kept else ""


def _checked(number: int, link: ProfileLink) -> ProfileLink:
    url, field = link.url.strip(), f"link_{number}_url"
    wrong = Invalid(_("A link begins with https:// and the name of a site."), field=field)
    if not url.startswith("https://") or len(url) > _MAX_URL or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if "." not in host or parts.username is not None or parts.password is not None or (parts.port or 443) < 1:
            raise wrong
    except ValueError:
        raise wrong from None
    return ProfileLink(one_line(link.label)[:_MAX_LABEL] or host.removeprefix("www."), url)


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
