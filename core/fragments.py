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

LARGEST = 64 * 1024
_OVERHEAD = 1024  # what a key may take


class Kept:
    """The texts that were used last, by their key.

    Args:
        room: characters that may be kept, their keys included.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._texts: OrderedDict[Hashable, Markup] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable) -> Markup | None:
        """The text that was kept under a key, or None."""
        found = self._texts.get(key)
        if found is not None:
            self._texts.move_to_end(key)
        return found

    def put(self, key: Hashable, text: Markup) -> None:
        """Keep a text, unless it is very large; what was not used for longest goes."""
        if len(text) > LARGEST:
            return
        self._texts[key] = text
        self._size += len(text) + _OVERHEAD
        while self._size > self._room:
            _, oldest = self._texts.popitem(last=False)
            self._size -= len(oldest) + _OVERHEAD


class FragmentExtension(Extension):
    """The tag. Each environment keeps the fragments it used last, up to 32 MiB of text."""

    tags = {"fragment"}  # noqa: RUF012 - as Jinja declares it
    room = 32 * 1024 * 1024

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._kept = Kept(self.room)

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
        if found is None:
            found = Markup(caller())  # noqa: S704 - the body is a template, escaped as all of them
            self._kept.put(whole, found)
        return found
