"""The cookies that tie a proof which has begun to one browser: one for each purpose, gone when the person is in."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.models import SignInStep
from core.accounts.services.steps import LASTS, find_step
from core.http import Request, set_cookie
from core.settings import Settings

FACTOR = "factor"
_PREFIX = "cercle-step"


def step_cookie(settings: Settings, purpose: str) -> str:
    """The cookie's name; `__Host-` pins it to this host over https."""
    return f"{'__Host-' if settings.is_secure else ''}{_PREFIX}-{purpose}"


def keep_step(request: Request, response: Response, purpose: str, secret: str) -> Response:
    """Give the browser the secret of a step that `begin_step` made.

    Args:
        response: gets the cookie.
        purpose: of the step; each has a cookie of its own, so that one proof does not undo another.
        secret: the answer of `begin_step`.
    """
    name = step_cookie(request.app.settings, purpose)
    set_cookie(request, response, name, secret, seconds=int(LASTS.total_seconds()))
    return response


async def step_of(request: Request, purpose: str) -> SignInStep | None:
    """The step that this browser has begun for a purpose, while it can be used."""
    secret = request.cookies.get(step_cookie(request.app.settings, purpose), "")
    return await find_step(secret, purpose) if 0 < len(secret) < 200 else None


def drop_step(request: Request, response: Response, purpose: str) -> Response:
    """Take the cookie of a step away."""
    name = step_cookie(request.app.settings, purpose)
    if name in request.cookies:
        set_cookie(request, response, name, "", seconds=0)
    return response
