"""How often something may be tried: by account, by network and by everybody, counted before the work is done.

Tries from a browser that the account's owner has signed in with before are counted apart: whoever tries passwords on somebody
else's account is stopped, and does not shut its owner out.
"""

from __future__ import annotations

import secrets

from core.accounts.queries import known_user, normal_email
from core.accounts.services.devices import knows_device
from core.accounts.services.sign_ins import LIMITED, WRONG
from core.accounts.sessions import digest
from core.accounts.views.devices import browser_of
from core.errors import Invalid, TooMany
from core.http import Request
from core.limits import Rule, client_network

ACCOUNT_HERE = Rule("accounts.password.account_network", "10 per 15 minutes")
ACCOUNT = Rule("accounts.password.account", "60 per hour")
NETWORK = Rule("accounts.password.network", "100 per 15 minutes")
EVERYBODY = Rule("accounts.password.everybody", "600 per minute")
DEVICE = Rule("accounts.password.device", "10 per 15 minutes")
DEVICES = Rule("accounts.password.devices", "600 per minute")
MAIL_ADDRESS = Rule("accounts.mail.address", "3 per hour")
MAIL_NETWORK = Rule("accounts.mail.network", "20 per hour")
MAIL_EVERYBODY = Rule("accounts.mail.everybody", "300 per hour")
MAIL_DEVICE = Rule("accounts.mail.device", "3 per hour")
LINK_NETWORK = Rule("accounts.link.network", "60 per 15 minutes")
NOTED = Rule("accounts.noted.account_network", "1 per hour")


async def count_password(request: Request, account: str) -> None:
    """Count one try to give a password.

    Args:
        account: the address as typed, whether it is known or not.

    Raises:
        TooMany: when there were too many from here, for this account or altogether.
    """
    try:
        await _count_password(request, account)
    except TooMany:
        await _note_limited(request, account)
        raise


async def forget_passwords(request: Request, account: str) -> None:
    """The password was right: its owner's earlier slips no longer count."""
    limits, name, secret = request.app.limits, _plain(account), browser_of(request).secret
    await limits.clear(ACCOUNT_HERE, name, _network(request))
    if secret:
        await limits.clear(DEVICE, name, digest(secret))
    else:
        await limits.clear(ACCOUNT, name)


async def note_wrong_password(request: Request, account: str) -> None:
    """Put a wrong password into the history of whose account it was, if anybody's.

    A job does it, so that the answer takes the same work for an unknown address.
    """
    await _note(request, account, WRONG)


async def count_mail(request: Request, address: str) -> None:
    """Count one mail that somebody had sent to an address.

    Raises:
        TooMany: when there were too many.
    """
    limits, name, secret = request.app.limits, _plain(address), browser_of(request).secret
    if await knows_device(address, secret):
        await limits.hit(MAIL_DEVICE, name, digest(secret))
        return
    await limits.hit(MAIL_NETWORK, _network(request))
    await limits.hit(MAIL_ADDRESS, name)
    await limits.hit(MAIL_EVERYBODY)


async def count_link(request: Request) -> None:
    """Count one use of a link's secret, so that nobody makes the site hash passwords without end.

    Raises:
        TooMany: when there were too many.
    """
    await request.app.limits.hit(LINK_NETWORK, _network(request))


async def _count_password(request: Request, account: str) -> None:
    limits, name, secret = request.app.limits, _plain(account), browser_of(request).secret
    if await knows_device(account, secret):
        await limits.hit(DEVICE, name, digest(secret))
        await limits.hit(DEVICES)
        return
    network = _network(request)
    await limits.hit(NETWORK, network)
    await limits.hit(ACCOUNT_HERE, name, network)
    await limits.hit(ACCOUNT, name)
    await limits.hit(EVERYBODY)


async def _note_limited(request: Request, account: str) -> None:
    """One row an hour for an account and a network: what is refused costs nothing, and must not fill tables."""
    try:
        await request.app.limits.hit(NOTED, _plain(account), _network(request))
    except TooMany:
        return
    await _note(request, account, LIMITED)


async def _note(request: Request, account: str, outcome: str) -> None:
    user, browser = await known_user(account), browser_of(request)
    await request.app.jobs.nudge(
        "accounts.note_wrong_password",
        user_id=user.id if user else 0,
        agent=browser.name,
        address=browser.address,
        outcome=outcome,
        mark=secrets.token_hex(4),
    )


def _network(request: Request) -> str:
    return client_network(request.scope, request.app.settings.trusted_proxies)


def _plain(address: str) -> str:
    """One name for all spellings that are the same account; what is no address counts as it was typed."""
    try:
        return normal_email(address)
    except Invalid:
        return address.strip().casefold()[:254]
