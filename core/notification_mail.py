"""Notifications by mail: the letters, the link in each that ends them (RFC 8058), and the last look before one leaves."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from core import current, mail
from core.accounts.models import User
from core.addresses import read_address
from core.errors import NotFound
from core.http import local_path
from core.i18n import N_, direction, gettext, language_tag, ngettext, speaking
from core.models import Mail
from core.notification_kinds import Notice, NotificationKind, Reader
from core.notifications import Notifications

_PREFIX = "notification"
_MOST_KINDS = 20
_MOST_LINES = 50
_SILENT = N_("There is something new in one of your clubs")


class MailChannel:
    """Writes letters into the queue of mails, each with the moment at which it may leave."""

    name = "mail"
    label = N_("By mail")

    async def deliver(self, notice: Notice, readers: Sequence[Reader]) -> None:
        """See `Channel.deliver`. A letter for which there is one with its key is the same letter."""
        leaves_at = current.app().notifications.leaves_at
        await mail.queue([_letter(notice, one, *await leaves_at(notice.kind, one)) for one in readers])


async def may_leave(message: Mail, notifications: Notifications) -> bool:
    """Whether a waiting mail may still go out. A notification is asked anew, line by line: rights, choice and address may have
    changed. What joined it is written into it.

    Raises:
        NotYetError: when the person does not want to be disturbed at this moment.
    """
    if not message.key.startswith(f"{_PREFIX}:"):
        return True
    lines = [message, *await mail.joined_to(message)]
    asked = [(line, await _reader(line, notifications)) for line in lines]
    kept = [(line, reader) for line, reader in asked if reader is not None]
    if not kept:
        return False
    reader = kept[0][1]
    _refuse_disturbing(message, reader)
    if len(lines) > 1:
        _put_together(message, _told_once([line for line, _ in kept]), reader.user)
    return True


def unsubscribe_token(user_id: int, *kinds: str) -> str:
    """The secret in the link that ends some kinds of mail for one person. It opens nothing else and does not expire."""
    named, key = "+".join(kinds), current.app().settings.secret_key.encode()
    facts = f"cercle unsubscribe\0{user_id}\0{named}"
    return f"{user_id}-{named}-{hmac.new(key, facts.encode(), hashlib.sha256).hexdigest()[:40]}"


def read_unsubscribe_token(token: str) -> tuple[int, tuple[NotificationKind, ...]]:
    """Whose mails of which kinds a link ends.

    Raises:
        NotFound: when the link was not made here, or the plugin is gone.
    """
    number, _, rest = token[: 60 + _MOST_KINDS * 51].partition("-")
    names = rest.rpartition("-")[0].split("+")
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        raise NotFound()
    if not hmac.compare_digest(unsubscribe_token(int(number), *names).encode(), token.encode("utf-8", "replace")):
        raise NotFound()
    kinds = tuple(kind for name in names if (kind := current.app().notifications.get(name)) is not None)
    if not kinds:
        raise NotFound()
    return int(number), kinds


async def _reader(line: Mail, notifications: Notifications) -> Reader | None:
    kind, club_id, user_id, _ = line.key.removeprefix(f"{_PREFIX}:").split(":")
    content_id = (line.facts or {}).get("content_id")
    found = await notifications.still_wanted(kind, int(club_id) or None, int(user_id), MailChannel.name, content_id)
    return found if found is not None and found.user.email == line.recipient else None


def _refuse_disturbing(message: Mail, reader: Reader) -> None:
    """They may have chosen quiet hours, or a pause, while it waited."""
    now = datetime.now(UTC)
    free = reader.wishes.rhythm.free_at(now, reader.user.timezone)
    if message.facts is not None and free > now + timedelta(seconds=1):
        raise mail.NotYetError(free)


def _told_once(lines: Sequence[Mail]) -> list[Mail]:
    """The lines without those that a later one says again: what is new on one page is new once."""
    last = {(line.facts or {}).get("same") or line.key: line for line in lines}
    return sorted(last.values(), key=lambda line: line.id)


def _letter(notice: Notice, reader: Reader, leaves_at: datetime, bundle: str) -> Mail:
    person, app = reader.user, current.app()
    with speaking(person.locale or app.settings.locale, person.timezone):
        text, url = _said(notice), app.settings.base_url + _address(notice)
        subject = " ".join(_headline(notice).split())
        facts = _facts(notice, subject, text, url)
        headers = {**_unsubscribing(person, notice.kind.name), **_threading(notice, person)}
        shown = {"text": text, "url": url, "label": facts["label"], "stop_url": _stop_url(person, notice.kind.name)}
        bodies = _bodies("notification", person, shown)
    return mail.letter(
        *(person.email, subject, *bodies),
        key=_key(notice, person),
        headers=headers,
        due_at=leaves_at,
        bundle=bundle,
        facts=facts,
    )


def _put_together(message: Mail, lines: Sequence[Mail], person: User) -> None:
    """Make the first message say what all of them say; what only one says stays as it was written."""
    first = lines[0]
    if len(lines) == 1:
        message.subject, message.text, message.html, message.headers = (
            *(first.subject, first.text, first.html),
            first.headers,
        )
        return
    app, told = current.app(), [line.facts or {} for line in lines]
    kinds = list(dict.fromkeys(str(one["kind"]) for one in told))[:_MOST_KINDS]
    with speaking(person.locale or app.settings.locale, person.timezone):
        clubs = _by_club(told[:_MOST_LINES])
        shown = {
            "clubs": clubs,
            "more": max(0, len(told) - _MOST_LINES),
            "stop_url": _stop_url(person, *kinds),
            "several": len(kinds) > 1,
        }
        message.subject = _subject(len(told), list(clubs))
        message.text, message.html = _bodies("notifications", person, shown)
    threads = {line.headers.get("References") for line in lines}
    kept = {name: value for name, value in first.headers.items() if name not in ("Reply-To", "List-Id")}
    if len(threads) > 1:
        kept = {name: value for name, value in kept.items() if name not in ("References", "In-Reply-To")}
    lists = {line.headers.get("List-Id") for line in lines}
    of_list = {"List-Id": str(first.headers["List-Id"])} if len(lists) == 1 and "List-Id" in first.headers else {}
    message.headers = {**kept, **of_list, **_unsubscribing(person, *kinds)}


def _by_club(told: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    clubs: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        clubs.setdefault(str(one.get("club", "")), []).append(one)
    return clubs


def _subject(count: int, clubs: Sequence[str]) -> str:
    if len(clubs) == 1 and clubs[0]:
        text = ngettext("%(count)s new thing in %(club)s", "%(count)s new things in %(club)s", count, club=clubs[0])
        return " ".join(text.split())
    return ngettext("%(count)s new thing in your clubs", "%(count)s new things in your clubs", count)


def _facts(notice: Notice, subject: str, text: str, url: str) -> dict[str, Any]:
    same = "" if notice.kind.direct or not notice.kind.waits else url
    return {
        "kind": notice.kind.name,
        "content_id": notice.content_id,
        "club": notice.club_name,
        "subject": subject,
        "text": text,
        "url": url,
        "label": gettext(notice.kind.label),
        "same": "silent" if notice.is_confidential else same,
    }


def _bodies(template: str, person: User, shown: dict[str, Any]) -> tuple[str, str]:
    app = current.app()
    base = app.settings.base_url
    facts = {
        **shown,
        "name": person.name,
        "choices_url": base + app.urls.path("accounts:notifications"),
        "site": app.settings.site_name,
        "base_url": base,
        "locale": language_tag(),
        "direction": direction(),
    }
    text, html = (app.pages.render(f"accounts/mail/{template}.{ending}", **facts) for ending in ("txt", "html"))
    return text, html


def _headline(notice: Notice) -> str:
    return gettext(_SILENT) if notice.is_confidential else gettext(notice.subject, **notice.values)


def _said(notice: Notice) -> str:
    return gettext(_SILENT) + "." if notice.is_confidential else gettext(notice.text, **notice.values)


def _address(notice: Notice) -> str:
    """Where the link leads: for a club that wants silence to one's own notifications, since addresses carry names too."""
    urls = current.app().urls
    if notice.is_confidential and urls.has("notifications:inbox.index"):
        return urls.path("notifications:inbox.index")
    return local_path(notice.path)


