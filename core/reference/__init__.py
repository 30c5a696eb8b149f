"""Makes the pages of docs/ that follow from the code, so that they cannot drift from it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import typer
from pydantic_core import PydanticUndefined

from core import hookspecs
from core.parts import Parts, load_parts
from core.reference.inclusions import with_inclusions
from core.reference.names import described, names_page, ticked
from core.reference.parts import events_page, extension_points_page
from core.settings import GIB, MIB, Settings
from core.themes import BUNDLED, read_theme
from core.themes.css import theme_sheets, theme_tokens, tokens_of
from core.token_words import LABELS, TOKENS

NOTE = "<!-- Made from the code by `make docs`; change the code instead. -->\n"


def write_pages(folder: Path, commands: typer.Typer, *, check: bool = False) -> list[Path]:
    """Write the generated pages, and the code that others include from files; answers those that changed.

    Args:
        folder: where they go.
        commands: the command line, for its page.
        check: True to only compare.
    """
    made = {
        "hooks.md": hooks_page(),
        "settings.md": settings_page(),
        "commands.md": commands_page(commands),
        "tokens.md": tokens_page(),
        "events.md": events_page(NOTE),
        "extension-points.md": extension_points_page(NOTE),
        "names.md": names_page(NOTE),
    }
    for path in sorted(folder.glob("*.md")):
        if path.name not in made:
            made[path.name] = with_inclusions(path.read_text(encoding="utf-8"))
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
    """Every hook with its signature, its mode, its arguments, and the bundled parts that implement it."""
    loaded = load_parts(third_party=False)
    modules = [
        ("core", hookspecs),
        *((one.name, one.modules["hookspecs"]) for one in loaded if "hookspecs" in one.modules),
    ]
    parts = [f"# Hooks\n\n{NOTE}\n{_HOOKS}"]
    for name, module in modules:
        parts.append(f"## Asked by `{name}`\n\n{(inspect.getdoc(module) or '').splitlines()[0]}")
        hooks = [(hook, function) for hook, function in vars(module).items() if hasattr(function, "cercle_mode")]
        parts += [_hook(hook, function, _implementers(loaded, hook)) for hook, function in hooks]
    return "\n\n".join(parts) + "\n"


def settings_page() -> str:
    """Every `CERCLE_` variable, its type and default."""
    lines = [f"# Settings\n\n{NOTE}\n{_SETTINGS_INTRODUCTION}\n", "| variable | default | values |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `CERCLE_{name.upper()}` | {_default(name, field.default)} | {_SETTINGS[name]} |")
    lines.append("| `CERCLE_LOG_LEVEL` | `WARNING` | `DEBUG`, `INFO` (a line for each request), `WARNING`, `ERROR` |")
    return "\n".join(lines) + "\n"


def commands_page(commands: typer.Typer) -> str:
    """Every command with its arguments, as `--help` says it."""
    group: Any = typer.main.get_command(commands)
    parts = [f"# Commands\n\n{NOTE}\n{_COMMANDS}"]
    parts += _commands(group, "cercle")
    return "\n\n".join(parts) + "\n"


def tokens_page() -> str:
    """Every token of a theme with its meaning and the value it has in the default theme."""
    values = tokens_of(theme_sheets(read_theme(BUNDLED / "default")))
    parts = [f"# Tokens\n\n{NOTE}\n{_TOKENS}"]
    for group, names in TOKENS.items():
        dots = {name: "" if name in theme_tokens() else " ·" for name in names}
        lines = [f"| `--{name}`{dots[name]} | {text} | {_short(values[name])} |" for name, text in names.items()]
        parts.append(
            "\n".join([f"## {LABELS[group]}\n", "| token | what for | in the default theme |", "|---|---|---|", *lines])
        )
    return "\n\n".join(parts) + "\n"


_HOOKS = """A hook is a question or a message that Cercle has for plugins. A plugin takes part by writing a function of the same
name in its `hooks.py`, marked `@hookimpl`, with any of the arguments, by name. `def` and `async def` are both fine.

```python
from cercle import Club, Holding, hookimpl


@hookimpl
async def plugin_holdings(club: Club) -> list[Holding]:
    return [Holding("notes", 3)]
```

