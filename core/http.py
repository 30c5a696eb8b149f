"""Requests, routes and doors: from an address to a view, and from an error to a page or a problem+json.

Every route names its permission or says that it is public; a route that says neither does not start. A *door* decides
whether a request may come in: the core has one for the site, `spaces.gate` has the one for clubs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, urlencode

from starlette.convertors import Convertor
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, compile_path
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from core.accounts.viewer import ANONYMOUS, Viewer
from core.errors import CercleError, Forbidden, NotFound, PluginError, SignInNeeded, TooLarge, TooMany
from core.i18n import filesize, gettext
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
    route: Route | None = None

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

    def path(self, name: str, **params: object) -> str:
        """The address of a named route; `club` defaults to the one at hand."""
        if self.club is not None:
            params.setdefault("club", self.club.slug)
        return self.app.urls.path(name, **params)

    async def page(self, template: str, status_code: int = 200, **context: Any) -> Response:
        """Answer with a rendered template."""
        return await self.app.pages.respond(self, template, context, status_code)

    def redirect(self, name: str, **params: object) -> Response:
        """Send the browser to a named route with GET (303), as after every successful submit."""
        return see_other(self.path(name, **params))

    def flash(self, text: str, kind: str = "success") -> None:
        """Show a message on the next page."""
        self.scope.setdefault("cercle_flash", []).append((kind, text))


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


class Endpoint:
    """The ASGI application behind one route: through the door, then the view."""

    def __init__(self, route: Route, part: LoadedPart, door: Door) -> None:
        self.route, self.part, self.door = route, part, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        request.route = self.route
        scope["cercle_request"] = request
        await self.door.enter(request, self.part, self.route)
        if self.route.streams:
            scope["cercle_streams"] = True
        elif scope.get("cercle_body_too_large"):
            raise TooLarge(
                gettext("At most %(size)s can be sent at once.", size=filesize(scope["cercle"].settings.max_body))
            )
        response = await self.route.view(request)
        await response(scope, receive, send)


@dataclass(slots=True)
class _Table:
    """The routes of one part behind one prefix."""

    routes: list[StarletteRoute]


class Router:
    """Finds the endpoint for a path: first the part by its prefix, then the route within the part.

    Routes of the site have no common prefix and come last.
    """

    def __init__(self) -> None:
        self._tables: dict[tuple[str, str], _Table] = {}
        self._site: list[StarletteRoute] = []
        self._mounts: list[tuple[str, Any]] = []
        self._club_prefixes: list[tuple[re.Pattern[str], str]] = []

    def mount(self, prefix: str, app: Any) -> None:
        """Hand everything below a fixed prefix to an ASGI application."""
        self._mounts.append((prefix, app))

    def add(self, prefix: str, part: LoadedPart, routes: Sequence[Route], door: Door) -> None:
        """Add the routes of a part below a prefix that may hold parameters.

        Raises:
            PluginError: for a route that declares neither a permission nor `public=True`, or shadows another.
        """
        made = [self._make(prefix, route, part, door) for route in routes]
        key = _key(prefix)
        if key is None:
            self._site += made
            return
        self._tables.setdefault(key, _Table([])).routes.extend(made)

    def remove(self, part: str) -> None:
        """Take out every route of a part that turned out to be broken."""
        for table in [*self._tables.values()]:
            table.routes = [route for route in table.routes if _endpoint(route).part.name != part]
        self._site = [route for route in self._site if _endpoint(route).part.name != part]

    def all(self) -> list[tuple[str, LoadedPart, Route, Door]]:
        """Every route with its full path, for tests, documentation and the gate walk."""
        made = [route for table in self._tables.values() for route in table.routes] + self._site
        ends = [(route.path, _endpoint(route)) for route in made]
        return [(path, end.part, end.route, end.door) for path, end in ends]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, app in self._mounts:
            if path.startswith(prefix):
                await app(scope, receive, send)
                return
        scope["root_path"] = ""
        allowed: set[str] = set()
        for route in self._candidates(path):
            match, child = route.matches(scope)
            if match is Match.FULL:
                scope.update(child)
                await route.endpoint(scope, receive, send)
                return
            if match is Match.PARTIAL:
                allowed |= set(route.methods or ())
        if allowed:
            await self._wrong_method(path, scope, receive, send, allowed)
            return
        if await self._add_slash(path, scope, receive, send):
            return
        raise NotFound()

    def _candidates(self, path: str) -> Sequence[StarletteRoute]:
        segments = path.split("/")
        for depth, start in ((4, 3), (6, 5)):
            if len(segments) >= depth:
                table = self._tables.get((segments[1] if depth == 4 else "/".join(segments[1:4]), segments[start]))
                if table is not None:
                    return table.routes
        return self._site

    async def _wrong_method(self, path: str, scope: Scope, receive: Receive, send: Send, allowed: set[str]) -> None:
        headers = {"Allow": ", ".join(sorted(allowed))}
        await JSONResponse(
            {"type": "about:blank", "title": "Method Not Allowed", "status": 405},
            405,
            headers,
            media_type="application/problem+json",
        )(scope, receive, send)

    async def _add_slash(self, path: str, scope: Scope, receive: Receive, send: Send) -> bool:
        if path.endswith("/") or scope["method"] not in ("GET", "HEAD") or path.startswith("/api/"):
            return False
        probe = {**scope, "path": path + "/", "path_params": {}}
        for route in self._candidates(path + "/"):
            match, child = route.matches(probe)
            if match is not Match.FULL:
                continue
            # through the door first, so that a plugin that is off is as absent without the slash as with it
            behind: Any = route.endpoint
            await behind.door.enter(Request({**probe, **child}, receive, send), behind.part, behind.route)
            query = scope.get("query_string", b"").decode("latin-1")
            answer = RedirectResponse(quote(path) + "/" + (f"?{query}" if query else ""), HTTPStatus.TEMPORARY_REDIRECT)
            await answer(scope, receive, send)
            return True
        return False

    @staticmethod
    def _make(prefix: str, route: Route, part: LoadedPart, door: Door) -> StarletteRoute:
        if route.permission is None and not route.public:
            raise PluginError(
                f"Route {route.methods} {route.path} names no permission; give one, or public=True", plugin=part.name
            )
        endpoint = Endpoint(route, part, door)
        return StarletteRoute(
            prefix + route.path, endpoint, methods=route.method_list, name=f"{part.name}:{route.name}"
        )


def _endpoint(route: StarletteRoute) -> Endpoint:
    return cast(Endpoint, route.endpoint)


def _key(prefix: str) -> tuple[str, str] | None:
    """Where the table of a prefix like `/c/{club}/wiki` is found: by its first segments and the part's."""
    segments = prefix.split("/")
    if len(segments) == 4 and segments[2].startswith("{"):
        return segments[1], segments[3]
    if len(segments) == 6 and segments[4].startswith("{"):
        return "/".join(segments[1:4]), segments[5]
    return None


