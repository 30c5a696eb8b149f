"""Pure ASGI middleware, outermost first: request id and access log, host check, security headers, body limit, flash messages,
language, cross-origin guard, errors.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
import traceback
from contextlib import suppress
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asyncpg.exceptions import DataError
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tortoise.exceptions import ValidationError

from core import current, i18n
from core.dispatch.calls import HookFault
from core.dispatch.fences import ends_this_task
from core.errors import CercleError, Forbidden, Invalid, NotFound, PluginError, SignInNeeded, TooLarge
from core.http import SAFE_METHODS, Request, error_response, header

if TYPE_CHECKING:
    from core.app import Cercle
    from core.parts import LoadedPart

access_log = logging.getLogger("cercle.access")
logger = logging.getLogger("cercle.http")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FROM_ANYWHERE = frozenset(
    {
        "/share",  # the device posts what its owner shares; the view changes nothing, it redirects
        "/unsubscribe",  # mail programs post there (RFC 8058); the secret in the link is the proof, no cookie counts
    }
)
_CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
).encode("ascii")
_ALWAYS = (
    (b"content-security-policy", _CSP),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), interest-cohort=()"),
)


class RequestLog:
    """Gives each request an id, binds the application to the task, and logs one line when it is done.

    The line names the route, not the address: an address may hold a secret that opens a door.
    """

    def __init__(self, inner: ASGIApp, app: Cercle) -> None:
        self.inner, self.app = inner, app
        self.process, self.numbers = secrets.token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        current.bind(self.app)
        scope["cercle"] = self.app
        given = header(scope, b"x-request-id")
        request_id = given if _REQUEST_ID.fullmatch(given) else f"{self.process}-{next(self.numbers):x}"
        scope["cercle_request_id"] = request_id
        started, status = time.perf_counter(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            await self.inner(scope, receive, sending)
        finally:
            if access_log.isEnabledFor(logging.INFO):
                spent = (time.perf_counter() - started) * 1000
                shown = scope.get("cercle_route") or re.sub(r"[\x00-\x1f\x7f]", "?", scope["path"])[:300]
                access_log.info("%s %s %d %.1fms %s", scope["method"], shown, status, spent, request_id)


class HostCheck:
    """Refuses requests for a host that is not ours (421), so that no link or cache can be poisoned by the `Host` header."""

    def __init__(self, inner: ASGIApp, hosts: frozenset[str]) -> None:
        self.inner, self.hosts = inner, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host(scope) not in self.hosts and scope["path"] not in ("/healthz", "/readyz"):
            text = "This site is not served under this name. Check CERCLE_BASE_URL and CERCLE_ALLOWED_HOSTS.\n"
            await PlainTextResponse(text, 421)(scope, receive, send)
            return
        await self.inner(scope, receive, send)


class SecurityHeaders:
    """Adds the headers that tell browsers what this site never does."""

    def __init__(self, inner: ASGIApp, *, secure: bool) -> None:
        self.inner = inner
        self.always = _ALWAYS + (((b"strict-transport-security", b"max-age=31536000"),) if secure else ())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                present = {name.lower() for name, _ in headers}
                message["headers"] = [*headers, *(pair for pair in self.always if pair[0] not in present)]
            await send(message)

        await self.inner(scope, receive, sending)


class BodyLimit:
    """Refuses a body past the limit: by its announced length before it is read, otherwise while it streams.

    Routes that stream (`Route(streams=True)`) lift the limit once the door has let the request in.
    """

    def __init__(self, inner: ASGIApp, limit: int) -> None:
        self.inner, self.limit = inner, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.inner(scope, receive, send)
            return
        announced = header(scope, b"content-length")
        scope["cercle_body_too_large"] = announced.isdecimal() and int(announced) > self.limit
        seen = 0

        async def receiving() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.limit and not scope.get("cercle_streams"):
                raise TooLarge(_too_large(self.limit))
            return message

        await self.inner(scope, receiving, send)


def _too_large(limit: int) -> str:
    return i18n.gettext("At most %(size)s can be sent at once.", size=i18n.filesize(limit))


class CrossOriginGuard:
    """Refuses unsafe requests that another site's page made the browser send.

    Follows the rules of Go 1.25's `http.CrossOriginProtection`: safe methods pass; `Sec-Fetch-Site` must be `same-origin` or
    `none`; without it, `Origin` must be ours; without both it is no browser. A bearer token cannot be sent by another site.
    """

    def __init__(self, inner: ASGIApp, origin: str) -> None:
        self.inner, self.origin = inner, origin.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if unsafe and scope["path"] not in _FROM_ANYWHERE and not self._is_ours(Headers(scope=scope)):
            raise Forbidden(i18n.gettext("This request came from another site. Open the page here and try again."))
        await self.inner(scope, receive, send)

    def _is_ours(self, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return True
        return origin.lower() == self.origin or _netloc(origin) == headers.get("host", "").lower() != ""


class Errors:
    """Turns errors into answers, in one place."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.inner(scope, receive, sending)
        except BaseException as error:
            if started or ends_this_task(error):
                raise
            await self._answer(error, scope, receive, send)

    async def _answer(self, error: BaseException, scope: Scope, receive: Receive, send: Send) -> None:
        request = scope.get("cercle_request") or Request(scope, receive, send)
        error = _understood(error, request.method)
        if not isinstance(error, CercleError) or isinstance(error, PluginError):
            logger.error("Request %s failed", scope.get("cercle_request_id"), exc_info=error)
            await _note(error, request)
            error = CercleError(
                i18n.gettext("The mistake is ours and is logged under %(id)s.", id=scope.get("cercle_request_id"))
            )
        elif isinstance(error, NotFound) and request.route is None:
            request = await _with_viewer(request)
        try:
            response = await error_response(request, _translated(error))
        except Exception:
            logger.exception("The page for an error failed")
            response = JSONResponse({"title": error.title, "status": error.status}, error.status)
        await response(scope, receive, send)


