"""`cercle provider …`: identity providers. Secrets are read from standard input, never taken as arguments."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from core.accounts.models import Identity, Provider
from core.accounts.services.discovery import check_provider
from core.accounts.services.providers import ProviderRules, add_provider, remove_provider, switch_provider
from core.accounts.services.visits import return_address
from core.app import Cercle
from core.errors import NotFound

providers = typer.Typer(help="Identity providers (OpenID Connect).")

Slug = Annotated[str, typer.Argument(help="Its word in addresses, as `cercle provider list` shows it.")]


@providers.command(
    epilog="Example: cercle provider add https://login.example.org --title Club --client-id cercle < secret"
)
def add(
    issuer: Annotated[str, typer.Argument(help="The provider's address, as its tokens name it.")],
    title: Annotated[str, typer.Option(help="As people read it on the button.")],
    client_id: Annotated[str, typer.Option(help="Who this site is there.")],
    scopes: Annotated[str, typer.Option(help="What is asked for.")] = "openid email profile",
    domain: Annotated[list[str] | None, typer.Option(help="People with these addresses get an account.")] = None,
    groups_claim: Annotated[str, typer.Option(help="Which claim lists groups.")] = "",
    public: Annotated[bool, typer.Option("--public", help="The client has no secret; read nothing.")] = False,
) -> None:
    """Connect a provider. Its client secret is read from standard input; the rest is set in the console."""
    from core.cli import run

    secret = "" if public else sys.stdin.readline().strip()
    domains = tuple(word.lower() for word in domain or ())
    rules = ProviderRules(creates="domains" if domains else "never", domains=domains, groups_claim=groups_claim)
    run(_add, issuer, title, client_id, scopes, secret, rules)


@providers.command("list", epilog="Example: cercle provider list")
def list_providers() -> None:
    """Name the providers, with how many people are connected."""
    from core.cli import run

    run(_list)


@providers.command(epilog="Example: cercle provider check club")
def check(slug: Slug) -> None:
    """Ask a provider all that a sign-in needs, and say what came of it; ends with 1 when something is wrong."""
    from core.cli import run

    run(_check, slug)


@providers.command(epilog="Example: cercle provider remove club --yes")
def remove(
    slug: Slug,
    yes: Annotated[bool, typer.Option("--yes", help="Remove; without it, only say who is connected.")] = False,
) -> None:
    """Forget a provider; accounts and memberships stay, sessions that came through it end."""
    from core.cli import run

    run(_remove, slug, yes)


async def _add(
    app: Cercle, issuer: str, title: str, client_id: str, scopes: str, secret: str, rules: ProviderRules
) -> None:
    from core.cli import say

    provider = await add_provider(
        title=title, issuer=issuer, client_id=client_id, secret=secret, scopes=scopes, rules=rules, actor=None
    )
    say(f"{provider.title} is connected as {provider.slug}. Enter this redirect URL there: {return_address(provider)}")


async def _list(app: Cercle) -> None:
    from core.cli import say

    for one in await Provider.all().order_by("slug"):
        people = await Identity.filter(provider_id=one.id).count()
        say(f"{one.slug:20} {'on ' if one.is_enabled else 'off'} {people:6} {one.issuer}")


async def _check(app: Cercle, slug: str) -> None:
    from core.cli import say

    found = await check_provider(await _known(slug))
    for one in found:
        say(f"{'ok  ' if one.is_well else 'FAIL'} {one.text}")
    if not all(one.is_well for one in found):
        raise SystemExit(1)


async def _remove(app: Cercle, slug: str, yes: bool) -> None:
    from core.cli import say

    provider = await _known(slug)
    people = await Identity.filter(provider_id=provider.id).count()
    if not yes:
        say(f"{people} people are connected to {provider.title}. Nothing was removed; say --yes.")
        return
    await switch_provider(provider, on=False, actor=None)
    await remove_provider(provider, actor=None)
    say(f"{provider.title} is removed; {people} people were connected")


async def _known(slug: str) -> Provider:
    found = await Provider.get_or_none(slug=slug)
    if found is None:
        raise NotFound(f"There is no provider {slug}; see: cercle provider list")
    return found
