"""`cercle user …`. Passwords and keys are asked for or read from standard input, never taken as arguments."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.accounts.provider_commands import providers
from core.accounts.services import (
    change_password,
    create_user,
    erase_person,
    export_person,
    promote,
    reasons_to_stay,
    reset_link,
)
from core.accounts.services.factor_reset import reset_factors as remove_factors
from core.accounts.services.operators import sign_out, sign_out_everybody
from core.accounts.token_commands import account_of, tokens
from core.app import Cercle
from core.errors import Invalid

users = typer.Typer(help="Accounts.")
groups = {"user": users, "token": tokens, "provider": providers}

FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@users.command(epilog='Example: cercle user create ada@example.org --name "Ada Lovelace"')
def create(
    email: Annotated[str, typer.Argument(help="Their address.")],
    name: Annotated[str, typer.Option(help="As others read it.")],
    operator: Annotated[bool, typer.Option("--operator", help="They run the site.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account."""
    from core.cli import run

    run(_create, email, name, operator, _password(from_stdin=password_stdin))


@users.command("promote", epilog="Example: cercle user promote ada@example.org")
def promote_user(email: Annotated[str, typer.Argument(help="Their address.")]) -> None:
    """Make somebody an operator of the site."""
    from core.cli import run

    run(_promote, email)


@users.command(epilog="Example: cercle user reset-password ada@example.org")
def reset_password(
    email: Annotated[str, typer.Argument(help="Their address.")],
    password_stdin: FromStdin = False,
    link: Annotated[bool, typer.Option("--link", help="Print a link that sets one once, within 30 minutes.")] = False,
) -> None:
    """Set a new password, or print a link with which its owner does; sessions and tokens end. Second factors stay."""
    from core.cli import run

    if link:
        run(_reset_link, email)
    else:
        run(_reset, email, _password(from_stdin=password_stdin))


@users.command(epilog="Example: cercle user reset-factors ada@example.org")
def reset_factors(
    email: Annotated[str, typer.Argument(help="Their address.")],
    reason: Annotated[str, typer.Option(help="Why; they read it in the mail that tells them.")] = "reset on the server",
) -> None:
    """Remove passkeys, app and recovery codes of somebody who lost them; sessions and tokens end. The password stays."""
    from core.cli import run

    run(_reset_factors, email, reason)


@users.command("sign-out", epilog="Example: cercle user sign-out ada@example.org")
def sign_out_user(
    email: Annotated[str, typer.Argument(help="Their address.")] = "",
    everybody: Annotated[bool, typer.Option("--everybody", help="All people of the site, yourself included.")] = False,
) -> None:
    """End the login sessions of one person, or of everybody, in all browsers. Passwords, tokens and feeds stay."""
    from core.cli import run

    run(_sign_out, email, everybody)


@users.command("export", epilog="Example: cercle user export ada@example.org ada.zip")
def export_user(
    email: Annotated[str, typer.Argument(help="Their address.")],
    file: Annotated[Path, typer.Argument(help="A .zip file that does not exist yet.")],
) -> None:
    """Write all that the site keeps of somebody into a ZIP archive, for them to have."""
    from core.cli import run

    run(_export, email, file)


@users.command("erase", epilog="Example: cercle user erase ada@example.org --yes")
def erase_user(
    email: Annotated[str, typer.Argument(help="Their address.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only say what stands in the way.")] = False,
) -> None:
    """Erase somebody for good: account, profile, drafts. What they gave to clubs stays, without their name."""
    from core.cli import run

    run(_erase, email, yes)


async def _create(app: Cercle, email: str, name: str, operator: bool, password: str) -> None:
    from core.cli import say

    user = await create_user(email=email, name=name, password=password, is_operator=operator)
    say(f"{user.name} ({user.handle}) can sign in as {user.email}")


async def _promote(app: Cercle, email: str) -> None:
    from core.cli import say

    user = await account_of(email)
    changed = await promote(user, actor=None)
    say(
        f"{user.name} is an operator now"
        if changed
        else f"{user.name} is an operator already, or the account is closed"
    )


async def _reset(app: Cercle, email: str, password: str) -> None:
    from core.cli import say

    user = await account_of(email)
    await change_password(user, password)
    say(f"{user.name} has a new password; sessions and tokens of the account have ended")


async def _reset_link(app: Cercle, email: str) -> None:
    typer.echo(await reset_link(await account_of(email)))


async def _reset_factors(app: Cercle, email: str, reason: str) -> None:
    from core.cli import say

    user = await account_of(email)
    removed = await remove_factors(user, actor=None, reason=reason)
    say(f"{user.name} {'has no second factor any more' if removed else 'had no second factor; nothing was changed'}")


async def _sign_out(app: Cercle, email: str, everybody: bool) -> None:
    from core.cli import say

    if bool(email) == everybody:
        raise Invalid("Name one address, or say --everybody.")
    ended = await (sign_out_everybody(actor=None) if everybody else sign_out(await account_of(email), actor=None))
    say(f"{ended} session{'' if ended == 1 else 's'} ended")


async def _export(app: Cercle, email: str, file: Path) -> None:
    from core.cli import say

    taken = await export_person(app, await account_of(email), file)
    say(f"{taken.files} files, {taken.size} bytes in {file}")
    for title in taken.lacking:
        say(f"cercle: {title} could not answer, what it keeps is missing; look at its faults and export again")
    for path in taken.damaged:
        say(f"cercle: {path} could not be read to its end; see: cercle doctor")
    if not taken.is_whole:
        raise SystemExit(1)


async def _erase(app: Cercle, email: str, yes: bool) -> None:
    from core.cli import say

    user = await account_of(email)
    if yes:
        await erase_person(app, user, actor=None)
        say(f"{user.name} is erased; what they gave to clubs stays, without their name. Backups still know them")
        return
    for reason in await reasons_to_stay(app, user):
        say(reason)
    say(f"Nothing was erased. Export first (cercle user export {user.email} FILE.zip), then say --yes.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
