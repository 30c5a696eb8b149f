"""`{% fragment key %}…{% endfragment %}` in templates: keeps what was rendered, and shows it again where the key is the same.

The key holds every fact that the rendered text depends on, language and rights included, as the request's own queries found
them; so nothing kept can be out of date, and there is nothing to clear when something changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

KEPT = 4000
LARGEST = 64 * 1024


class FragmentExtension(Extension):
    """The tag. Each environment keeps its 4,000 most recently used fragments."""

    tags = {"fragment"}  # noqa: RUF012 - as Jinja declares it

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._kept: OrderedDict[Hashable, Markup] = OrderedDict()

    def parse(self, parser: Parser) -> nodes.Node:
        """`fragment KEY`, the body, `endfragment`; where it stands is part of the key."""
        line = next(parser.stream).lineno
        place = nodes.Const(f"{parser.name}:{line}")
        key = parser.parse_expression()
        body = parser.parse_statements(("name:endfragment",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_show", [place, key]), [], [], body).set_lineno(line)

    def _show(self, place: str, key: Hashable, caller: Callable[[], Any]) -> Markup:
        whole = (place, key)
        found = self._kept.get(whole)
        if found is not None:
            self._kept.move_to_end(whole)
            return found
        made = Markup(caller())  # noqa: S704 - the body is a template, escaped as all of them
        if len(made) <= LARGEST:
            self._kept[whole] = made
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made
