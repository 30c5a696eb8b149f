"""Makes the pages of docs/ that follow from the code, so that they cannot drift from it."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from pydantic_core import PydanticUndefined

from core import hookspecs
from core.parts import load_parts
from core.settings import Settings

NOTE = "<!-- Made from the code by `make docs`; change the code instead. -->\n"


def write_pages(folder: Path, commands: typer.Typer, *, check: bool = False) -> list[Path]:
    """Write the generated pages; answers those that changed.

    Args:
        folder: where they go.
        commands: the command line, for its page.
        check: True to only compare.
    """
    made = {"hooks.md": hooks_page(), "settings.md": settings_page(), "commands.md": commands_page(commands)}
    changed = []
    for name, text in made.items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        changed.append(path)
        if not check:
            path.write_text(text, encoding="utf-8")
    return changed


def hooks_page() -> str:
    """Every hook, with its signature, mode and docstring."""
    modules: list[tuple[str, ModuleType]] = [("The engine", hookspecs)]
    for loaded in load_parts():
        if module := loaded.modules.get("hookspecs"):
            modules.append((loaded.part.title, module))
    parts = [
        f"# Hooks\n\n{NOTE}\nA plugin implements a hook by a function of the same name in its `hooks.py`, marked `@hookimpl`."
    ]
    for title, module in modules:
        parts.append(f"## {title}\n\n{inspect.getdoc(module)}")
        parts += [_hook(name, function) for name, function in vars(module).items() if hasattr(function, "cercle_mode")]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every `CERCLE_` variable, its type and default."""
    lines = [f"# Settings\n\n{NOTE}", "| variable | default | values |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (PydanticUndefined, None, "", ()) else f"`{field.default}`"
        lines.append(f"| `CERCLE_{name.upper()}` | {_defaults().get(name, default)} | {_SETTINGS[name]} |")
    lines.append("| `CERCLE_LOG_LEVEL` | `WARNING` | `DEBUG`, `INFO` (a line for each request), `WARNING`, `ERROR` |")
    return "\n".join(lines) + "\n"


def commands_page(commands: typer.Typer) -> str:
    """Every command with its arguments, as `--help` says it."""
    group: Any = typer.main.get_command(commands)
    parts = [
        f"# Commands\n\n{NOTE}\nData goes to stdout, messages to stderr. A failure exits with 1, a wrong call with 2."
    ]
    parts += _commands(group, "cercle")
    return "\n\n".join(parts) + "\n"


_SETTINGS = {
    "data_dir": "folder for the SQLite database, files, mail and the secret key",
    "database_url": "`sqlite://…` or `postgres://user:password@host:5432/name`",
    "redis_url": "`redis://…`: jobs, bus and rate limits across processes",
    "storage_url": "`file://…` or `s3://bucket/prefix` with the usual `AWS_*` variables",
    "base_url": "the address members use; the only source for absolute links",
    "secret_key": "at least 32 characters",
    "smtp_url": "`smtp://user:password@host:587` or `smtps://…`; without it mail is written to `data/mail/`",
    "mail_from": "sender of all mail",
    "site_name": "name of the site, up to 60 characters",
    "locale": "`en` or `fr`, where neither member nor browser choose",
    "theme": "a folder below `themes/`",
    "sign_up": "`open` (with proof of the address), `request` (an operator decides) or `invite`",
    "trusted_proxies": "addresses or networks, with commas, whose forwarded headers are believed",
    "allowed_hosts": "further host names, with commas",
    "disabled_plugins": "plugins that do not run on this site, with commas",
    "max_body": "bytes of a request that is not an upload",
    "max_upload": "bytes of one uploaded file",
    "club_quota": "bytes that a club may store unless the operator decides otherwise",
    "hook_timeout": "seconds that a plugin's hook may take",
    "session_idle_hours": "hours without use after which a login ends",
    "session_absolute_hours": "hours after which a login ends in any case",
    "safe": "`1` starts without third-party plugins, as `--safe` does",
}


def _defaults() -> dict[str, str]:
    return {
        "data_dir": "`data`",
        "database_url": "`sqlite://<data>/cercle.db`",
        "storage_url": "`file://<data>/blobs`",
        "secret_key": "made once in the data folder",
    }


def _hook(name: str, function: Any) -> str:
    signature = str(inspect.signature(function)).replace("'", "")
    return f"### `{name}`\n\n`{name}{signature}` · mode *{function.cercle_mode}*\n\n{_plain(inspect.getdoc(function) or '')}"


def _plain(doc: str) -> str:
    text, _, arguments = doc.partition("\nArgs:\n")
    lines = [
        f"* `{n.strip()}`: {t.strip()}"
        for n, _, t in (line.partition(":") for line in arguments.splitlines() if line.strip())
    ]
    return text.strip() + ("\n\n" + "\n".join(lines) if lines else "")


def _commands(command: Any, name: str) -> list[str]:
    children = getattr(command, "commands", None)
    if children:
        return [text for child in sorted(children) for text in _commands(children[child], f"{name} {child}")]
    usage = " ".join(_usage(parameter) for parameter in command.params if parameter.name != "help")
    options = [
        f"* `{p.opts[0]}`: {p.help}" for p in command.params if getattr(p, "help", None) and p.opts[0].startswith("-")
    ]
    parts = [f"## `{name}`", f"`{name} {usage}`".replace(" `", "`"), inspect.cleandoc(command.help or "")]
    parts += ["\n".join(options)] if options else []
    parts += [f"`{command.epilog.removeprefix('Example: ')}`"] if command.epilog else []
    return parts


def _usage(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"
    shown = parameter.opts[0] + ("" if parameter.is_flag else f" {parameter.name.upper()}")
    return shown if parameter.required else f"[{shown}]"
