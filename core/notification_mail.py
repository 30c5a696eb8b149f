"""Notifications by mail: the letters, the link in each that ends them (RFC 8058), and the last look before one leaves."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from core import current, mail
from core.accounts.models import User
from core.errors import NotFound
from core.http import local_path
from core.i18n import N_, direction, gettext, language_tag, speaking
from core.models import Mail
from core.notifications import Notice, NotificationKind, Notifications

_PREFIX = "notification"


class MailChannel:
    """Writes letters into the queue of mails."""

    name = "mail"
    label = N_("By mail")

    async def deliver(self, notice: Notice, people: Sequence[User]) -> None:
        """See `Channel.deliver`. A letter for which there is one with its key is the same letter."""
        await mail.queue([_letter(notice, person) for person in people])


async def may_leave(message: Mail, notifications: Notifications) -> bool:
    """Whether a waiting mail may still go out. A notification is asked anew: rights, choice and address may have changed."""
    prefix, _, facts = message.key.partition(":")
    if prefix != _PREFIX:
        return True
    kind, club_id, user_id, _ = facts.split(":")
    person = await notifications.still_wanted(kind, int(club_id) or None, int(user_id), MailChannel.name)
    return person is not None and message.recipient == person.email


def unsubscribe_token(user_id: int, kind: str) -> str:
    """The secret in the link that ends one kind of mail for one person. It opens nothing else and does not expire."""
    key = current.app().settings.secret_key.encode()
    facts = f"cercle unsubscribe\0{user_id}\0{kind}"
    return f"{user_id}-{kind}-{hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()[:40]}"


def read_unsubscribe_token(token: str) -> tuple[int, NotificationKind]:
    """Whose mails of which kind a link ends.

    Raises:
        NotFound: when the link was not made here, or the plugin is gone.
    """
    number, _, rest = token[:200].partition("-")
    kind = current.app().notifications.get(rest.rpartition("-")[0])
    if kind is None or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound()
    if not hmac.compare_digest(unsubscribe_token(int(number), kind.name).encode(), token.encode("utf-8", "replace")):
        raise NotFound()
    return int(number), kind


def _letter(notice: Notice, person: User) -> Mail:
    app = current.app()
    base = app.settings.base_url
    with speaking(person.locale or app.settings.locale, person.timezone):
        secret = unsubscribe_token(person.id, notice.kind.name)
        stop = base + app.urls.path("accounts:unsubscribe", token=secret)
        facts = {
            "name": person.name,
            "text": gettext(notice.text, **notice.values),
            "url": base + local_path(notice.path),
            "label": gettext(notice.kind.label),
            "choices_url": base + app.urls.path("accounts:notifications"),
            "stop_url": stop,
            "site": app.settings.site_name,
            "base_url": base,
            "locale": language_tag(),
            "direction": direction(),
        }
        return mail.letter(
            person.email,
            " ".join(gettext(notice.subject, **notice.values).split()),
            app.pages.render("accounts/mail/notification.txt", **facts),
            app.pages.render("accounts/mail/notification.html", **facts),
            key=_key(notice, person),
            headers={"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )


def _key(notice: Notice, person: User) -> str:
    about = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    return f"{_PREFIX}:{notice.kind}:{notice.club_id or 0}:{person.id}:{about}"
