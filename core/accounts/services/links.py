"""Links that work once and for a while, and the mails that carry them. Only the SHA-256 of a link's secret is stored."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from core import current, mail
from core.accounts.models import OneTimeLink, User
from core.accounts.sessions import digest
from core.errors import NotFound
from core.i18n import direction, language, language_tag, speaking
from core.i18n import gettext as _

FIRST_OPERATOR = "first_operator"
RESET = "reset"
WELCOME = "welcome"
EMAIL = "email"
EMAIL_STOP = "email_stop"
EMAIL_UNDO = "email_undo"
SIGN_UP = "sign_up"
REQUEST = "request"
SIGN_IN = "sign_in"
INVITE = "invite"
LASTS = {
    FIRST_OPERATOR: timedelta(days=7),
    RESET: timedelta(minutes=30),
    WELCOME: timedelta(days=7),
    EMAIL: timedelta(hours=2),
    EMAIL_STOP: timedelta(hours=2),
    EMAIL_UNDO: timedelta(hours=72),
    SIGN_UP: timedelta(hours=24),
    REQUEST: timedelta(hours=24),
    SIGN_IN: timedelta(minutes=15),
    INVITE: timedelta(days=14),
}


async def make_link(
    purpose: str, *, user: User | None = None, email: str = "", maker_id: int | None = None, facts: str = ""
) -> tuple[int, str]:
    """Make a link and end the older ones for the same purpose and person.

    Args:
        purpose: one of `LASTS`.
        user: whose account it opens; the link dies when their stamp changes.
        email: the address it proves.
        maker_id: the operator who made it.
        facts: what it brings besides.

    Returns:
        The row's id and the secret.
    """
    secret = secrets.token_urlsafe(32)
    await _same(purpose, user, email).update(used_at=datetime.now(UTC))
    link = await OneTimeLink.create(
        token_hash=digest(secret),
        purpose=purpose,
        user_id=user.id if user else None,
        stamp=user.stamp if user else "",
        email=email,
        maker_id=maker_id,
        facts=facts,
        expires_at=datetime.now(UTC) + LASTS[purpose],
    )
    return link.id, secret


async def find_link(secret: str, *purposes: str) -> OneTimeLink:
    """The link behind a secret, with its user, while it can be used. Looking spends nothing.

    Raises:
        NotFound: when it is unknown, used, expired, or its user has changed password or address since.
    """
    link = await OneTimeLink.get_or_none(_open(), token_hash=digest(secret), purpose__in=purposes).select_related(
        "user"
    )
    if link is None or (link.user is not None and not _fits(link, link.user)):
        raise dead_link()
    return link


async def use_link(secret: str, *purposes: str) -> OneTimeLink:
    """Spend a link, in the caller's transaction. Of several at the same time one succeeds.

    Raises:
        NotFound: as `find_link`.
    """
    link = await find_link(secret, *purposes)
    if not await OneTimeLink.filter(_open(), id=link.id).update(used_at=datetime.now(UTC)):
        raise dead_link()
    return link


def dead_link() -> NotFound:
    """The error for a link that cannot be used, whatever the reason."""
    return NotFound(_("This link has been used or has expired. Please ask for a new one."))


def address_of(name: str, **params: object) -> str:
    """The absolute address of a named route, from the configured base and nothing that a request says."""
    app = current.app()
    return app.settings.base_url + app.urls.path(f"accounts:{name}", **params)


async def send_mail(template: str, subject: str, *, to: str, locale: str, key: str, **facts: object) -> None:
    """Put a mail from `templates/mail/` into the queue, in the reader's language.

    Args:
        template: its name without ending; there are a `.txt` and a `.html`.
        subject: in English, marked with `N_`; `%(site)s` is the site's name, the facts are there too.
        to: the address.
        locale: the reader's language, "" for the one at hand.
        key: what the mail is about; a second one with the same key is not sent.
        facts: for the template.
    """
    app = current.app()
    with speaking(locale or language()):
        given = {**facts, "site": app.settings.site_name, "base_url": app.settings.base_url}
        given |= {"locale": language_tag(), "direction": direction()}
        # templates escape for HTML, whatever they make; plain text is that without the escapes
        text = app.pages.render(f"accounts/mail/{template}.txt", **given)
        html = app.pages.render(f"accounts/mail/{template}.html", **given)
        await mail.send(to, _(subject, **given), text, html, key=f"accounts.{template}:{key}")


def _open() -> Q:
    return Q(used_at=None, expires_at__gt=datetime.now(UTC))


def _same(purpose: str, user: User | None, email: str) -> QuerySet[OneTimeLink]:
    links = OneTimeLink.filter(purpose=purpose, used_at=None)
    return links.filter(user_id=user.id) if user else links.filter(email=email)


def _fits(link: OneTimeLink, user: User) -> bool:
    return user.may_sign_in and link.stamp == user.stamp
