"""The commands that parts bring: `groups` and `top` of their `commands.py`. A wrong one must not take the command line down."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from weakref import WeakSet

import typer

from core.errors import PluginError
from core.parts import LoadedPart

logger = logging.getLogger("cercle.parts")
_READABLE: WeakSet[typer.Typer] = WeakSet()  # to read them takes long, and one process may start several applications


def commands_of(loaded: LoadedPart) -> tuple[Mapping[str, typer.Typer], typer.Typer]:
    """The groups of a part by their name, and its commands that stand in no group.

    Raises:
        PluginError: when one of them is no Typer application, or has an argument that Typer cannot read.
    """
    groups, top = loaded.get("commands", "groups", {}), loaded.get("commands", "top", None) or typer.Typer()
    if not isinstance(groups, Mapping) or not all(isinstance(one, typer.Typer) for one in (*groups.values(), top)):
        sentence = "commands.py: `groups` maps names to typer.Typer(), and `top` is one"
        raise PluginError(sentence, plugin=loaded.name)
    for name, group in (*groups.items(), ("top", top)):
        if group in _READABLE or not (group.registered_commands or group.registered_groups):
            continue
        try:
            typer.main.get_group(group)
            _READABLE.add(group)
        except BaseException as error:
            raise PluginError(
                f"commands.py: the commands of {name!r} cannot be read: {error}", plugin=loaded.name
            ) from error
    return groups, top


def mount_commands(root: typer.Typer, groups: dict[str, typer.Typer], parts: Iterable[LoadedPart]) -> None:
    """Put the commands of all parts under the root. What is there already stays: no plugin replaces a command.

    Args:
        root: the command line.
        groups: those of the engine, by their name; those of the parts are added.
        parts: the parts that run.
    """
    for loaded in parts:
        with suppress(PluginError):  # the site says why, where operators look: in the console and in `cercle doctor`
            own, top = commands_of(loaded)
            for name, group in own.items():
                _add(groups.setdefault(name, typer.Typer()), group)
            _add(root, top)
    for name, group in groups.items():
        root.add_typer(group, name=name, no_args_is_help=True)


def _add(target: typer.Typer, source: typer.Typer) -> None:
    if target.info.help is None or isinstance(target.info.help, typer.models.DefaultPlaceholder):
        target.info.help = source.info.help
    taken = _names(target)
    target.registered_commands += [one for one in source.registered_commands if _name(one) not in taken]
    target.registered_groups += source.registered_groups


def _names(group: typer.Typer) -> set[str]:
    return {_name(one) for one in group.registered_commands}


def _name(command: typer.models.CommandInfo) -> str:
    made = getattr(command.callback, "__name__", "").replace("_", "-")
    return command.name or made
