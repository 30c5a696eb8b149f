"""How often codes may be tried: the factor of somebody whose password is known to a stranger must not be guessed.

A stranger comes this far with the right password only. Six digits are few: three codes of a million are right at a time, so that
10 tries an hour and 40 a day find one within a year with a chance of 4 per cent, and the owner is told on the first day. A
recovery code and a passkey have no limit by account, so that nobody is shut out by such tries.
"""

from __future__ import annotations

from core.accounts.models import User
from core.http import Request
from core.limits import Rule, client_network

MOST_TRIES = 5  # at one step; then the sign-in begins anew
CODE_HOUR = Rule("accounts.code.account_hour", "10 per hour")
CODE_DAY = Rule("accounts.code.account_day", "40 per day")
CODE_NETWORK = Rule("accounts.code.network", "60 per 15 minutes")


async def count_code(request: Request, user: User, *, from_app: bool) -> None:
    """Count one try to give a code.

    Args:
        user: whose.
        from_app: whether it is one of six digits, which can be guessed.

    Raises:
        TooMany: when there were too many from this network or, from the app, for this account.
    """
    limits, network = request.app.limits, client_network(request.scope, request.app.settings.trusted_proxies)
    await limits.hit(CODE_NETWORK, network)
    if from_app:
        await limits.hit(CODE_HOUR, user.id)
        await limits.hit(CODE_DAY, user.id)


async def forget_codes(request: Request, user: User) -> None:
    """A code was right: its owner's earlier slips no longer count towards the hour."""
    await request.app.limits.clear(CODE_HOUR, user.id)
