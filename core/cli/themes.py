"""`cercle theme list|new|check`: what operators and authors of themes need at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.errors import Invalid
from core.parts import load_parts
from core.settings import stays_out
from core.themes import BUNDLED, MANIFEST, NAME, Theme, Themes, read_theme

theme_commands = typer.Typer(help="Write and check themes.")
_THEME_TOML = """# What this theme is, in a sentence for its authors.
name = "{name}"
title = "{title}"
summary = "One sentence that an operator chooses it by."
version = "0.1"
stylesheets = ["tokens.css", "theme.css"]

[fr]
title = "{title}"
summary = "Une phrase par laquelle on la choisit."
"""
_THEME_CSS = """/* What this theme adds to the components; its colours are in tokens.css. */
@layer theme {
  .card { box-shadow: var(--lift); }
}
"""


@theme_commands.command("list", epilog="Example: cercle theme list")
def show_list() -> None:
    """Name the themes of this site: those that come with Cercle and those in the data folder."""
    from core.cli import failing_clearly
    from core.settings import load_settings

    with failing_clearly():
        themes = Themes(load_settings().data_dir)
        for name in themes.names():
            theme = themes.find(name)
            typer.echo(f"{theme.name:20} {theme.version:8} {theme.title}: {theme.summary}")


@theme_commands.command("new", epilog="Example: cercle theme new atelier --into data/themes")
def new(
    name: Annotated[str, typer.Argument(help="a-z, 0-9, _ and -; the name of its folder.")],
    into: Annotated[Path, typer.Option(help="Folder in which the theme's folder is made.")] = Path(),
) -> None:
    """Write a new theme: the tokens of the default one to change, and a rule to begin with."""
    from core.cli import failing_clearly, say

    with failing_clearly():
        folder = write_theme(name, into)
    say(f"Written: {folder}\nNext:    change {folder}/static/tokens.css; then: cercle theme check {folder}")


@theme_commands.command("check", epilog="Example: cercle theme check data/themes/atelier")
def check(theme: Annotated[str, typer.Argument(help="Name of a theme of this site, or the folder of one.")]) -> None:
    """Say whether a theme is whole, readable in every accent by day and by night, and harmless; each fault with its line."""
    from core.cli import failing_clearly, say
    from core.themes.check import check_theme

    with failing_clearly():
        found = _find(theme)
        safe, disabled = stays_out(())
        installed = load_parts(third_party=not safe, disabled=disabled)
        parts = {loaded.name: loaded.folder for loaded in installed if loaded.name != "core"}
        faults = check_theme(found, parts)
    for fault in faults:
        typer.echo(str(fault))
    if faults:
        say(f"{len(faults)} to mend in {found.name}")
        raise SystemExit(1)
    say(f"{found.name} {found.version} is sound")


def write_theme(name: str, into: Path) -> Path:
    """Write the folder of a new theme.

    Args:
        name: of the theme.
        into: where its folder is made.

    Raises:
        Invalid: for a name that cannot be used or a folder that exists.
    """
    if not NAME.fullmatch(name) or (BUNDLED / name).is_dir():
        raise Invalid(
            f"{name!r} cannot be a theme's name: use a-z, 0-9, _ and -, starting with a letter, not one of ours"
        )
    folder = into / name
    if folder.exists():
        raise Invalid(f"{folder} exists already")
    title = name.replace("_", " ").replace("-", " ").capitalize()
    tokens = (BUNDLED / "default" / "static" / "tokens.css").read_text(encoding="utf-8")
    (folder / "static").mkdir(parents=True)
    (folder / MANIFEST).write_text(_THEME_TOML.format(name=name, title=title), encoding="utf-8")
    (folder / "static" / "tokens.css").write_text(tokens, encoding="utf-8")
    (folder / "static" / "theme.css").write_text(_THEME_CSS, encoding="utf-8")
    return folder


def _find(wanted: str) -> Theme:
    from core.settings import load_settings

    if NAME.fullmatch(wanted) and not Path(wanted).is_dir():
        return Themes(load_settings().data_dir).find(wanted)
    return read_theme(Path(wanted).resolve())
