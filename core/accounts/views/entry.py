"""Letting a browser in and out: login session and cookie. Every way in ends here, those of other parts included."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from urllib.parse import urlsplit

from starlette.responses import Response

from core.accounts.models import User
from core.accounts.services import end_session, start_session
from core.accounts.services.steps import begin_step
from core.accounts.sessions import cookie_name
from core.accounts.viewer import Viewer
from core.accounts.views.acting import drop_kept
from core.accounts.views.devices import recognise
from core.accounts.views.steps import FACTOR, drop_step, keep_step
from core.errors import Forbidden
from core.http import Request, local_path, see_other, set_cookie
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
    """Go on after a first proof, by whatever way it came: every way in ends here, and so does every proof that is given again.

    Who has a second factor and gave a weak proof is asked for it, and has no session before.

    Args:
        user: who proved who they are just now, as the database has them.
        proof: how.
        wanted: where they wanted to go, as it came in.
    """
    path = local_path(wanted)
    if user.has_factor and not proof.is_strong:
        return await _ask_factor(request, user, proof, path)
    return await let_in(request, user, see_other(path), proof)


async def let_in(request: Request, user: User, response: Response, proof: Proof | None = None) -> Response:
    """Sign the user in on this browser with a new session, and end the one it had, whoever's that was.

    Args:
        user: who proved who they are, with every factor that is asked of them; their stamp goes into the session.
        response: gets the cookie.
        proof: how they did just now. None after a change to the account: the new session counts as proven as the one it follows,
            or, where there is none, as after a password.
    """
    settings = request.app.settings
    before = request.viewer if proof is None and _is_own(request.viewer, user) else None
    proof = proof or PASSWORD
    await recognise(request, user, response, proof.method)
    secret = await start_session(
        user,
        device=request.headers.get("user-agent", ""),
        network=client_address(request.scope, settings.trusted_proxies),
        methods=proof.method,
        strong=proof.is_strong,
        like=before,
    )
    await _end(request)
    drop_step(request, response, FACTOR)
    set_cookie(request, response, cookie_name(settings), secret, seconds=settings.session_absolute_hours * 3600)
    return response


async def let_out(request: Request, response: Response) -> Response:
    """End this browser's session and take its cookie away; that of an operator who acts as somebody too."""
    await _end(request)
    await drop_kept(request, response)
    set_cookie(request, response, cookie_name(request.app.settings), "", seconds=0)
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
    """A view that wants a proof when the last one is older than 15 minutes; from who has a second factor, that one."""

    @wraps(view)
    async def guarded(request: Request) -> Response:
        if not is_proven(request.viewer):
            return request.redirect("accounts:proof", next=_page_of(request))
        return await view(request)

    return in_browser(guarded)


def _page_of(request: Request) -> str:
    """Where to go on after a proof: the page at hand, or the one whose form was sent; what was sent is not sent again."""
    path = local_path(request.scope["path"])
    return path if request.method == "GET" else local_path(urlsplit(request.headers.get("referer", "")).path, path)


def is_proven(viewer: Viewer) -> bool:
    """Whether the viewer's last proof is young enough for what matters."""
    given = viewer.factor_at if viewer.has_factor else viewer.signed_in_at
    return given is not None and datetime.now(UTC) - given <= PROOF_LASTS


async def _ask_factor(request: Request, user: User, proof: Proof, path: str) -> Response:
    facts = {"method": proof.method, "next": path}
    secret = await begin_step(FACTOR, user=user, facts=facts)
    return keep_step(request, request.redirect("accounts:factor"), FACTOR, secret)


def _is_own(viewer: Viewer, user: User) -> bool:
    return viewer.session_id is not None and viewer.id == user.id and viewer.operator_id is None


async def _end(request: Request) -> None:
    viewer = request.viewer
    if viewer.id is not None and viewer.session_id is not None:
        await end_session(viewer.id, viewer.session_id)
