"""Table of contents of the engine: whether it lives, what it counts, what its API is."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from starlette.responses import JSONResponse, PlainTextResponse, Response

from core import db, live, pwa, styleguide
from core.api import openapi
from core.errors import NotFound
from core.http import Request, Route
from core.i18n import LANGUAGES
from core.languages import language_routes
from core.permissions import OPERATE, SIGNED_IN


async def healthz(request: Request) -> Response:
    """Whether the process lives."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Whether it can serve: the database answers."""
    try:
        await asyncio.wait_for(db.rows("SELECT 1 AS one"), 2)
    except Exception:  # noqa: BLE001 - whatever keeps it from answering, it is not ready
        return PlainTextResponse("the database does not answer\n", 503)
    return PlainTextResponse("ok\n")


async def metrics(request: Request) -> Response:
    """Counters in the text format of Prometheus; hooks only, no names of people or clubs."""
    hooks = request.app.hooks
    lines = ["# TYPE cercle_hook_calls counter"]
    lines += [f'cercle_hook_calls{{plugin="{p}",hook="{h}"}} {n}' for (p, h), n in sorted(hooks.calls.items())]
    lines.append("# TYPE cercle_hook_faults counter")
    lines += [f'cercle_hook_faults{{plugin="{p}",hook="{h}"}} {n}' for (p, h), n in sorted(hooks.faults.items())]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def openapi_document(request: Request) -> Response:
    """The OpenAPI 3.1 document of what is installed."""
    return JSONResponse(openapi(request.app))


async def security_txt(request: Request) -> Response:
    """Where to report a weakness (RFC 9116); nothing where the operator names no contact."""
    settings = request.app.settings
    if not settings.security_contact:
        raise NotFound()
    lines = {
        "Contact": settings.security_contact,
        "Expires": (datetime.now(UTC) + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z"),
        "Preferred-Languages": ", ".join(LANGUAGES),
        "Canonical": settings.base_url + request.path("core:security_txt"),
    }
    return PlainTextResponse("".join(f"{name}: {value}\n" for name, value in lines.items()))


async def robots_txt(request: Request) -> Response:
    """What search engines may visit (RFC 9309): what is open to everybody; the rest asks them to sign in anyway."""
    closed = ("/account/", "/admin/", "/api/", "/feeds/", "/invitation", "/search", "/sign-up/", "/reset-password")
    return PlainTextResponse("User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed))


site_routes = (
    Route("GET", "/healthz", healthz, "healthz", public=True),
    Route("GET", "/readyz", readyz, "readyz", public=True),
    Route("GET", "/metrics", metrics, "metrics", permission=OPERATE),
    Route("GET", "/api/v1/openapi.json", openapi_document, "openapi", public=True),
    Route("GET", "/styleguide", styleguide.show, "styleguide", SIGNED_IN),
    Route("GET", "/styleguide/tokens", styleguide.tokens, "styleguide.tokens", SIGNED_IN),
    Route("GET", "/styleguide/icons", styleguide.icons, "styleguide.icons", SIGNED_IN),
    Route("GET", "/.well-known/security.txt", security_txt, "security_txt", public=True),
    Route("GET", "/robots.txt", robots_txt, "robots_txt", public=True),
    Route("GET", "/live", live.stream, "live", SIGNED_IN),
    *language_routes,
    Route("GET", "/manifest.webmanifest", pwa.manifest, "manifest", public=True),
    Route("GET", "/service-worker.js", pwa.service_worker, "service_worker", public=True),
    Route("GET", "/offline", pwa.offline, "offline", public=True),
    Route("GET", "/shortcuts", pwa.shortcuts, "shortcuts", public=True),
    Route("GET", "/install", pwa.install, "install", public=True),
)
