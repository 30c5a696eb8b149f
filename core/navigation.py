"""Navigation as data: tabs of a club, links, panels. Plugins return these, never HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.http import Request


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    label: str
    url: str
    icon: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a club."""

    label: str
    url: str
    icon: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A quiet box beside or below the main column.

    Args:
        title: its heading, translated.
        links: its rows.
        more: where "all of them" leads.
        order: smaller stands higher.
        template: a template of the plugin for richer content, given `context`; None shows the links.
    """

    title: str
    links: tuple[Link, ...] = ()
    more: Link | None = None
    order: int = 100
    template: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


class Navigation:
    """Builds the tabs; `spaces` says how, because the core knows no club."""

    def __init__(self) -> None:
        self._tabs: Callable[[Request], tuple[Tab, ...]] | None = None

    def provide_tabs(self, make: Callable[[Request], tuple[Tab, ...]]) -> None:
        """Say how the tabs of a request are made."""
        self._tabs = make

    def tabs(self, request: Request) -> tuple[Tab, ...]:
        """The tabs for this request; none outside a club."""
        return self._tabs(request) if self._tabs and request.club is not None else ()
