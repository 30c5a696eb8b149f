"""Sign-up as the site allows it: open to everybody who proves an address, or on request to the operators.

Where it is by invitation only, the invitation of a club or of the operators makes the account.
"""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit, current
from core.accounts.models import SignUpRequest, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.hashing import new_hash
from core.accounts.services.people import insert_user, normal_name
from core.db import atomic
from core.errors import Invalid, NotFound
from core.i18n import N_, language
from core.i18n import gettext as _
from core.permissions import Asker

MOST_REQUESTS = 1000  # that wait at a time


async def start_sign_up(email: str) -> None:
    """Send a link that proves the address, or word that it has an account; the answer does not tell which.

    Raises:
        NotFound: when the site is not open.
        Invalid: when this is no address.
    """
    _require_mode("open")
    address = normal_email(email)
    user = await known_user(address)
    async with atomic():
        number, secret = await links.make_link(links.SIGN_UP, email=address)
        await links.send_mail(
            "has_account" if user else "sign_up",
            N_("Your account on %(site)s"),
            to=address,
            locale=user.locale if user else "",
            key=str(number),
            url=links.address_of("sign_in") if user else links.address_of("sign_up.edit", token=secret),
            reset_url=links.address_of("reset"),
        )


async def accept_sign_up(secret: str, *, name: str, password: str | None) -> User:
    """Make the account for an address that a link has proved.

    Args:
        secret: of the link.
        name: as others read it.
        password: None for somebody who signs in with a passkey instead, which they set up right after.

    Raises:
        NotFound: when the link cannot be used.
        Invalid: when a value is wrong or the address has an account by now.
    """
    _require_mode("open")
    shown = normal_name(name)
    address = (await links.find_link(secret, links.SIGN_UP)).email
    hashed = await new_hash(password, about=(address, shown))
    async with atomic():
        await links.use_link(secret, links.SIGN_UP)
        return await insert_user(email=address, name=shown, password_hash=hashed, locale=language())


async def request_account(email: str, name: str, message: str = "") -> None:
    """Note somebody's wish for an account and send a link that proves the address; operators hear of it then.

    Asking twice, or with an address that has an account, gets the same answer. Until it is proved, the last words count.

    Raises:
        NotFound: when the site does not take requests.
        Invalid: when a value is wrong, or too many requests wait.
    """
    _require_mode("request")
    address, shown = normal_email(email), normal_name(name)
    said = {"name": shown, "message": message.strip()[:1000], "locale": language()}
    if await requests_waiting() >= MOST_REQUESTS:
        raise Invalid(_("Too many people wait for an account at the moment. Please try again in some days."))
    user = await known_user(address)
    async with atomic():
        asked = SignUpRequest.filter(email=address, proven_at=None)
        if user is None and not await asked.update(**said):
            await SignUpRequest.bulk_create([SignUpRequest(email=address, **said)], ignore_conflicts=True)
        number, secret = await links.make_link(links.REQUEST, email=address)
        await links.send_mail(
            "has_account" if user else "request",
            N_("Your account on %(site)s"),
            to=address,
            locale=user.locale if user else "",
            key=str(number),
            name=shown,
            url=links.address_of("sign_in") if user else links.address_of("request.edit", token=secret),
            reset_url=links.address_of("reset"),
        )


async def prove_request(secret: str) -> None:
    """Hand a request for an account to the operators, with the link that was sent to its address.

    Raises:
        NotFound: when the link cannot be used, or nobody asks with this address any more.
    """
    _require_mode("request")
    async with atomic():
        link = await links.use_link(secret, links.REQUEST)
        asked = SignUpRequest.filter(email=link.email)
        if not await asked.filter(proven_at=None).update(proven_at=datetime.now(UTC)) and not await asked.exists():
            raise links.dead_link()


async def requests_waiting() -> int:
    """How many people wait for an answer of the operators; unproven addresses do not count."""
    return await SignUpRequest.filter(proven_at__isnull=False).count()


async def approve_request(request_id: int, *, actor: Asker, note: str = "") -> User:
    """Make the account that was asked for and send a link with which its owner sets a password.

    Args:
        request_id: of a request whose address is proved.
        actor: the operator.
        note: a sentence for the person, at most 1,000 characters.

    Raises:
        NotFound: when somebody else has decided already.
        Invalid: when the address has an account.
    """
    async with atomic():
        asked = await _take(request_id)
        user = await insert_user(email=asked.email, name=asked.name, locale=asked.locale)
        number, secret = await links.make_link(links.WELCOME, user=user)
        await links.send_mail(
            "welcome",
            N_("Your account on %(site)s"),
            to=user.email,
            locale=asked.locale,
            key=str(number),
            name=user.name,
            note=_sentence(note),
            url=links.address_of("reset.edit", token=secret),
            days=links.LASTS[links.WELCOME].days,
        )
        await audit.record("accounts.request_approved", actor=actor, subject=asked.email)
    return user


async def refuse_request(request_id: int, *, actor: Asker, note: str = "") -> None:
    """Drop a request for an account and tell the person.

    Args:
        request_id: of a request whose address is proved.
        actor: the operator.
        note: a sentence for the person, at most 1,000 characters.

    Raises:
        NotFound: when somebody else has decided already.
    """
    async with atomic():
        asked = await _take(request_id)
        await links.send_mail(
            "request_refused",
            N_("Your request for an account on %(site)s"),
            to=asked.email,
            locale=asked.locale,
            key=str(asked.id),
            name=asked.name,
            note=_sentence(note),
        )
        await audit.record("accounts.request_refused", actor=actor, subject=asked.email)


async def remind_operators() -> None:
    """Mail each operator how many people wait for an account, at most once a day; nothing when nobody does."""
    waiting = await requests_waiting()
    if not waiting:
        return
    for operator in await User.filter(is_operator=True, is_active=True).order_by("id"):
        await links.send_mail(
            "requests_waiting",
            N_("People wait for an account on %(site)s"),
            to=operator.email,
            locale=operator.locale,
            key=f"{operator.id}:{datetime.now(UTC):%Y-%m-%d}",
            name=operator.name,
            waiting=waiting,
            url=f"{current.app().settings.base_url}/admin/people",
        )


async def _take(request_id: int) -> SignUpRequest:
    asked = await SignUpRequest.get_or_none(id=request_id, proven_at__isnull=False)
    if asked is None or not await SignUpRequest.filter(id=request_id).delete():
        raise NotFound()
    return asked


def _sentence(note: str) -> str:
    if len(note) > 1000:
        raise Invalid(_("At most %(max_length)s characters, please.", max_length=1000), field="note")
    return note.strip()


def _require_mode(mode: str) -> None:
    if current.app().settings.sign_up != mode:
        raise NotFound()
