"""Sign-up as the site allows it: open to everybody who proves an address, or on request to the operators.

Where it is by invitation only, the club's invitation makes the account.
"""

from __future__ import annotations

from core import audit, current
from core.accounts.models import SignUpRequest, User
from core.accounts.queries import known_user, normal_email
from core.accounts.services import links
from core.accounts.services.hashing import check_strength, hash_password
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


async def accept_sign_up(secret: str, *, name: str, password: str) -> User:
    """Make the account for an address that a link has proved.

    Raises:
        NotFound: when the link cannot be used.
        Invalid: when a value is wrong or the address has an account by now.
    """
    _require_mode("open")
    shown = normal_name(name)
    address = (await links.find_link(secret, links.SIGN_UP)).email
    check_strength(password, about=(address, shown))
    hashed = await hash_password(password)
    async with atomic():
        await links.use_link(secret, links.SIGN_UP)
        return await insert_user(email=address, name=shown, password_hash=hashed, locale=language())


async def request_account(email: str, name: str, message: str = "") -> None:
    """Ask the operators for an account. Asking twice, or with an address that has one, gets the same answer.

    Raises:
        NotFound: when the site does not take requests.
        Invalid: when a value is wrong, or too many requests wait.
    """
    _require_mode("request")
    request = SignUpRequest(email=normal_email(email), name=normal_name(name), message=message.strip()[:1000])
    if await SignUpRequest.all().count() >= MOST_REQUESTS:
        raise Invalid(_("Too many people wait for an account at the moment. Please try again in some days."))
    await SignUpRequest.bulk_create([request], ignore_conflicts=True)


async def approve_request(request_id: int, *, actor: Asker) -> User:
    """Make the account that was asked for and send a link with which its owner sets a password.

    Raises:
        NotFound: when somebody else has decided already.
        Invalid: when the address has an account.
    """
    async with atomic():
        asked = await _take(request_id)
        user = await insert_user(email=asked.email, name=asked.name)
        number, secret = await links.make_link(links.WELCOME, user=user)
        await links.send_mail(
            "welcome",
            N_("Your account on %(site)s"),
            to=user.email,
            locale="",
            key=str(number),
            name=user.name,
            url=links.address_of("reset.edit", token=secret),
            days=links.LASTS[links.WELCOME].days,
        )
        await audit.record("accounts.request_approved", actor=actor, subject=asked.email)
    return user


async def refuse_request(request_id: int, *, actor: Asker) -> None:
    """Drop a request for an account; nobody is told.

    Raises:
        NotFound: when somebody else has decided already.
    """
    async with atomic():
        asked = await _take(request_id)
        await audit.record("accounts.request_refused", actor=actor, subject=asked.email)


async def _take(request_id: int) -> SignUpRequest:
    asked = await SignUpRequest.get_or_none(id=request_id)
    if asked is None or not await SignUpRequest.filter(id=request_id).delete():
        raise NotFound()
    return asked


def _require_mode(mode: str) -> None:
    if current.app().settings.sign_up != mode:
        raise NotFound()
