"""Letting a browser in and out: login session and cookie. Every way in ends here, those of other parts included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps

from starlette.responses import Response

from core.accounts.models import User
from core.accounts.services import end_session, start_session
from core.accounts.sessions import cookie_name
from core.errors import Forbidden
from core.http import Request, local_path, see_other
from core.i18n import gettext as _
from core.limits import client_address

PROOF_LASTS = timedelta(minutes=15)

View = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody proved who they are.

    Args:
        method: `password`, `passkey`, `link`, `provider:<slug>`; more than one in the order they were given.
        is_strong: whether it stands for two factors.
    """

    method: str = "password"
    is_strong: bool = False


PASSWORD = Proof()


async def proceed(request: Request, user: User, proof: Proof, wanted: str | None = None) -> Response:
    """Go on after a first proof, by whatever way it came: every way in ends here.

    Args:
        user: who proved who they are just now.
        proof: how.
        wanted: where they wanted to go, as it came in.
    """
    return await let_in(request, user, see_other(local_path(wanted)), proof)


async def let_in(request: Request, user: User, response: Response, proof: Proof = PASSWORD) -> Response:
    """Sign the user in on this browser with a new session, and end the one it had, whoever's that was.

    Args:
        user: who proved who they are just now, with every factor that is asked of them.
        response: gets the cookie.
        proof: how they did.
    """
    settings = request.app.settings
    secret = await start_session(
        user,
        device=request.headers.get("user-agent", ""),
        network=client_address(request.scope, settings.trusted_proxies),
        methods=proof.method,
        strong=proof.is_strong,
    )
    await _end(request)
    response.set_cookie(
        cookie_name(settings),
        secret,
        max_age=settings.session_absolute_hours * 3600,
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def let_out(request: Request, response: Response) -> Response:
    """End this browser's session and take its cookie away."""
    await _end(request)
    settings = request.app.settings
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.is_secure, httponly=True, samesite="lax")
    return response


def in_browser(view: View) -> View:
    """A view for people, not for scripts: a token must not be able to make others or to change the account."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        if request.viewer.session_id is None:
            raise Forbidden(_("Only a person who is signed in with a browser may do this."))
        return await view(request)

    return guarded


def proven(view: View) -> View:
    """A view that wants the password again when it was last given more than 15 minutes ago."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        given = request.viewer.signed_in_at
        if given is None or datetime.now(UTC) - given > PROOF_LASTS:
            return request.redirect("accounts:proof", next=local_path(request.scope["path"]))
        return await view(request)

    return in_browser(guarded)


async def _end(request: Request) -> None:
    viewer = request.viewer
    if viewer.id is not None and viewer.session_id is not None:
        await end_session(viewer.id, viewer.session_id)