async def _note(error: BaseException, request: Request) -> None:
    """The operator reads in the console what a plugin's page did wrong, and where."""
    part: LoadedPart | None = request.scope.get("cercle_part")
    if part is not None and not part.is_foundation:
        text = "".join(traceback.format_exception(error))
        place = f"{request.method} {request.scope['cercle_route']}"
        club_id = request.club.id if request.club else None
        await request.app.hooks.report(HookFault(part.name, place[:80], club_id, error, text))


def _understood(error: BaseException, method: str) -> BaseException:
    """The error in our words where it is the sender's: a form that is none, a value that fits no column."""
    if isinstance(error, MultiPartException):
        return Invalid(i18n.gettext("The form could not be read: %(reason)s", reason=error.message))
    if isinstance(error, OverflowError | ValidationError) or isinstance(error.__cause__, DataError):
        logger.warning("A value fits no column: %s", str(error)[:200])
        return NotFound() if method in SAFE_METHODS else Invalid(i18n.gettext("A value is too long or too large."))
    return error


async def _with_viewer(request: Request) -> Request:
    """A page that does not exist still greets the member as one that is hidden does."""
    with suppress(SignInNeeded):  # a bad token makes nobody of the sender
        request.viewer = await request.app.load_viewer(request)
    return request


def _translated(error: CercleError) -> CercleError:
    """Sentences that were only marked where they were raised (in a child process, say) are translated here."""
    error.title = i18n.gettext(error.title)
    error.message = i18n.gettext(error.message)
    errors = getattr(error, "errors", {})
    for name, texts in errors.items():
        errors[name] = [i18n.gettext(text) for text in texts]
    return error


def _host(scope: Scope) -> str:
    return _hostname(header(scope, b"host"))


@lru_cache(maxsize=256)
def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "") if len(host) < 300 else ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


__all__ = ["BodyLimit", "CrossOriginGuard", "Errors", "HostCheck", "RequestLog"]