The mode says what becomes of the answers: *collect* gathers all of them, *first* takes the first that is not `None`, *chain*
passes a value on from one to the next, *verdict* is yes only when nobody says no, *notify* wants none. Where a hook is about
a club, only plugins that are on in that club are called. One that raises or takes too long (`CERCLE_HOOK_TIMEOUT`) is left
out, and the operator can read why; nothing else stops because of it."""

_SETTINGS_INTRODUCTION = """An operator sets up a site by environment variables. All have a default, so that `cercle serve` runs
without any; a wrong one is named at the start, before a port is bound. Sizes are in bytes."""

_TOKENS = """What a theme may say, and the only values that a style sheet of a plugin uses. `/styleguide/tokens` shows them with
their measured contrast; [Themes](themes.md) says how to write a theme. Those with a dot (·) are shared by all themes: a
theme may say them otherwise, but need not."""

_COMMANDS = """`cercle` is also `python -m cercle`. Data goes to stdout, messages and progress to stderr. A failure exits with 1,
a wrong call with 2. The site is the one that the [settings](settings.md) describe."""

_SETTINGS = {
    "data_dir": "folder for the SQLite database, files, mail and the secret key",
    "database_url": "`sqlite://…` or `postgres://user:password@host:5432/name`",
    "redis_url": "`redis://…`: jobs, bus and rate limits across processes",
    "storage_url": "`file://…` or `s3://bucket/prefix` with the usual `AWS_*` variables",
    "base_url": "the address members use; the only source for absolute links",
    "secret_key": "at least 32 characters",
    "smtp_url": "`smtp://user:password@host:587` or `smtps://…`; without it mail is written to `data/mail/`",
    "mail_from": "sender of all mail",
    "inbound_address": "`reply@example.org`: members answer notifications by mail; at most 10 letters before the @",
    "inbound_listen": "`127.0.0.1:8025`: where `cercle serve` takes these answers from your mail server (SMTP); unset, nowhere",
    "site_name": "name of the site, up to 60 characters",
    "locale": "a language of `core/locale/`, such as `en` or `fr`, where neither member nor browser choose",
    "theme": "fixes the theme by its name (`cercle theme list`); unset, operators choose at `/admin/appearance`",
    "sign_up": "`open` (with proof of the address), `request` (an operator decides) or `invite`",
    "trusted_proxies": "addresses or networks, with commas, whose forwarded headers are believed",
    "allowed_hosts": "further host names, with commas",
    "disabled_plugins": "plugins that do not run on this site, with commas",
    "max_body": "bytes of a request that is not an upload",
    "max_upload": "bytes of one uploaded file",
    "club_quota": "bytes that a club may store unless the operator decides otherwise",
    "erase_after_days": "days between asking to erase what a plugin keeps in a club and doing it, in which it can be taken back",
    "club_purge_days": "days between deleting a club and erasing all of it, in which its owners can bring it back",
    "hook_timeout": "seconds that a plugin's hook may take",
    "hook_faults": "faults of a plugin's hooks after which it is paused in a club",
    "hook_fault_minutes": "minutes within which they count together",
    "security_contact": "where to report weaknesses, `mailto:` or `https://`, for `/.well-known/security.txt`",
    "session_idle_hours": "hours without use after which a login ends",
    "session_absolute_hours": "hours after which a login ends in any case",
    "safe": "`1` starts without third-party plugins, as `--safe` does",
}


_DEFAULTS = {
    "data_dir": "`data`",
    "database_url": "`sqlite://<data>/cercle.db`",
    "storage_url": "`file://<data>/blobs`",
    "secret_key": "made once in the data folder",
    "safe": "",
}


def _short(value: str) -> str:
    """A value in one cell; what is made of other tokens is only said to be."""
    flat = " ".join(value.split())
    return f"`{flat}`" if len(flat) <= 120 else "made from the others"


def _default(name: str, value: Any) -> str:
    if name in _DEFAULTS:
        return _DEFAULTS[name]
    if value in (PydanticUndefined, None, "", ()):
        return ""
    for unit, size in (("GiB", GIB), ("MiB", MIB)):
        if isinstance(value, int) and value >= size and value % size == 0:
            return f"`{value}` ({value // size} {unit})"
    return f"`{value}`"


def _implementers(loaded: Parts, hook: str) -> list[str]:
    return [one.name for one in loaded if one.get("hooks", hook, None) is not None]


def _hook(name: str, function: Any, used_by: list[str]) -> str:
    signature = str(inspect.signature(function)).replace("'", "")
    code = f"```python\n{name}{signature}\n```"
    used = f" · answered by {', '.join(f'`{part}`' for part in used_by)}" if used_by else ""
    text = "\n\n".join([_plain(inspect.getdoc(function) or ""), *_old_ways(function)])
    return f"### `{name}`\n\n{code}\n\n*{function.cercle_mode}*{used}\n\n{text}"


def _old_ways(function: Any) -> list[str]:
    """What of a hook is going, and when."""
    deprecated, renamed = function.cercle_old
    ways = [("This hook", deprecated)] if deprecated else []
    ways += [(f"The argument `{name}`", one) for name, one in renamed.items()]
    return [f"**{what} is old since {one.since} and goes in {one.until}; use `{one.use}`.**" for what, one in ways]


def _plain(doc: str) -> str:
    text, arguments = described(doc)
    lines = [f"* {ticked(name)}: {meaning}" for name, meaning in arguments]
    return text + ("\n\n" + "\n".join(lines) if lines else "")


def _commands(command: Any, name: str) -> list[str]:
    children = getattr(command, "commands", None)
    if children:
        return [text for child in sorted(children) for text in _commands(children[child], f"{name} {child}")]
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    usage = " ".join([name, *(_usage(parameter) for parameter in shown)])
    explained = [
        f"* `{_called(parameter)}`: {parameter.help}" for parameter in shown if getattr(parameter, "help", None)
    ]
    parts = [f"## {name}", f"```\n{usage}\n```", inspect.cleandoc(command.help or "")]
    parts += ["\n".join(explained)] if explained else []
    parts += [f"For example: `{command.epilog.removeprefix('Example: ')}`"] if command.epilog else []
    return parts


def _called(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    return str(parameter.name.upper() if is_argument else parameter.opts[0])


def _usage(parameter: Any) -> str:
    shown = _called(parameter)
    if parameter.param_type_name != "argument" and not parameter.is_flag:
        shown += f" {parameter.name.upper()}"
    return shown if parameter.required else f"[{shown}]"
