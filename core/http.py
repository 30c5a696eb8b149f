"""Requests, routes and doors: from an address to a view, and from an error to a page or a problem+json.

Every route names its permission or says that it is public; a route that says neither does not start. A *door* decides
whether a request may come in: the core has one for the site, `spaces.gate` has the one for clubs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Scope

from core.accounts.viewer import ANONYMOUS, Viewer
from core.errors import CercleError, FactorNeeded, Forbidden, Moved, NotFound, SignInNeeded, TooMany, UnderMaintenance
from core.i18n import gettext
from core.mentions import FindPeople
from core.permissions import Permission, require

if TYPE_CHECKING:
    from core.app import Cercle
    from core.parts import LoadedPart

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[["Request"], Awaitable[Response]]


class Request(StarletteRequest):
    """A request with what the door found out about it."""

    viewer: Viewer = ANONYMOUS
    club: Any = None
    access: Any = None
    find_people: FindPeople | None = None
    explain_absence: Callable[[], Awaitable[Response | None]] | None = None
    route: Route | None = None
    seen_as: Any = None

    @property
    def app(self) -> Cercle:
        """The application."""
        return self.scope["cercle"]  # type: ignore[no-any-return]

    @property
    def wants_json(self) -> bool:
        """Whether errors should be problem+json."""
        return str(self.scope["path"]).startswith("/api/")

    @property
    def is_htmx(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def is_prefetch(self) -> bool:
        """Whether the browser fetches this before anybody asked for it; then nothing may be noted down."""
        return "prefetch" in self.headers.get("sec-purpose", "")

    def path(self, name: str, **params: object) -> str:
        """The address of a named route; `club` defaults to the one at hand."""
        if self.club is not None:
            params.setdefault("club", self.club.slug)
        return self.app.urls.path(name, **params)

    def plugin_title(self, plugin: str) -> str:
        """What a plugin is called here: the name that the club chose for its tab, else its own; "" for one that does not run."""
        return self.app.navigation.title(self, plugin)

    async def page(
        self,
        template: str,
        status_code: int = 200,
        *,
        facts: Hashable | None = None,
        later: Callable[[], Awaitable[Mapping[str, Any]]] | None = None,
        **context: Any,
    ) -> Response:
        """Answer with a rendered template.

        Args:
            template: its address.
            status_code: of the answer.
            facts: everything that the page shows beside its frame; where they are equal, it is not rendered again. None: always.
            later: gives the rest of the context; only called where the page is rendered.
            context: for the template.
        """
        return await self.app.pages.respond(self, template, context, status_code, facts, later)

    def redirect(self, name: str, **params: object) -> Response:
        """Send the browser to a named route with GET (303), as after every successful submit."""
        return see_other(self.path(name, **params))

    async def explained_absence(self) -> Response | None:
        """The way to where it stands why there is nothing here, for who may know; None otherwise."""
        return await self.explain_absence() if self.explain_absence else None

    def flash(
        self, text: str, kind: str = "success", *, undo: str | None = None, fields: Mapping[str, str] | None = None
    ) -> None:
        """Show a message on the next page.

        Args:
            text: what happened.
            kind: `success`, `info`, `warning` or `error`.
            undo: the path that takes it back when something is posted to it; it asks for permission as ever.
                What is itself an undoing has no way back.
            fields: what is posted there.
        """
        undo = f"{undo}?undone=1" if undo and "undone" not in self.query_params else None
        self.scope.setdefault("cercle_flash", []).append((kind, text, undo, dict(fields or {})))


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a part's table of contents.

    Args:
        methods: such as `GET` or `GET POST`.
        path: below the part's own prefix, with `{parameters}` in Starlette's form.
        view: `async def view(request) -> Response`.
        name: `resource.action`; addressed as `part:resource.action`.
        permission: what the viewer must be allowed to do; None only together with `public`.
        public: True when the door lets everybody in who may know of the club.
        streams: True when the view reads the body itself, so that the general body limit does not apply.
        reads: True when a method that usually writes changes nothing (a preview), so that `read_only` lets it pass.
    """

    methods: str
    path: str
    view: View
    name: str
    permission: Permission | str | None = None
    public: bool = False
    streams: bool = False
    reads: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def method_list(self) -> list[str]:
        """The methods, one by one."""
        return self.methods.split()

    def writes(self, method: str) -> bool:
        """Whether this method on this route changes something."""
        return method not in SAFE_METHODS and not self.reads


class Door(Protocol):
    """Where requests come in. `prefix` may hold `{part}` and other parameters."""

    prefix: str
    api_prefix: str

    async def enter(self, request: Request, part: LoadedPart, route: Route) -> None:
        """Set `request.viewer` (and `request.club`), or raise NotFound, SignInNeeded or Forbidden."""


