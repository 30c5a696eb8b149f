"""What Cercle is measured against: a bare Starlette application that answers given bytes after one SELECT.

Started as `python -m benchmarks.bare PORT FOLDER`: `FOLDER/page.html`, `FOLDER/api.json` are answered below their names,
`/file` answers `FOLDER/file.bin` with Starlette's own `FileResponse`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route


def make(folder: Path) -> Starlette:
    """The application over a folder."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with aiosqlite.connect(folder / "bare.db") as database:
            await database.execute("CREATE TABLE IF NOT EXISTS page (name TEXT PRIMARY KEY, body BLOB)")
            for path in (*folder.glob("*.html"), *folder.glob("*.json")):
                await database.execute("INSERT OR REPLACE INTO page VALUES (?, ?)", (path.name, path.read_bytes()))
            await database.commit()
            app.state.database = database
            yield

    async def page(request: Request) -> Response:
        name = request.path_params["name"]
        async with request.app.state.database.execute("SELECT body FROM page WHERE name = ?", (name,)) as cursor:
            row = await cursor.fetchone()
        return Response(row[0], media_type="application/json" if name.endswith("json") else "text/html")

    async def file(request: Request) -> Response:
        return FileResponse(folder / "file.bin")

    return Starlette(routes=[Route("/file", file), Route("/{name}", page)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(make(Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