def _stop_url(person: User, *kinds: str) -> str:
    app = current.app()
    return app.settings.base_url + app.urls.path("accounts:unsubscribe", token=unsubscribe_token(person.id, *kinds))


def _unsubscribing(person: User, *kinds: str) -> dict[str, str]:
    stop = _stop_url(person, *kinds)
    return {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _threading(notice: Notice, person: User) -> dict[str, str]:
    """Headers by which mail programs sort (RFC 2919) and put together (RFC 5322, 3.6.4) what belongs together."""
    host = read_address(current.app().settings.mail_from).domain
    made = dict[str, str]()
    if notice.club_id is not None:
        name = " ".join(notice.club_name.replace("<", " ").replace(">", " ").split())
        made["List-Id"] = f"{name} <club-{notice.club_id}.{host}>".strip()
    if notice.thread_id is not None:
        root = f"<{hashlib.sha256(f'item {notice.thread_id}'.encode()).hexdigest()[:40]}@{host}>"
        made |= {"In-Reply-To": root, "References": root}
    if notice.reply_to is not None and (address := notice.reply_to(person.id)):
        made["Reply-To"] = address
    return made


def _key(notice: Notice, person: User) -> str:
    about = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    return f"{_PREFIX}:{notice.kind}:{notice.club_id or 0}:{person.id}:{about}"
