"""`cercle club …`, `cercle plugin list|enable|disable|purge`, `cercle import`, `cercle export` and `cercle demo`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.accounts.queries import known_user
from core.app import Cercle, create_app
from core.errors import NotFound
from core.i18n import filesize, gettext
from core.loading.installed import gone_parts
from core.settings import Settings
from core.verdicts import verdict_summary
from spaces import operator_commands, settings_commands
from spaces.imports import run_export, run_import
from spaces.operator_commands import known_club
from spaces.queries.console import get_any_club, list_all_clubs
from spaces.queries.erasing import Kept, count_kept
from spaces.queries.switchboard import list_switches
from spaces.services import create_club
from spaces.services.erasing import refuse_unless_off, running_plugin
from spaces.services.erasure_run import erase_now
from spaces.services.exports import export_into
from spaces.services.purge import purge_plugin
from spaces.switches import switch_plugin

clubs = typer.Typer(help="Clubs.")
plugins = typer.Typer(help="Plugins and their switches.")
top = typer.Typer()
groups = {"club": clubs, "plugin": plugins}

clubs.command("plan", epilog="Example: cercle club plan aquitaine --quota 5GB --members 50")(operator_commands.plan)
plugins.command("policy", epilog="Example: cercle plugin policy wiki --policy required --kind trade")(
    operator_commands.policy
)

plugins.command("settings", epilog="Example: cercle plugin settings blog --club aquitaine posts_per_page=10")(
    settings_commands.settings
)

ClubOption = Annotated[str, typer.Option("--club", help="The club's word in addresses.")]


@clubs.command("create", epilog='Example: cercle club create "Aquitaine" --kind region --owner ada@example.org')
def create(
    name: Annotated[str, typer.Argument(help="As members read it.")],
    owner: Annotated[str, typer.Option(help="The address of who will own it.")],
    kind: Annotated[str, typer.Option(help="trade, region, team or another kind of this site.")] = "team",
    visibility: Annotated[str, typer.Option(help="public, listed or hidden.")] = "listed",
    join: Annotated[str, typer.Option(help="open, request or invite.")] = "request",
    purpose: Annotated[str, typer.Option(help="A sentence or two.")] = "",
    slug: Annotated[str | None, typer.Option(help="Its word in addresses; made from the name unless given.")] = None,
) -> None:
    """Found a club and print its word in addresses."""
    from core.cli import run

    run(_create, name, owner, kind, visibility, join, purpose, slug)


@clubs.command("list", epilog="Example: cercle club list")
def list_clubs() -> None:
    """Print all clubs: address, name, kind, who can find it, number of members."""
    from core.cli import run

    run(_list)


@plugins.command("list", epilog="Example: cercle plugin list --club aquitaine")
def list_plugins(club: Annotated[str, typer.Option("--club", help="Also its state in this club.")] = "") -> None:
    """Print what is installed: name, version, state or why it failed, how it was tested."""
    from core.cli import run

    run(_plugins, club)


@plugins.command("enable", epilog="Example: cercle plugin enable wiki --club aquitaine")
def enable(
    name: Annotated[str, typer.Argument(help="The plugin.")],
    club: ClubOption,
    read_only: Annotated[bool, typer.Option("--read-only", help="Let members read it, not change it.")] = False,
) -> None:
    """Turn a plugin on in a club."""
    from core.cli import run

    run(_switch, name, club, "read_only" if read_only else "on")


@plugins.command("disable", epilog="Example: cercle plugin disable wiki --club aquitaine")
def disable(name: Annotated[str, typer.Argument(help="The plugin.")], club: ClubOption) -> None:
    """Turn a plugin off in a club. Nothing is deleted."""
    from core.cli import run

    run(_switch, name, club, "off")


async def _create(
    app: Cercle, name: str, owner: str, kind: str, visibility: str, join: str, purpose: str, slug: str | None
) -> None:
    user = await known_user(owner)
    if user is None:
        raise NotFound(gettext("There is no account with the address %(email)s.", email=owner))
    made = await create_club(
        name=name, kind=kind, visibility=visibility, join_policy=join, purpose=purpose, slug=slug, actor=user
    )
    typer.echo(made.slug)


async def _list(app: Cercle) -> None:
    after = ""
    while found := await list_all_clubs(after=after, limit=200):
        for club in found[:200]:
            if club.deleted_at is None:
                typer.echo(f"{club.slug}\t{club.name}\t{club.kind}\t{club.visibility}\t{club.members}")
        if len(found) <= 200:
            return
        after = found[199].slug


async def _plugins(app: Cercle, slug: str) -> None:
    states = {one.name: one.state for one in await list_switches(await known_club(slug))} if slug else {}
    for loaded in app.parts.all():
        if loaded.name != "core":
            state = loaded.failure or states.get(loaded.name) or ("per club" if loaded.part.scope == "club" else "on")
            typer.echo(f"{loaded.name}\t{loaded.part.version}\t{state}\t{verdict_summary(loaded)}")
    for gone in await gone_parts(app):
        typer.echo(f"{gone.name}\t{gone.version}\tgone, {gone.rows} rows left")


@plugins.command("purge", epilog="Example: cercle plugin purge poll --yes")
def purge(
    name: Annotated[str, typer.Argument(help="A plugin that is not installed any more, or disabled for the site.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only say what would be erased.")] = False,
) -> None:
    """Erase what a plugin that is gone has left: its tables, switches, grants, settings and entries in lists."""
    from core.cli import run

    run(_purge, name, yes)


async def _purge(app: Cercle, name: str, yes: bool) -> None:
    from core.cli import say

    for what, count in (await purge_plugin(app, name, erase=yes)).items():
        typer.echo(f"{what}\t{count}")
    say(f"Erased what {name} left." if yes else "Nothing was erased. Make a backup, then say --yes.")


@plugins.command("erase", epilog="Example: cercle plugin erase wiki --club aquitaine --export wiki.zip --yes")
def erase(
    name: Annotated[str, typer.Argument(help="The plugin; it must be off in the club.")],
    club: ClubOption,
    export: Annotated[Path | None, typer.Option("--export", help="A .zip file to write before.")] = None,
    no_export: Annotated[bool, typer.Option("--no-export", help="Erase without an export.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; without it, only say what would be erased.")] = False,
) -> None:
    """Erase at once, without the waiting period, what a plugin keeps in one club, and print how many rows went."""
    from core.cli import run

    if yes and (export is None) == (not no_export):
        raise typer.BadParameter("say --export FILE or --no-export")
    run(_erase, name, club, export, yes)


async def _erase(app: Cercle, name: str, slug: str, export: Path | None, yes: bool) -> None:
    from core.cli import say

    club = await get_any_club(slug)
    running_plugin(name)
    await refuse_unless_off(club, name)
    if export is not None:
        await export_into(club, name, export)
        say(f"Written: {export}")
    kept = Kept.of((await erase_now(club, name)).report) if yes else await count_kept(club, name)
    for table, count in sorted(kept.tables.items()):
        typer.echo(f"{table}\t{count}")
    typer.echo(f"files\t{kept.files}\t{filesize(kept.size)}")
    say(f"Erased what {name} kept in {club.name}." if yes else "Nothing was erased. Say --yes.")


@top.command("import", epilog="Example: cercle import wiki --club aquitaine --format markdown notes.zip")
def bring_in(
    plugin: Annotated[str, typer.Argument(help="Whose content it becomes, such as wiki.")],
    path: Annotated[Path, typer.Argument(help="A folder or file on this machine.")],
    club: ClubOption,
    format: Annotated[str | None, typer.Option(help="What it is, such as markdown; recognised unless given.")] = None,
    actor: Annotated[str | None, typer.Option("--as", help="In whose name; an owner of the club unless given.")] = None,
) -> None:
    """Bring content from elsewhere into a club. A second run changes nothing."""
    from core.cli import run

    run(_import, plugin, path, club, format, actor)


@top.command("demo", epilog="Example: cercle demo --port 8123")
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    only: Annotated[bool, typer.Option("--only", help="Make the demo and stop, without serving it.")] = False,
) -> None:
    """Make three demo clubs in an empty site, unless they are there, and serve it."""
    from core.cli import failing_clearly, say
    from core.server import listen, refuse_taken_port
    from core.settings import serve_at
    from spaces.demo import sign_ins

    with failing_clearly():
        settings = serve_at("localhost" if host == "127.0.0.1" else host, port)  # passkeys want a name
        if not only:
            refuse_taken_port(host, port)
        if asyncio.run(_demo(settings)):
            say("Made the demo clubs.")
        if not only:
            listen(settings, sign_ins(), host=host, port=port)


async def _demo(settings: Settings) -> bool:
    from spaces.demo import make_demo

    app = create_app(settings)
    async with app.running(jobs=False, upgrade=True):
        return await make_demo(app)


@top.command("export", epilog="Example: cercle export wiki --club aquitaine --format markdown wiki.zip")
def take_out(
    plugin: Annotated[str, typer.Argument(help="Whose content, such as wiki.")],
    path: Annotated[Path, typer.Argument(help="The file to write; must not exist.")],
    club: ClubOption,
    format: Annotated[str | None, typer.Option(help="What to write, such as markdown; the first unless given.")] = None,
    actor: Annotated[str | None, typer.Option("--as", help="In whose name; an owner of the club unless given.")] = None,
) -> None:
    """Write a club's content into a file that `cercle import` reads."""
    from core.cli import run

    run(_export, plugin, path, club, format, actor)


