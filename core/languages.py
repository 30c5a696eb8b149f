"""The language of a visitor: what they chose here, else what their browser asks for, else the site's. Members have a setting."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core import i18n
from core.errors import Invalid
from core.forms import Input, read_form
from core.http import Request, Route, header, local_path, see_other, set_cookie

COOKIE = "language"
_YEAR = 365 * 86_400  # seconds


class Language:
    """Speaks the visitor's language until the door knows the member's."""

    def __init__(self, inner: ASGIApp, default: str) -> None:
        self.inner, self.default = inner, default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            i18n.use(self._chosen(scope) or i18n.negotiate(header(scope, b"accept-language")[:300], self.default))
        await self.inner(scope, receive, send)

    def _chosen(self, scope: Scope) -> str | None:
        raw = header(scope, b"cookie")
        chosen = cookie_parser(raw).get(COOKIE, "") if COOKIE in raw else ""
        return chosen if chosen in i18n.LANGUAGES else None


class LanguageInput(Input):
    """The language that somebody wants to read."""

    language: str


async def choose(request: Request) -> Response:
    """Remember a language in this browser, and go back to the page on which it was chosen."""
    form = await read_form(request, LanguageInput)
    if form.input is None or form.input.language not in i18n.LANGUAGES:
        raise Invalid(i18n.gettext("Please choose one of the listed values."))
    response = see_other(_where_from(request))
    set_cookie(request, response, COOKIE, form.input.language, seconds=_YEAR)
    return response


def _where_from(request: Request) -> str:
    """The path of the page before; the browser names it to its own site only."""
    before = urlsplit(request.headers.get("referer", ""))
    return local_path(before.path + (f"?{before.query}" if before.query else ""))


language_routes = (Route("POST", "/language", choose, "language", public=True),)
