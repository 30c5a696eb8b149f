"""`cercle maintenance on|off|status`: closing the site for everybody but operators, and opening it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from core.maintenance import LONGEST, MOST_MINUTES, close_site, open_site, read_closure

if TYPE_CHECKING:
    from core.app import Cercle

maintenance_commands = typer.Typer(help="Close the site for a while; operators still come in.")


@maintenance_commands.command("on", epilog='Example: cercle maintenance on --minutes 20 --message "New discs."')
def on(
    minutes: Annotated[int, typer.Option(min=1, max=MOST_MINUTES, help="How long it is likely to take.")] = 30,
    message: Annotated[str, typer.Option(help=f"What people read besides; at most {LONGEST} characters.")] = "",
) -> None:
    """Close the site; running processes notice within seconds. It stays closed until it is opened."""
    from core.cli import run

    run(_on, minutes, message)


@maintenance_commands.command("off", epilog="Example: cercle maintenance off")
def off() -> None:
    """Open the site again."""
    from core.cli import run

    run(_off)


@maintenance_commands.command("status", epilog="Example: cercle maintenance status")
def status() -> None:
    """Print whether the site is closed, until when it is likely to be, and what people read."""
    from core.cli import run

    run(_status)


async def _on(app: Cercle, minutes: int, message: str) -> None:
    from core.cli import say

    await close_site(minutes=minutes, message=message, actor=None)
    say("the site is closed for everybody but operators; open it again with: cercle maintenance off")


async def _off(app: Cercle) -> None:
    from core.cli import say

    await open_site(actor=None)
    say("the site is open")


async def _status(app: Cercle) -> None:
    closure = await read_closure()
    typer.echo("open" if closure is None else f"closed\t{closure.until:%Y-%m-%d %H:%M} UTC\t{closure.message}".rstrip())
