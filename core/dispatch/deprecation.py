"""Old hooks and arguments: they work until a version that is told in advance, and each plugin that has them is named.

A hook or argument that is deprecated in a version works for at least two more minor versions (`since="0.2"`, `until="0.4"`
at the earliest), and within a major version 1 or later until the next major one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

import core
from core.errors import PluginError

if TYPE_CHECKING:
    from core.app import Cercle

logger = logging.getLogger("cercle.hooks")


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That a hook, or an argument of one, is going.

    Args:
        since: the version of Cercle that first warned of it.
        until: the version in which it is gone; a plugin that still has it then does not run.
        use: the name of what takes its place.
    """

    since: str
    until: str
    use: str

    @property
    def is_over(self) -> bool:
        """Whether this version of Cercle does without it."""
        return Version(core.__version__) >= Version(self.until)


@dataclass(frozen=True, slots=True)
class OldWay:
    """What a plugin does in a way that is going.

    Args:
        plugin: its name.
        hook: the hook that it implements.
        argument: the argument of it that is old; "" when the hook itself is.
        deprecation: since when, until when, and what to do instead.
    """

    plugin: str
    hook: str
    argument: str
    deprecation: Deprecation

    def __str__(self) -> str:
        """A sentence for the operator and the author."""
        what = f"argument {self.argument!r} of hook {self.hook!r}" if self.argument else f"hook {self.hook!r}"
        verb = (
            "is gone since" if self.deprecation.is_over else f"is old since Cercle {self.deprecation.since} and goes in"
        )
        return f"The {what} {verb} Cercle {self.deprecation.until}; use {self.deprecation.use!r} instead"


class OldWays:
    """The hooks and arguments that are going, and the plugins that were found to have them."""

    def __init__(self) -> None:
        self._hooks: dict[str, Deprecation] = {}
        self._arguments: dict[str, Mapping[str, Deprecation]] = {}
        self._found: dict[str, list[OldWay]] = {}

    def declare(self, hook: str, deprecated: Deprecation | None, renamed: Mapping[str, Deprecation]) -> None:
        """Take over what the specification of a hook says of itself and of its old arguments."""
        if deprecated is not None:
            self._hooks[hook] = deprecated
        self._arguments[hook] = renamed

    def look_at(self, plugin: str, hook: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """The arguments of an implementation by their names of today; what is old about it is told in the log.

        Raises:
            PluginError: when what it has is gone in this version.
        """
        known = self._arguments.get(hook, {})
        found = [OldWay(plugin, hook, "", self._hooks[hook])] if hook in self._hooks else []
        found += [OldWay(plugin, hook, name, known[name]) for name in arguments if name in known]
        for way in found:
            if way.deprecation.is_over:
                raise PluginError(str(way), plugin=plugin)
            logger.warning("Plugin %s: %s", plugin, way)
        self._found.setdefault(plugin, []).extend(found)
        return tuple(known[name].use if name in known else name for name in arguments)

    def of(self, plugin: str) -> tuple[OldWay, ...]:
        """What a plugin does in a way that is going."""
        return tuple(self._found.get(plugin, ()))

    def forget(self, plugin: str) -> None:
        """Forget a plugin that does not run."""
        self._found.pop(plugin, None)


def deprecations(app: Cercle, plugin: str) -> tuple[str, ...]:
    """A sentence for each old hook or argument that a running plugin has; for its page, `cercle doctor` and its author."""
    return tuple(str(way) for way in app.hooks.old_ways.of(plugin))