async def _export(app: Cercle, plugin: str, path: Path, club: str, format: str | None, actor: str | None) -> None:
    from core.cli import progress_bar, say

    with progress_bar() as bar:
        task = bar.add_task(plugin, total=None, name="")
        report = await run_export(
            app,
            plugin,
            club=club,
            format=format,
            path=path,
            actor=actor,
            progress=lambda done, total, name: bar.update(task, completed=done, total=total, name=name),
        )
    say(f"{len(report.created)} files in {path}")


async def _import(app: Cercle, plugin: str, path: Path, club: str, format: str | None, actor: str | None) -> None:
    from core.cli import progress_bar, say

    with progress_bar() as bar:
        task = bar.add_task(plugin, total=None, name="")
        report = await run_import(
            app,
            plugin,
            club=club,
            format=format,
            path=path,
            actor=actor,
            progress=lambda done, total, name: bar.update(task, completed=done, total=total, name=name),
        )
    for kind in ("created", "updated", "unchanged"):
        say(f"{kind}: {len(getattr(report, kind))}")
    for word, pairs in (("skipped", report.skipped), ("changed", report.notes)):
        for name, reason in pairs:
            typer.echo(f"{word}\t{name}\t{gettext(reason)}")


async def _switch(app: Cercle, plugin: str, slug: str, state: str) -> None:
    from core.cli import say

    club = await known_club(slug)
    row = await switch_plugin(club, plugin, state, actor=None)
    say(f"{plugin} is {row.effective.replace('_', ' ')} in {club.name}")
