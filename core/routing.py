"""From an address to the endpoint behind it, and from a route's name to its address."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote, urlencode

from starlette.convertors import Convertor
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Match, compile_path
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from core.accounts.acting import mind_acting
from core.accounts.factor_policy import require_factor
from core.accounts.parting import mind_leaving
from core.errors import CercleError, NotFound, PluginError, TooLarge
from core.http import Door, Request, Route
from core.i18n import filesize, gettext
from core.loading.route_checks import refuse_hidden
from core.maintenance import refuse_while_closed
from core.parts import LoadedPart

LARGEST_ID = 2**53  # what every database, and JSON in a browser, can hold (RFC 8259, 6)


class Endpoint:
    """The ASGI application behind one route: through the door, then the view."""

    def __init__(self, path: str, route: Route, part: LoadedPart, door: Door) -> None:
        self.path, self.route, self.part, self.door = path, route, part, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if any(isinstance(value, int) and value > LARGEST_ID for value in scope["path_params"].values()):
            raise NotFound()
        request = Request(scope, receive, send)
        request.route = self.route
        scope["cercle_request"] = request
        scope["cercle_route"], scope["cercle_part"] = self.path, self.part
        await self.enter(request)
        if away := mind_leaving(request, self.part, self.route):
            await away(scope, receive, send)
            return
        if request.viewer.operator_id is not None:
            await mind_acting(request, self.part, self.route)
        await require_factor(request.viewer, self.part, self.route)
        if self.route.streams:
            scope["cercle_streams"] = True
        elif scope.get("cercle_body_too_large"):
            raise TooLarge(
                gettext("At most %(size)s can be sent at once.", size=filesize(scope["cercle"].settings.max_body))
            )
        response = await self.route.view(request)
        await response(scope, receive, send)

    async def enter(self, request: Request) -> None:
        """Through the door. While the site is closed, nobody but operators learns what the door answers."""
        try:
            await self.door.enter(request, self.part, self.route)
        except CercleError:
            refuse_while_closed(request.viewer, self.part, self.route)
            raise
        refuse_while_closed(request.viewer, self.part, self.route)


class Router:
    """Finds the endpoint for a path: first the shelf by the fixed segments of the path, then the route on it.

    A part's routes share a shelf (`/c/…/wiki`, `/api/v1/clubs/…/wiki`, `/admin`), so that the number of parts does not count.
    """

    def __init__(self) -> None:
        self._shelves: dict[tuple[str, ...], list[StarletteRoute]] = {}
        self._mounts: list[tuple[str, ASGIApp]] = []

    def mount(self, prefix: str, app: ASGIApp) -> None:
        """Hand everything below a fixed prefix to an ASGI application."""
        self._mounts.append((prefix, app))

    def add(self, prefix: str, part: LoadedPart, routes: Sequence[Route], door: Door) -> None:
        """Add the routes of a part below a prefix that may hold parameters.

        Raises:
            PluginError: for a route that declares neither a permission nor `public=True`, or that no request can reach.
        """
        mounts = [prefix for prefix, _ in self._mounts]
        for made in [_make(prefix, route, part, door) for route in routes]:
            shelf = self._shelves.setdefault(_shelf(made.path), [])
            refuse_hidden(made, shelf, mounts, part=part.name)
            shelf.append(made)

    def remove(self, part: str) -> None:
        """Take out every route of a part that turned out to be broken."""
        for shelf, routes in self._shelves.items():
            self._shelves[shelf] = [route for route in routes if _endpoint(route).part.name != part]

    def all(self) -> list[tuple[str, LoadedPart, Route, Door]]:
        """Every route with its full path, for tests, documentation and the gate walk."""
        made = [(route.path, _endpoint(route)) for routes in self._shelves.values() for route in routes]
        return [(path, end.part, end.route, end.door) for path, end in made]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if "\x00" in path or b"%00" in scope.get("query_string", b""):
            raise NotFound()  # nothing has such an address, and PostgreSQL cannot even look for one
        for prefix, app in self._mounts:
            if path.startswith(prefix):
                await app(scope, receive, send)
                return
        scope["root_path"] = ""
        allowed: set[str] = set()
        for route in self._shelves.get(_shelf(path), ()):
            match, child = route.matches(scope)
            if match is Match.FULL:
                scope.update(child)
                await route.endpoint(scope, receive, send)
                return
            if match is Match.PARTIAL:
                allowed |= set(route.methods or ())
        if allowed:
            await self._wrong_method(scope, receive, send, allowed)
            return
        if await self._add_slash(path, scope, receive, send):
            return
        raise NotFound()

    async def _wrong_method(self, scope: Scope, receive: Receive, send: Send, allowed: set[str]) -> None:
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
        for route in self._shelves.get(_shelf(path + "/"), ()):
            match, child = route.matches(probe)
            if match is not Match.FULL:
                continue
            # through the door first, so that a plugin that is off is as absent without the slash as with it
            behind: Any = route.endpoint
            await behind.enter(Request({**probe, **child}, receive, send))
            query = scope.get("query_string", b"").decode("latin-1")
            answer = RedirectResponse(quote(path) + "/" + (f"?{query}" if query else ""), HTTPStatus.TEMPORARY_REDIRECT)
            await answer(scope, receive, send)
            return True
        return False


def _make(prefix: str, route: Route, part: LoadedPart, door: Door) -> StarletteRoute:
    if route.permission is None and not route.public:
        sentence = f"Route {route.methods} {route.path} names no permission; give one, or public=True"
        raise PluginError(sentence, plugin=part.name)
    endpoint = Endpoint(prefix + route.path, route, part, door)
    return StarletteRoute(endpoint.path, endpoint, methods=route.method_list, name=f"{part.name}:{route.name}")


def _endpoint(route: StarletteRoute) -> Endpoint:
    return cast(Endpoint, route.endpoint)


def _shelf(path: str) -> tuple[str, ...]:
    """The fixed segments by which routes and requests meet: `c` and the third, `api` with its third, for clubs also its fifth, or
    the first.
    """
    segments = path.split("/")
    if segments[1:2] == ["c"]:
        return ("c", *segments[3:4])
    if segments[1:2] == ["api"]:
        return ("api", *segments[3:4], *(segments[5:6] if segments[3:4] == ["clubs"] else ()))
    return tuple(segments[1:2])


class Urls:
    """Addresses of named routes."""

    def __init__(self) -> None:
        self._paths: dict[str, tuple[str, dict[str, Convertor[Any]]]] = {}

    def add(self, name: str, path: str) -> None:
        """Remember the path of a route; of several with one name the first wins."""
        if name not in self._paths:
            _, template, convertors = compile_path(path)
            self._paths[name] = (template, convertors)

    def forget(self, part: str) -> None:
        """Drop the routes of a part that turned out to be broken."""
        self._paths = {name: path for name, path in self._paths.items() if not name.startswith(f"{part}:")}

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