def header(scope: Scope, name: bytes) -> str:
    """The first header of this lower-case name, "" when there is none; for middleware, which looks at single ones."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""


def see_other(url: str) -> Response:
    """Send the browser on with GET. The address must be our own (see `local_path`)."""
    return RedirectResponse(url, HTTPStatus.SEE_OTHER)


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int) -> None:
    """Give the browser a cookie as all of ours are: for this site alone, over https alone where it has that, closed to scripts.

    Args:
        seconds: how long it is kept; 0 takes it away.
    """
    secure = request.app.settings.is_secure
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")


def local_path(value: str | None, default: str = "/") -> str:
    """The value when it is a path on this site, else the default; for every `next` that came from outside."""
    return value if value and len(value) < 2000 and _LOCAL.fullmatch(value) else default


class SiteDoor:
    """The door to everything that does not belong to one club."""

    prefix = ""
    api_prefix = "/api/v1"

    def __init__(self, load_viewer: Callable[[Request], Awaitable[Viewer]]) -> None:
        self.load_viewer = load_viewer

    async def enter(self, request: Request, part: LoadedPart, route: Route) -> None:
        request.viewer = await self.load_viewer(request)
        require_scope(request.viewer, part, route, request.method)
        if route.public:
            return
        if not request.viewer.is_authenticated:
            raise SignInNeeded()
        require(request.viewer, route.permission or "")


def require_scope(viewer: Viewer, part: LoadedPart, route: Route, method: str, *, club: int | None = None) -> None:
    """Refuse what a token's scopes do not hold; every door asks this. What only describes the site is open to every token.

    Args:
        viewer: who asks.
        part: whose route it is.
        route: the route.
        method: of the request.
        club: the id of the club that the door leads to; None for the site, where a token of some clubs changes nothing.

    Raises:
        Forbidden: 403, with the reason.
    """
    writing = route.writes(method)
    if viewer.token_clubs is not None and club is None and writing:
        raise Forbidden(gettext("This token is for some clubs only."))
    if viewer.may_use(part.name, writing=writing) or (part.name == "core" and route.public and not writing):
        return
    if writing and viewer.may_use(part.name):
        raise Forbidden(gettext("This token may only read."))
    raise Forbidden(gettext("This token is not for %(part)s.", part=gettext(part.part.title)))


def problem(error: CercleError) -> Response:
    """The error as problem+json (RFC 9457)."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "detail": error.message,
    }
    if errors := getattr(error, "errors", None):
        body["errors"] = errors
    body.update(error.extra)
    return JSONResponse(body, error.status, _headers(error), media_type="application/problem+json")


def _headers(error: CercleError) -> dict[str, str]:
    if isinstance(error, TooMany | UnderMaintenance):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, SignInNeeded):
        return {"WWW-Authenticate": "Bearer"}
    return {}


async def error_response(request: Request, error: CercleError) -> Response:
    """What a person or a program gets for an error."""
    if isinstance(error, Moved):
        return RedirectResponse(error.location, error.status, {"Cache-Control": "private, no-store"})
    if request.wants_json:
        return problem(error)
    if isinstance(error, SignInNeeded) and request.seen_as is not None:
        error = Forbidden(gettext("Somebody who is not signed in is asked to sign in here."))
    if isinstance(error, SignInNeeded):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = target if request.method in ("GET", "HEAD") else "/"
        return see_other(f"/sign-in?{urlencode({'next': local_path(wanted)})}")
    if isinstance(error, NotFound) and request.method in SAFE_METHODS and (led := await request.explained_absence()):
        return led
    if isinstance(error, FactorNeeded):
        return await _lead_to_factor(request, error)
    if isinstance(error, UnderMaintenance):
        return await _tell_of_maintenance(request, error)
    response = await request.page(
        "error.html", error.status, status=error.status, title=error.title, detail=error.message, help_url=None
    )
    response.headers.update(_headers(error))
    return response


async def _lead_to_factor(request: Request, error: FactorNeeded) -> Response:
    """To where the person sets up or gives a second factor: at once for the site, with a word before for a club."""
    wanted = local_path(request.url.path) if request.method in ("GET", "HEAD") else "/"
    where = request.path("accounts:proof" if request.viewer.has_factor else "accounts:second_factor", next=wanted)
    if not error.club:
        return see_other(where)
    return await request.page("accounts/second_factor/needed.html", error.status, club_name=error.club, where=where)


async def _tell_of_maintenance(request: Request, error: UnderMaintenance) -> Response:
    """A page that shows nothing of the site, and where operators sign in."""
    request.viewer, request.club, request.access = ANONYMOUS, None, None
    until = error.until if error.until > datetime.now(UTC) else None
    response = await request.page("maintenance.html", error.status, title=error.title, said=error.said, until=until)
    response.headers.update(_headers(error))
    return response
