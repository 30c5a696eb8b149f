"""Whether a manifest is one that Cercle can run: its name, its shortcut, its versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

import core
from core.errors import PluginError
from core.loading.needs import needs_of

if TYPE_CHECKING:
    from core.parts import Part

NAME = re.compile(r"[a-z][a-z0-9_]{1,29}")
RESERVED = frozenset(
    {
        *("core", "accounts", "spaces", "admin", "api", "settings", "static", "people", "feeds", "clubs", "palette"),
        *("home", "share", "styleguide", "unsubscribe"),
    }
)
LETTERS_OF_THE_SITE = frozenset("chmps")


def check_manifest(part: Part, *, essential: bool) -> None:
    """Refuse a manifest with which a part cannot run.

    Args:
        part: the manifest.
        essential: whether the site cannot be without it, so that it may have one of the engine's own names.

    Raises:
        PluginError: with the reason.
    """
    if not NAME.fullmatch(part.name):
        raise PluginError(f"The name {part.name!r} must be 2 to 30 of a-z, 0-9 and _", plugin=part.name)
    if part.name in RESERVED and not essential:
        raise PluginError(f"The name {part.name!r} is taken by Cercle itself", plugin=part.name)
    if part.shortcut and (not re.fullmatch("[a-z]", part.shortcut) or part.shortcut in LETTERS_OF_THE_SITE):
        raise PluginError(f"The shortcut {part.shortcut!r} must be one of a-z without c, h, m, p, s", plugin=part.name)
    try:
        fits = Version(core.__version__) in SpecifierSet(part.cercle, prereleases=True)
        Version(part.version)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise PluginError(f"Wrong version in the manifest: {error}", plugin=part.name) from None
    needs_of(part)
    if not fits:
        raise PluginError(f"Needs Cercle {part.cercle}; this is {core.__version__}", plugin=part.name)
