"""`cercle token …`: tokens for scripts and app passwords, made, listed and revoked on the machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from core.accounts.models import User
from core.accounts.queries import known_user, tokens_of
from core.accounts.services import create_token, revoke_token
from core.app import Cercle
from core.errors import NotFound

tokens = typer.Typer(help="API tokens and app passwords.")

Address = Annotated[str, typer.Argument(help="The address of who it acts for.")]


@tokens.command("create", epilog='Example: cercle token create ada@example.org --name "Night import" --days 30')
def create_api_token(
    email: Address,
    name: Annotated[str, typer.Option(help="What it is for.")] = "cercle token create",
    days: Annotated[int | None, typer.Option(min=1, help="How long it works; for ever unless given.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, write, or for one part wiki:read, wiki:write; read and write unless given."),
    ] = None,
    club: Annotated[list[str] | None, typer.Option(help="Address of a club; all of theirs unless given.")] = None,
    app: Annotated[bool, typer.Option("--app", help="An app password, for HTTP Basic.")] = False,
) -> None:
    """Print a new API token or app password, and nothing else, on standard output."""
    from core.cli import run

    run(_create, email, name, days, tuple(scope or ("read", "write")), tuple(club or ()), "app" if app else "api")


@tokens.command("list", epilog="Example: cercle token list ada@example.org")
def list_tokens(email: Address) -> None:
    """Print the tokens that work, one on a line: number, kind, last characters, scopes, last used, name."""
    from core.cli import run

    run(_list, email)


@tokens.command("revoke", epilog="Example: cercle token revoke ada@example.org 17")
def revoke(email: Address, number: Annotated[int, typer.Argument(help="As `cercle token list` shows it.")]) -> None:
    """End a token at once."""
    from core.cli import run

    run(_revoke, email, number)


async def account_of(email: str) -> User:
    """The account with this address.

    Raises:
        NotFound: when there is none.
    """
    user = await known_user(email)
    if user is None:
        raise NotFound(f"There is no account with the address {email}")
    return user


async def _create(
    app: Cercle, email: str, name: str, days: int | None, scopes: Sequence[str], slugs: Sequence[str], kind: str
) -> None:
    user = await account_of(email)
    wanted = scopes if "write" not in scopes or "read" in scopes else ("read", *scopes)
    clubs = await _clubs(app, user, slugs) if slugs else ()
    typer.echo(await create_token(user, name=name, scopes=wanted, days=days, clubs=clubs, kind=kind))


async def _clubs(app: Cercle, user: User, slugs: Sequence[str]) -> list[int]:
    theirs = {club.slug: club.id for club in await app.hooks.first("person_clubs", user=user) or ()}
    if missing := [slug for slug in slugs if slug not in theirs]:
        raise NotFound(f"{user.name} belongs to no club with the address {', '.join(missing)}")
    return [theirs[slug] for slug in slugs]


async def _list(app: Cercle, email: str) -> None:
    for token in await tokens_of(await account_of(email)):
        seen = f"{token.seen_at:%Y-%m-%d}" if token.seen_at else "never"
        typer.echo(f"{token.id}\t{token.kind}\t…{token.ending}\t{token.scopes}\t{seen}\t{token.name}")


async def _revoke(app: Cercle, email: str, number: int) -> None:
    from core.cli import say

    user = await account_of(email)
    if not await revoke_token(user, number):
        raise NotFound(f"{user.name} has no token {number}")
    say(f"Token {number} of {user.name} has ended")
