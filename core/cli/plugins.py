"""`cercle plugin new|check`: what developers of plugins need at the terminal."""

from __future__ import annotations

import asyncio
import keyword
from pathlib import Path
from typing import Annotated

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import __version__
from core.errors import Invalid
from core.loading.manifests import NAME, RESERVED

plugin_commands = typer.Typer(help="Write, check and switch plugins.")
SKELETON = Path(__file__).parents[1] / "skeleton"


@plugin_commands.command("new", epilog="Example: cercle plugin new poll")
def new(
    name: Annotated[str, typer.Argument(help="a-z, 0-9 and _; the plugin's prefix everywhere.")],
    into: Annotated[Path, typer.Option(help="Folder in which the package is made.")] = Path(),
) -> None:
    """Write the package of a new plugin, complete and with tests that pass."""
    from core.cli import failing_clearly, say

    with failing_clearly():
        folder = write_skeleton(name, into)
    say(
        f"Written: {folder}\n"
        f"Next:    pip install -e {folder}; cercle migrate; cercle plugin check {name}; then start the site again"
    )


@plugin_commands.command(
    "check", epilog="Example: cercle plugin check ./cercle-poll; cercle plugin check --against-data"
)
def check(
    plugin: Annotated[str, typer.Argument(help="An installed plugin, or a folder that is not installed.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail the check too.")] = False,
    against_data: Annotated[
        bool, typer.Option("--against-data", help="Rehearse an upgrade on a copy of this site's data.")
    ] = False,
) -> None:
    """Say whether a plugin loads and keeps to the rules, with file and line of what does not.

    The folder is that of a pyproject.toml or of the package. Exit codes: 0 sound, 1 something to mend, 2 no such plugin.

    With --against-data: copy the database, apply the pending migrations to the copy, load every plugin, open every page of
    every club as each kind of person, and report what changed or broke. Nothing of the site is touched.
    """
    if bool(plugin) == against_data:
        raise typer.BadParameter("name a plugin or its folder, or say --against-data")
    check_data() if against_data else check_rules(plugin, strict=strict)


def check_data() -> None:
    """Rehearse an upgrade and print what was found."""
    from core.cli import failing_clearly, say
    from core.rehearsal import rehearse
    from core.settings import load_settings

    with failing_clearly():
        findings = asyncio.run(rehearse(load_settings(), say))
    for finding in findings:
        typer.echo(f"{finding.level:5}  {finding.subject}: {finding.text}")
    if any(finding.level == "error" for finding in findings):
        say("Something would break; nothing was changed")
        raise SystemExit(1)
    say("Nothing would break; nothing was changed. Take a backup, then run: cercle migrate")


def check_rules(plugin: str, *, strict: bool = False) -> None:
    """Check a plugin in a process of its own, and print what is wrong with it.

    Args:
        plugin: its name, or its folder.
        strict: whether warnings fail the check.
    """
    from core.cli import say
    from core.plugin_checks.running import run_check

    try:
        outcome = run_check(plugin)
    except Invalid as error:
        say(f"cercle: {error.message}")
        raise SystemExit(2) from None
    for fault in outcome.faults:
        typer.echo(str(fault))
    if outcome.verdict:
        say(f"tests: {outcome.verdict}")
    errors = sum(fault.level == "error" for fault in outcome.faults)
    counted = f"{errors} to mend, {len(outcome.faults) - errors} warnings" if outcome.faults else "nothing to mend"
    if outcome.fails(strict=strict):
        say(f"{counted} in {outcome.name} {outcome.version}".rstrip())
        raise SystemExit(1)
    say(f"{outcome.name} {outcome.version} is sound{f'; {counted}' if outcome.faults else ''}")


def write_skeleton(name: str, into: Path) -> Path:
    """Write a plugin's package from `core/skeleton`.

    Args:
        name: of the plugin.
        into: where its folder is made.

    Raises:
        Invalid: for a name that cannot be used or a folder that exists.
    """
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name in RESERVED:
        raise Invalid(
            f"{name!r} cannot be a plugin's name: use 2 to 30 of a-z, 0-9 and _, starting with a letter, not a taken word"
        )
    folder = into / f"cercle-{name.replace('_', '-')}"
    if folder.exists():
        raise Invalid(f"{folder} exists already")
    values = {
        "name": name,
        "title": name.replace("_", " ").capitalize(),
        "package": folder.name,
        "version": ".".join(__version__.split(".")[:2]),
    }
    files = Environment(  # noqa: S701 - it makes Python, not HTML
        loader=FileSystemLoader(SKELETON),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
    )
    for source in sorted(SKELETON.rglob("*.tpl")):
        relative = source.relative_to(SKELETON).as_posix()
        target = folder / relative.removesuffix(".tpl").replace("NAME", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(files.get_template(relative).render(values), encoding="utf-8")
    return folder
