"""What makes the site an app on a phone: its manifest, its service worker, the page without a connection, and help pages."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from core import i18n
from core.accounts.viewer import ANONYMOUS
from core.assets import DIST
from core.http import Request
from core.i18n import gettext

if TYPE_CHECKING:
    from core.app import Cercle

MANIFEST = "application/manifest+json"
ASK_AGAIN = "no-cache"
PRECACHED = ("app.css", "app.js", "favicon.svg", "icons.svg", "literata-latin-wght-normal.woff2")
_PICTURES = tuple((kind, size) for kind in ("any", "maskable") for size in (192, 512))


async def manifest(request: Request) -> Response:
    """The web app manifest (W3C), in the language of the browser."""
    app = request.app
    paper, _ = app.pages.paper
    facts = {
        "id": "/",
        "name": app.settings.site_name,
        "short_name": app.settings.site_name,
        "description": gettext("The clubs you belong to, on this device."),
        "lang": i18n.language(),
        "dir": "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": paper,
        "theme_color": paper,
        "categories": ["productivity", "social"],
        "icons": [_picture(app, *kind_and_size) for kind_and_size in _PICTURES],
        "shortcuts": _shortcuts(request),
        "share_target": _share_target(request),
    }
    kept = {name: value for name, value in facts.items() if value is not None}
    headers = {"Cache-Control": ASK_AGAIN, "Vary": "Accept-Language, Cookie"}
    return JSONResponse(kept, headers=headers, media_type=MANIFEST)


async def service_worker(request: Request) -> Response:
    """The service worker of the whole site, with the list of what it keeps; another list makes another worker."""
    headers = {"Cache-Control": ASK_AGAIN, "Service-Worker-Allowed": "/"}
    return Response(_worker(request.app), headers=headers, media_type="text/javascript")


async def offline(request: Request) -> Response:
    """The page that is shown without a connection. It is kept on the device, so it holds nothing of anybody."""
    request.viewer = ANONYMOUS
    asked = request.query_params.get("lang", "")
    i18n.use(asked if asked in i18n.LANGUAGES else i18n.language())
    response = await request.page("offline.html")
    response.headers.update({"Cache-Control": ASK_AGAIN, "Content-Language": i18n.language()})
    return response


async def shortcuts(request: Request) -> Response:
    """What the keyboard can do; scripts show the same words in a dialog."""
    letters = [(one.part.shortcut, gettext(one.part.title)) for one in request.app.parts.plugins if one.part.shortcut]
    return await request.page("shortcuts.html", letters=letters if request.viewer.is_authenticated else [])


async def install(request: Request) -> Response:
    """How the site is put on a home screen."""
    return await request.page("install.html")


def _picture(app: Cercle, purpose: str, size: int) -> dict[str, str]:
    source = app.pages.asset(f"icons/{purpose}-{size}.png")
    return {"src": source, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _shortcuts(request: Request) -> list[dict[str, str]]:
    """What a long press on the icon offers: what there is on this site, for everybody."""
    offered = (
        ("search:index", gettext("Search")),
        ("spaces:share", gettext("New")),
        ("spaces:clubs", gettext("Clubs")),
    )
    return [{"name": name, "url": request.path(route)} for route, name in offered if request.app.urls.has(route)]


def _share_target(request: Request) -> dict[str, Any] | None:
    """Where the device sends what its owner shares (W3C Web Share Target)."""
    if not request.app.urls.has("spaces:share"):
        return None
    words = {"title": "title", "text": "text", "url": "url", "files": [{"name": "files", "accept": ["*/*"]}]}
    return {"action": request.path("spaces:share"), "method": "POST", "enctype": "multipart/form-data", "params": words}


def _address(app: Cercle, name: str) -> str:
    return app.urls.path(name) if app.urls.has(name) else ""


def _worker(app: Cercle) -> str:
    """The worker with its facts in front. Its version changes with every file that it keeps."""
    theme = app.appearance.theme
    files = [app.pages.asset(name) for name in PRECACHED if name in app.assets]
    files += [theme.address(sheet) for sheet in theme.stylesheets]
    code = _built(DIST / app.assets.get("service-worker.js", "service-worker.js"))
    version = hashlib.sha256("\n".join([*sorted(app.assets.values()), *files, code]).encode()).hexdigest()[:12]
    share = _address(app, "spaces:share")
    facts = {"version": version, "files": files, "offline": _address(app, "core:offline"), "share": share}
    return f"self.CERCLE = {json.dumps(facts)};\n{code}"


@lru_cache(maxsize=4)
def _built(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
