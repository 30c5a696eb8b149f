"""Static files of the core, the parts and the theme, below `/static/{part}/`; versioned addresses are cached for a year.

Text goes out small: built files have a `.br` and a `.gz` beside them, style sheets of parts and themes are packed when they
are first asked for. Pages are not packed here: they differ from person to person, and the proxy in front does that.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse
from starlette.staticfiles import StaticFiles as Folder
from starlette.types import Receive, Scope, Send

from core.errors import NotFound

DIST = Path(__file__).parent / "static" / "dist"
"""Where the built front end stands."""
IMMUTABLE = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=300"
PACKED = {"br": ".br", "gzip": ".gz"}
"""Content codings that built files are kept in, the smallest first, with the end of the name."""
TEXT = frozenset({".css", ".js", ".svg", ".json", ".txt", ".webmanifest", ".speculationrules"})
_SMALLEST, _LARGEST = 1_000, 1_000_000
mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("application/speculationrules+json", ".speculationrules")


def read_manifest() -> dict[str, str]:
    """Names of the built front-end files by their source names; empty before the first build."""
    path = DIST / "manifest.json"
    return json.loads(path.read_text()) if path.is_file() else {}


class StaticFiles:
    """Serves `/static/{part}/{path}`.

    Args:
        folders: the `static/` folder of each part by its name.
        others: finds the folder of a name that is not among them: a theme's, which may come while the site runs.
    """

    def __init__(self, folders: Mapping[str, Path], others: Callable[[str], Path | None] = lambda name: None) -> None:
        self._folders = {name: Folder(directory=path) for name, path in folders.items() if path.is_dir()}
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        part, _, path = scope["path"].removeprefix("/static/").partition("/")
        folder = self._folders.get(part) or self._other(part)
        if folder is None or scope["method"] not in ("GET", "HEAD"):
            raise NotFound()
        response = await _answer(folder, path, scope)
        self._cache(response, scope, path)
        await response(scope, receive, send)

    def _other(self, name: str) -> Folder | None:
        path = self._others(name)
        return Folder(directory=path) if path is not None and path.is_dir() else None

    @staticmethod
    def _cache(response: Response, scope: Scope, path: str) -> None:
        versioned = path.startswith("dist/") or b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = IMMUTABLE if versioned else A_WHILE


async def _answer(folder: Folder, path: str, scope: Scope) -> Response:
    """The file in the smallest form that the browser takes and that there is."""
    if Path(path).suffix not in TEXT:
        return await _file(folder, path, scope)
    taken = _codings(Headers(scope=scope).get("accept-encoding", ""))
    for coding in taken:
        try:
            return _described(await _file(folder, path + PACKED[coding], scope), path, coding)
        except NotFound:
            continue
    plain = await _file(folder, path, scope)
    if "gzip" in taken and isinstance(plain, FileResponse):
        plain = _packed(plain, folder, scope, path)
    plain.headers["Vary"] = "Accept-Encoding"
    return plain


async def _file(folder: Folder, path: str, scope: Scope) -> Response:
    try:
        return await folder.get_response(path, scope)
    except HTTPException:
        raise NotFound() from None


def _codings(accepted: str) -> tuple[str, ...]:
    """Those of ours that an `Accept-Encoding` takes; one with `q=0` is refused (RFC 9110, section 12.5.3)."""
    words = (word.partition(";") for word in accepted.lower().split(","))
    names = {name.strip() for name, _, quality in words if quality.replace(" ", "").strip("q=.0") or "=" not in quality}
    return tuple(coding for coding in PACKED if coding in names)


def _described(response: Response, path: str, coding: str) -> Response:
    """What the packed file is, once it is unpacked."""
    response.headers["Vary"] = "Accept-Encoding"
    if response.status_code != 304:
        response.headers["Content-Encoding"] = coding
        response.headers["Content-Type"] = _content_type(path)
    return response


def _packed(plain: FileResponse, folder: Folder, scope: Scope, path: str) -> Response:
    """A file that was not built, packed; as it is when that is not worth it."""
    size = plain.stat_result.st_size if plain.stat_result else 0
    if not _SMALLEST <= size <= _LARGEST:
        return plain
    tag = f'{plain.headers["etag"].rstrip(chr(34))}-gz"'
    content = _pack(str(plain.path), tag)
    response = _described(Response(content, headers={"ETag": tag}), path, "gzip")
    if folder.is_not_modified(response.headers, Headers(scope=scope)):
        return NotModifiedResponse(response.headers)
    return response


@lru_cache(maxsize=64)
def _pack(path: str, tag: str) -> bytes:
    """The packed file; the tag changes with it."""
    return gzip.compress(Path(path).read_bytes(), 9, mtime=0)


def _content_type(path: str) -> str:
    found = mimetypes.guess_type(path)[0] or "text/plain"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


@lru_cache(maxsize=256)
def static_version(folder: Path | None) -> str:
    """The edition of a part's static files, looked at once."""
    return edition_of(folder) if folder is not None and folder.is_dir() else "0"


def edition_of(folder: Path) -> str:
    """A short word that changes when one of the files below the folder does."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "dist" not in path.parts)
    facts = "".join(f"{path.name}{path.stat().st_size}{path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(facts.encode()).hexdigest()[:10]
