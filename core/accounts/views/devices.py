"""Knowing a browser again: its cookie, and what a request says of it."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.models import User
from core.accounts.services.devices import DEVICE_LASTS, Browser, remember_device
from core.accounts.services.sign_ins import WRONG, note_refusal, note_sign_in
from core.http import Request, set_cookie
from core.limits import client_address
from core.settings import Settings


def device_cookie(settings: Settings) -> str:
    """The cookie by which a browser is known again; `__Host-` pins it to this host over https (RFC 6265bis)."""
    return "__Host-cercle-device" if settings.is_secure else "cercle-device"


def browser_of(request: Request) -> Browser:
    """The browser that a request comes from."""
    secret = request.cookies.get(device_cookie(request.app.settings), "")
    return Browser(
        name=request.headers.get("user-agent", "").replace("\0", "")[:200],
        address=client_address(request.scope, request.app.settings.trusted_proxies),
        secret=secret if len(secret) < 200 else "",
    )


async def recognise(request: Request, user: User, response: Response, how: str) -> None:
    """Note a sign-in, tell its owner when the browser is new to them, and make it known from now on.

    Args:
        request: at its end the user is let in.
        user: who proved who they are, with every factor that is asked of them.
        response: gets the device cookie.
        how: the ways in which they proved it.
    """
    is_familiar = request.viewer.id == user.id and request.viewer.operator_id is None
    secret = await note_sign_in(user, browser_of(request), how, is_familiar=is_familiar)
    _set_cookie(request, response, secret)


async def welcome_browser(request: Request, user: User, response: Response) -> None:
    """Make a browser known without a sign-in, as after a new password by a link from a mail."""
    _set_cookie(request, response, await remember_device(user, browser_of(request)))


async def refused(request: Request, user: User, how: str, outcome: str = WRONG) -> None:
    """Put a try that failed into somebody's history.

    Only where the answer shows anyway that there is such an account: a wrong password is noted by `tries.note_wrong_password`.

    Args:
        user: whose account was tried.
        how: `code`, `recovery`, `passkey` or `provider:<slug>`.
        outcome: `wrong`, or `factor_wrong` when a first proof was right before.
    """
    await note_refusal(user.id, browser_of(request), how, outcome)


def _set_cookie(request: Request, response: Response, secret: str) -> None:
    seconds = int(DEVICE_LASTS.total_seconds())
    set_cookie(request, response, device_cookie(request.app.settings), secret, seconds=seconds)
