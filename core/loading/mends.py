"""Why a plugin does not run, in words that an operator can act on: where the mistake is, and what to do about it."""

from __future__ import annotations

import traceback
from pathlib import Path

from core.errors import PluginError
from core.i18n import N_

OUTDATED = N_("It was made for another version of Cercle. Install a version of it that fits this one.")
LACKING = N_("Something that it needs is not installed. Install it beside the plugin, then restart.")
UNWRITTEN = N_("Its makers must mend it. Send them the details below; until then the rest of the site runs without it.")
WAITING = N_("Run “cercle migrate”, then restart.")
STANDING = N_("Its tables were left as they were. Send its makers the details below, then try “cercle migrate” again.")
KEPT_OUT = N_("The site runs in safe mode. Start it without --safe and CERCLE_SAFE to have the plugin back.")


class MigrationFault(Exception):
    """A migration that could not be applied.

    Args:
        name: of the migration.
        error: what came in its way.
    """

    def __init__(self, name: str, error: BaseException) -> None:
        super().__init__(f"The migration {name} could not be applied: {type(error).__name__}: {error}")
        self.__cause__ = error


class KeptOut(Exception):
    """A plugin that was not even looked at, because the site runs in safe mode."""

    def __init__(self) -> None:
        super().__init__("Not loaded: the site runs in safe mode")


def reason_of(error: BaseException, package: str) -> str:
    """What is wrong, in a sentence that names the file and the line where there is one.

    Args:
        error: what was raised.
        package: of the plugin.
    """
    if isinstance(error, PluginError):
        return error.message
    if isinstance(error, KeptOut | MigrationFault):
        return str(error)
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - a plugin's own error may fail even at this
        said = ""
    sentence = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return sentence if isinstance(error, SyntaxError) else sentence + _place(error, package)


def advice_about(error: BaseException) -> str:
    """What an operator can do about it (source language; translated when shown)."""
    if isinstance(error, KeptOut):
        return KEPT_OUT
    if isinstance(error, MigrationFault):
        return STANDING
    if isinstance(error, ImportError):
        return OUTDATED if (error.name or "").partition(".")[0] in ("cercle", "core", "spaces") else LACKING
    if not isinstance(error, PluginError):
        return UNWRITTEN
    if "cercle migrate" in error.message:
        return WAITING
    if error.message.startswith("Needs Cercle"):
        return OUTDATED
    return LACKING if error.message.startswith("Needs ") else UNWRITTEN


def _place(error: BaseException, package: str) -> str:
    """The deepest line of the plugin that was on the way to the error."""
    inside = f"/{package.replace('.', '/')}/"
    frames = [one for one in traceback.extract_tb(error.__traceback__) if inside in Path(one.filename).as_posix()]
    if not frames:
        return ""
    path = Path(frames[-1].filename).as_posix().rpartition(inside)[2]
    return f" ({path}, line {frames[-1].lineno})"