class Urls:
    """Addresses of named routes."""

    def __init__(self) -> None:
        self._paths: dict[str, tuple[str, dict[str, Convertor[Any]]]] = {}

    def add(self, name: str, path: str) -> None:
        """Remember the path of a route; of several with one name the first wins."""
        if name not in self._paths:
            _, template, convertors = compile_path(path)
            self._paths[name] = (template, convertors)

    def has(self, name: str) -> bool:
        """Whether there is a route of this name."""
        return name in self._paths

    def path(self, name: str, **params: object) -> str:
        """The address of a route; parameters that are not in its path become the query.

        Raises:
            LookupError: for an unknown name or a missing parameter, which is a mistake in a template or view.
        """
        if name not in self._paths:
            raise LookupError(f"There is no route named {name!r}")
        template, convertors = self._paths[name]
        try:
            values = {key: quote(convertors[key].to_string(_text(params[key], convertors[key]))) for key in convertors}
        except KeyError as error:
            raise LookupError(f"Route {name!r} needs the parameter {error}") from None
        query = {k: v for k, v in params.items() if k not in convertors and k != "club" and v not in (None, "")}
        return template.format(**values) + (f"?{urlencode(query, doseq=True)}" if query else "")


def _text(value: object, convertor: Convertor[Any]) -> Any:
    return value if convertor.regex == "[0-9]+" else str(value)


def see_other(url: str) -> Response:
    """Send the browser on with GET. The address must be our own (see `local_path`)."""
    return RedirectResponse(url, HTTPStatus.SEE_OTHER)


_LOCAL = re.compile(r"^/(?![/\\])[^\\\x00-\x1f\x7f]*$")


def local_path(value: str | None, default: str = "/") -> str:
    """The value when it is a path on this site, else the default; for every `next` that came from outside."""
    return value if value and len(value) < 2000 and _LOCAL.match(value) else default


class SiteDoor:
    """The door to everything that does not belong to one club."""

    prefix = ""
    api_prefix = "/api/v1"

    def __init__(self, load_viewer: Callable[[Request], Awaitable[Viewer]]) -> None:
        self.load_viewer = load_viewer

    async def enter(self, request: Request, part: LoadedPart, route: Route) -> None:
        request.viewer = await self.load_viewer(request)
        require_scope(request.viewer, route, request.method)
        if route.public:
            return
        if not request.viewer.is_authenticated:
            raise SignInNeeded()
        require(request.viewer, route.permission or "")


def require_scope(viewer: Viewer, route: Route, method: str) -> None:
    """Refuse a write with an API token that may only read; every door asks this.

    Raises:
        Forbidden: 403, with the reason.
    """
    if viewer.token_scopes is not None and route.writes(method) and "write" not in viewer.token_scopes:
        raise Forbidden(gettext("This token may only read."))


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
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, SignInNeeded):
        return {"WWW-Authenticate": "Bearer"}
    return {}


async def error_response(request: Request, error: CercleError) -> Response:
    """What a person or a program gets for an error."""
    if request.wants_json:
        return problem(error)
    if isinstance(error, SignInNeeded):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = target if request.method in ("GET", "HEAD") else "/"
        return see_other(f"/sign-in?{urlencode({'next': local_path(wanted)})}")
    response = await request.page(
        "error.html", error.status, status=error.status, title=error.title, detail=error.message, help_url=None
    )
    response.headers.update(_headers(error))
    return response
