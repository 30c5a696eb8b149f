"""Static files of the core, the parts and the theme, below `/static/{part}/`; versioned addresses are cached for a year."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles as Folder
from starlette.types import Receive, Scope, Send

from core.errors import NotFound

IMMUTABLE = "public, max-age=31536000, immutable"
A_WHILE = "public, max-age=300"


class StaticFiles:
    """Serves `/static/{part}/{path}`.

    Args:
        folders: the `static/` folder of each part by its name.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = {name: Folder(directory=path) for name, path in folders.items() if path.is_dir()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        part, _, path = scope["path"].removeprefix("/static/").partition("/")
        folder = self._folders.get(part)
        if folder is None or scope["method"] not in ("GET", "HEAD"):
            raise NotFound()
        try:
            response = await folder.get_response(path, scope)
        except HTTPException:
            raise NotFound() from None
        if response.status_code == 404:
            raise NotFound()
        self._cache(response, scope, path)
        await response(scope, receive, send)

    @staticmethod
    def _cache(response: Response, scope: Scope, path: str) -> None:
        versioned = path.startswith("dist/") or b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = IMMUTABLE if versioned else A_WHILE


@lru_cache(maxsize=256)
def static_version(folder: Path | None) -> str:
    """A short word that changes when one of the files below the folder does."""
    if folder is None or not folder.is_dir():
        return "0"
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "dist" not in path.parts)
    facts = "".join(f"{path.name}{path.stat().st_size}{path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(facts.encode()).hexdigest()[:10]
