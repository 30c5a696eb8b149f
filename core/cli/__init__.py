"""The `cercle` command. Data goes to stdout, messages to stderr; a failure exits with 1, a wrong call with 2."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from tortoise.exceptions import BaseORMException

from core import __version__, current, i18n
from core.app import Cercle, create_app
from core.errors import CercleError
from core.parts import Parts, load_parts
from core.settings import load_settings, log_level, serve_at, stays_out

root = typer.Typer(
    name="cercle",
    help="Team spaces whose features are plugins, switched per club.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
console = Console(stderr=True, highlight=False)


def main() -> None:
    """Run the command line, with the commands that the parts bring."""
    logging.basicConfig(level=log_level(), format="%(levelname)s %(name)s: %(message)s")
    with failing_clearly():
        _mount_commands(_parts_with_commands())
    root()


def run(work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
    """Open the application, do the work, close it.

    Args:
        work: called with the application and the arguments.

    Exits with 1 and a sentence on stderr when the work raises one of our errors.
    """

    async def opened() -> None:
        app = create_app(load_settings())
        async with app.running(jobs=False):
            i18n.use(app.settings.locale)
            await work(app, *arguments)

    with failing_clearly():
        asyncio.run(opened())


def say(text: str) -> None:
    """Tell the person at the terminal something, on stderr."""
    console.print(text, markup=False, soft_wrap=True)


def progress_bar() -> Progress:
    """A progress bar on stderr for long work."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[name]}"),
        console=console,
    )


class failing_clearly:  # noqa: N801 - reads as a statement
    """Turns our errors, and those of files and databases, into a sentence and exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, CercleError | OSError | BaseORMException):
            return
        message = error.message if isinstance(error, CercleError) else _plainly(error)
        say(f"cercle: {message}")
        for name, texts in getattr(error, "errors", {}).items():
            for text in texts:
                if name and text != message:
                    say(f"  {name}: {text}")
        raise SystemExit(1)


@root.command(epilog="Example: cercle serve --host 0.0.0.0 --port 8000")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; more than one needs PostgreSQL and Redis.")] = 1,
    safe: Annotated[bool, typer.Option("--safe", help="Start without third-party plugins.")] = False,
) -> None:
    """Serve the site."""
    from core.server import serve as serve_site

    with failing_clearly():
        serve_site(serve_at(host, port, safe=safe), host=host, port=port, workers=workers)


@root.command(epilog="Example: cercle worker")
def worker() -> None:
    """Do the jobs of all processes of the site, which they share through CERCLE_REDIS_URL."""
    from core.server import work

    with failing_clearly():
        asyncio.run(work(load_settings()))


@root.command(epilog="Example: cercle migrate")
def migrate() -> None:
    """Bring the database up to date. Can be interrupted and run again."""
    from core.server import migrate_site

    def tell(event: str, part: str, name: str) -> None:
        if event == "apply_done":
            say(f"migrated {part} to {name}")

    with failing_clearly():
        failed = asyncio.run(migrate_site(create_app(load_settings()), tell))
    for part, reason in failed.items():
        say(f"cercle: the plugin {part} was not migrated and will not run: {reason}")
    if failed:
        raise SystemExit(1)
    say("the database is up to date")


@root.command(epilog="Example: cercle makemigrations wiki")
def makemigrations(part: Annotated[str, typer.Argument(help="Name of the part.")]) -> None:
    """Write the migration that brings a part's tables in step with its models."""
    from core import migrate as migrations

    with failing_clearly():
        apps = _parts_with_commands().apps
        if part not in {app.label for app in apps}:
            raise CercleError(f"There is no part {part!r} with models")
        written = asyncio.run(migrations.make("sqlite://:memory:", apps, part))
    for path in written:
        typer.echo(path)
    if not written:
        say("nothing has changed")


@root.command(epilog="Example: cercle openapi > openapi.json")
def openapi() -> None:
    """Print the OpenAPI 3.1 document of what is installed."""
    from core.api import openapi as document

    with failing_clearly():
        app = create_app(load_settings())
        with current.using(app):
            typer.echo(json.dumps(document(app), indent=2))


@root.command(epilog="Example: cercle backup cercle-backup.tar")
def backup(
    path: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    without: Annotated[list[str] | None, typer.Option(help="A plugin that does not run, whose data stay out.")] = None,
) -> None:
    """Write everything into one file, while the site runs. The secret key is not in it."""
    from core.backups import back_up

    async def work(app: Cercle) -> None:
        with progress_bar() as bar:
            summary = await back_up(app, path, _shown_by(bar, "backup"), without=frozenset(without or ()))
        say(f"{summary.rows} rows and {summary.blobs} files in {path}")
        if summary.missing:
            say(
                f"cercle: {len(summary.missing)} files are missing or damaged in the storage and are not in the backup:"
            )
            say("\n".join(f"  {hash}" for hash in summary.missing))
            raise SystemExit(1)

    run(work)


@root.command(epilog="Example: CERCLE_DATA_DIR=new cercle restore cercle-backup.tar")
def restore(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file made by cercle backup.")],
) -> None:
    """Bring a backup back into an empty site."""
    from core.backups import restore as bring_back

    async def work(app: Cercle) -> None:
        with progress_bar() as bar:
            summary = await bring_back(app, path, _shown_by(bar, "restore"))
        say(f"{summary.rows} rows and {summary.blobs} files restored")
        if summary.missing:
            say(f"{len(summary.missing)} files were missing already when the backup was made; see: cercle doctor")

    run(work)


@root.command(epilog="Example: cercle doctor")
def doctor() -> None:
    """Check the machine, the settings and the data, and say what to do about what is wrong."""
    from core.doctor import examine

    async def work(app: Cercle) -> None:
        findings = await examine(app)
        for finding in findings:
            typer.echo(f"{finding.level:5} {finding.subject}: {finding.text}")
        if any(finding.level == "error" for finding in findings):
            raise SystemExit(1)

    run(work)


@root.command(epilog="Example: cercle docs")
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say whether the files are up to date.")] = False,
) -> None:
    """Write the pages of docs/ that are made from the code: hooks, settings, commands."""
    from core.reference import write_pages

    with failing_clearly():
        changed = write_pages(Path("docs"), root, check=check)
    for path in changed:
        say(f"{'out of date' if check else 'written'}: {path}")
    if check and changed:
        raise SystemExit(1)


@root.command("version", epilog="Example: cercle version")
def show_version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _parts_with_commands() -> Parts:
    """What is installed. Plugins that fail are not told here: the command that starts the site does."""
    log = logging.getLogger("cercle.parts")
    log.disabled = True
    try:
        safe, disabled = stays_out(sys.argv)
        return load_parts(third_party=not safe, disabled=disabled)
    finally:
        log.disabled = False


def _mount_commands(parts: Parts) -> None:
    """Add the commands of the parts; a plugin that failed has none."""
    from core.cli.maintenance import maintenance_commands
    from core.cli.plugins import plugin_commands
    from core.cli.themes import theme_commands
    from core.loading.commands import mount_commands

    own = {"plugin": plugin_commands, "theme": theme_commands, "maintenance": maintenance_commands}
    mount_commands(root, own, parts)


def _shown_by(bar: Progress, what: str) -> Callable[[int, int, str], None]:
    task = bar.add_task(what, total=None, name="")
    return lambda done, total, name: bar.update(task, completed=done, total=total, name=name)


def _plainly(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
