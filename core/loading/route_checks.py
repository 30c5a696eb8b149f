"""Whether every route can be reached: none is there twice, and none hides behind another."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.convertors import FloatConvertor, IntegerConvertor, PathConvertor, UUIDConvertor
from starlette.routing import Route as StarletteRoute

from core.errors import PluginError

_SAMPLES: dict[type, str] = {
    IntegerConvertor: "1",
    FloatConvertor: "1.5",
    UUIDConvertor: "123e4567-e89b-42d3-a456-426614174000",
    PathConvertor: "~some~/~thing~",
}


def refuse_hidden(made: StarletteRoute, earlier: Sequence[StarletteRoute], mounts: Sequence[str], *, part: str) -> None:
    """Compare a new route with those that are asked before it.

    Args:
        made: the route.
        earlier: the others on its shelf.
        mounts: prefixes that are asked before all routes.
        part: whose route it is.

    Raises:
        PluginError: when no request can ever reach it.
    """
    named = f"Route {_words(made)} {made.path}"
    if taken := next((prefix for prefix in mounts if made.path.startswith(prefix)), None):
        raise PluginError(f"{named} can never be reached: {taken} belongs to Cercle", plugin=part)
    address, methods = _sample(made), _methods(made)
    for other in earlier:
        if methods.isdisjoint(other.methods or ()):
            continue
        if other.path == made.path:
            owner = _owner(other)
            raise PluginError(f"{named} is there twice{f' (in {owner})' if owner != part else ''}", plugin=part)
        if methods <= (other.methods or set()) and other.path_regex.match(address):
            sentence = f"{named} can never be reached: {other.path} comes before it and takes the same addresses"
            raise PluginError(f"{sentence}. Name it first in routes.py", plugin=part)


def _methods(route: StarletteRoute) -> set[str]:
    return set(route.methods or ()) - {"HEAD"}


def _words(route: StarletteRoute) -> str:
    return " ".join(sorted(_methods(route)))


def _owner(route: StarletteRoute) -> str:
    return str(route.name).partition(":")[0]


def _sample(route: StarletteRoute) -> str:
    """An address of the route that no other would take by chance."""
    values = {name: _SAMPLES.get(type(one), f"~{name}~") for name, one in route.param_convertors.items()}
    return route.path_format.format(**values)
