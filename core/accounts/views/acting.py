"""The cookies of an operator who acts as somebody else: in, and back to their own login."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import SignOutInput
from core.accounts.models import LoginSession, User
from core.accounts.services.acting import begin_acting, end_acting
from core.accounts.sessions import cookie_name, digest, kept_cookie_name
from core.forms import read_form
from core.http import Request, local_path, see_other, set_cookie
from core.limits import client_address


async def act_as(request: Request, user: User, *, reason: str, minutes: int) -> Response:
    """Let the operator in as somebody else; their own login waits in a cookie of its own.

    Args:
        user: whom they act as.
        reason: why.
        minutes: how long.

    Raises:
        Forbidden, Invalid: as `begin_acting`.
    """
    settings = request.app.settings
    own = request.cookies.get(cookie_name(settings), "")
    secret = await begin_acting(
        user,
        operator=request.viewer,
        reason=reason,
        minutes=minutes,
        device=request.headers.get("user-agent", ""),
        network=client_address(request.scope, settings.trusted_proxies),
    )
    response = request.redirect("core:home")
    set_cookie(request, response, cookie_name(settings), secret, seconds=minutes * 60)
    set_cookie(request, response, kept_cookie_name(settings), own, seconds=settings.session_absolute_hours * 3600)
    return response


async def delete(request: Request) -> Response:
    """Stop acting as somebody, also when the time is over: the operator's own login is the browser's again."""
    form, settings, viewer = await read_form(request, SignOutInput), request.app.settings, request.viewer
    own = request.cookies.get(kept_cookie_name(settings), "")
    if viewer.operator_id is not None:
        await end_acting(viewer)
    response = see_other(local_path(form.input.next if form.input else None))
    if viewer.operator_id is not None or not viewer.is_authenticated:
        set_cookie(
            request,
            response,
            cookie_name(settings),
            own[:200],
            seconds=settings.session_absolute_hours * 3600 if own else 0,
        )
    set_cookie(request, response, kept_cookie_name(settings), "", seconds=0)
    return response


async def drop_kept(request: Request, response: Response) -> None:
    """Sign the operator out too, where one acts as somebody in this browser."""
    settings = request.app.settings
    own = request.cookies.get(kept_cookie_name(settings))
    if own:
        await LoginSession.filter(token_hash=digest(own)).delete()
        set_cookie(request, response, kept_cookie_name(settings), "", seconds=0)
