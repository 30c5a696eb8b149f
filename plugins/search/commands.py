"""`cercle search rebuild`."""

from __future__ import annotations

from typing import Any

import typer

from cercle import Content, progress_bar, run_command
from plugins.search.services.indexing import rebuild as write_anew

searches = typer.Typer(help="The index of the search.")
groups = {"search": searches}


@searches.callback()
def _group() -> None:
    """The index of the search."""


@searches.command(epilog="Example: cercle search rebuild")
def rebuild() -> None:
    """Write the whole index anew, while it goes on answering. Can be stopped and called again."""
    run_command(_rebuild)


async def _rebuild(app: Any) -> None:
    with progress_bar() as bar:
        task = bar.add_task("search", total=await Content.all().count(), name="")
        await write_anew(lambda many: bar.advance(task, many))
