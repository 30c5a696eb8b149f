"""How often something may be tried: by account, by network and by everybody, counted before the work is done."""

from __future__ import annotations

from core.http import Request
from core.limits import Rule, client_network

ACCOUNT_HERE = Rule("accounts.password.account_network", "10 per 15 minutes")
ACCOUNT = Rule("accounts.password.account", "60 per hour")
NETWORK = Rule("accounts.password.network", "100 per 15 minutes")
EVERYBODY = Rule("accounts.password.everybody", "600 per minute")
MAIL_ADDRESS = Rule("accounts.mail.address", "3 per hour")
MAIL_NETWORK = Rule("accounts.mail.network", "20 per hour")
MAIL_EVERYBODY = Rule("accounts.mail.everybody", "300 per hour")
LINK_NETWORK = Rule("accounts.link.network", "60 per 15 minutes")


async def count_password(request: Request, account: str) -> None:
    """Count one try to give a password.

    Args:
        account: the address as typed, whether it is known or not.

    Raises:
        TooMany: when there were too many from here, for this account or altogether.
    """
    limits, network, name = request.app.limits, _network(request), _plain(account)
    await limits.hit(NETWORK, network)
    await limits.hit(ACCOUNT_HERE, name, network)
    await limits.hit(ACCOUNT, name)
    await limits.hit(EVERYBODY)


async def forget_passwords(request: Request, account: str) -> None:
    """The password was right: its owner's earlier slips no longer count."""
    limits, name = request.app.limits, _plain(account)
    await limits.clear(ACCOUNT_HERE, name, _network(request))
    await limits.clear(ACCOUNT, name)


async def count_mail(request: Request, address: str) -> None:
    """Count one mail that somebody had sent to an address.

    Raises:
        TooMany: when there were too many.
    """
    limits = request.app.limits
    await limits.hit(MAIL_NETWORK, _network(request))
    await limits.hit(MAIL_ADDRESS, _plain(address))
    await limits.hit(MAIL_EVERYBODY)


async def count_link(request: Request) -> None:
    """Count one use of a link's secret, so that nobody makes the site hash passwords without end.

    Raises:
        TooMany: when there were too many.
    """
    await request.app.limits.hit(LINK_NETWORK, _network(request))


def _network(request: Request) -> str:
    return client_network(request.scope, request.app.settings.trusted_proxies)


def _plain(address: str) -> str:
    return address.strip().casefold()[:254]
