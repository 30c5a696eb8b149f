"""The tabs of a club: what it changed about their names, order and sight, and where somebody is led who opens the club.

Pure functions over what the gate loaded. `Club.tabs` is a JSON list of `{"p": name, "label": "", "hidden": false}` in the club's
order, "" where it changed nothing; `spaces.services.tabs` is its only writer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from core.http import Request
from core.i18n import N_, gettext, language
from core.navigation import Tab
from core.parts import LoadedPart
from spaces.permissions import VIEW_MEMBERS

if TYPE_CHECKING:
    from core.app import Cercle
    from spaces.gate import Access

PEOPLE = "people"
PEOPLE_TITLE = N_("Members")
LABEL_LENGTH = 40
MOST_TABS = 100


@dataclass(frozen=True, slots=True)
class TabChoice:
    """A place in the row of tabs.

    Args:
        name: of the plugin; `people` for the members.
        label: what the club calls it, "" for its own title.
        is_hidden: whether it has no tab. The plugin stays on, and links to it lead there.
    """

    name: str
    label: str = ""
    is_hidden: bool = False


@lru_cache(maxsize=1024)
def read_tabs(text: str) -> tuple[TabChoice, ...]:
    """What is stored in `Club.tabs`. Whatever cannot be understood is left out, so that no stored text breaks a page."""
    try:
        stored = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    found = [_choice(one) for one in stored[:MOST_TABS]] if isinstance(stored, list) else []
    return tuple({choice.name: choice for choice in reversed(found) if choice}.values())[::-1]


def write_tabs(choices: Sequence[TabChoice], usual: Sequence[str]) -> str:
    """The text to store; "" where nothing differs from the usual.

    Args:
        choices: every tab in its order.
        usual: names of the tabs in their usual order.
    """
    if tuple(choices) == tuple(TabChoice(name) for name in usual):
        return ""
    rows = [{"p": one.name, "label": one.label, "hidden": one.is_hidden} for one in choices]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def arranged(text: str, usual: Iterable[str]) -> tuple[TabChoice, ...]:
    """Every tab in the club's order; those that it does not know yet come last, plugins that are gone are left out.

    Args:
        text: of `Club.tabs`.
        usual: names of the tabs that there can be, in their usual order.
    """
    names = tuple(usual)
    chosen = [choice for choice in read_tabs(text) if choice.name in names]
    known = {choice.name for choice in chosen}
    return (*chosen, *(TabChoice(name) for name in names if name not in known))


def usual_order(app: Cercle) -> tuple[str, ...]:
    """The names of all tabs beside the home, as they stand where a club changed nothing."""
    return (*(loaded.name for loaded in app.parts.plugins if has_page(loaded)), PEOPLE)


def has_page(loaded: LoadedPart) -> bool:
    """Whether a tab can lead to a plugin: one without a page at `/` stands on the pages of others alone. Nobody knows that of
    one that failed.
    """
    return loaded.failure is not None or any(route.path == "/" for route in loaded.get("routes", "routes"))


def titles_in(app: Cercle, text: str) -> Mapping[str, str]:
    """What plugins, and the members, are called in a club, in the reader's language.

    Args:
        app: the application.
        text: of `Club.tabs`.
    """
    return _titles(app, text, language())


def plugin_title(request: Request, plugin: str) -> str:
    """What a plugin is called in the club at hand; "" for one that does not run."""
    return titles_in(request.app, request.club.tabs).get(plugin, "")


def club_tabs(request: Request) -> tuple[Tab, ...]:
    """Home, then each place that this viewer may read here, as the club arranged them."""
    access = request.access
    here = "".join(request.scope["path"].split("/")[3:4])
    facts = (access.club.slug, access.club.tabs, _landing(access), here, access.grant.allowed, access.away)
    return _tabs(request.app, *facts, language())


def landing_url(request: Request) -> str | None:
    """Where somebody is led who opens the club: the first page of the plugin chosen for them; None for the club's home.

    A plugin that is off, paused, without a tab or not for this viewer leads to the home.
    """
    home = club_tabs(request)[0]
    club = request.access.club
    return address_of(club.slug, _landing(request.access)) if home.url == home_address(club.slug) else None


def address_of(slug: str, name: str) -> str:
    """The first page of a place in a club."""
    return f"/c/{slug}/people" if name == PEOPLE else f"/c/{slug}/{name}/"


def home_address(slug: str) -> str:
    """Where the home of a club is at all times."""
    return f"/c/{slug}/home"


def _choice(stored: Any) -> TabChoice | None:
    if not isinstance(stored, dict) or not isinstance(stored.get("p"), str):
        return None
    label = stored.get("label", "")
    label = " ".join(label.split())[:LABEL_LENGTH] if isinstance(label, str) else ""
    return TabChoice(stored["p"], label, stored.get("hidden") is True)


def _landing(access: Access) -> str:
    """The place chosen for people like this viewer, "" for the home."""
    chosen: str = access.club.landing if access.is_member else access.club.visitor_landing
    return chosen


@lru_cache(maxsize=1024)
def _titles(app: Cercle, text: str, language: str) -> Mapping[str, str]:
    own = {loaded.name: gettext(loaded.part.title) for loaded in app.parts}
    chosen = {choice.name: choice.label for choice in read_tabs(text) if choice.label}
    return {name: chosen.get(name, title) for name, title in {**own, PEOPLE: gettext(PEOPLE_TITLE)}.items()}


@lru_cache(maxsize=4096)
def _tabs(
    app: Cercle,
    slug: str,
    text: str,
    landing: str,
    here: str,
    allowed: frozenset[str],
    away: frozenset[str],
    language: str,
) -> tuple[Tab, ...]:
    """A plugin that is off grants nothing, so what is allowed says which tabs there are; the others are unavailable."""
    failed = [loaded for loaded in app.parts.all() if loaded.name in away and loaded.failure]
    plugins = {loaded.name: loaded for loaded in (*failed, *app.parts.plugins) if has_page(loaded)}
    names = sorted(plugins, key=lambda name: (plugins[name].part.order, name))
    shown = [
        choice
        for choice in arranged(text, (*names, PEOPLE))
        if not choice.is_hidden and (choice.name in away or _may_read(choice.name, allowed))
    ]
    home = home_address(slug) if landing in {c.name for c in shown} - away else f"/c/{slug}/"
    titles = {**{one.name: gettext(one.part.title) for one in failed}, **_titles(app, text, language)}
    tabs = [_tab(slug, c, titles[c.name], plugins.get(c.name), here, c.name in away) for c in shown]
    return Tab(gettext("Home"), home, "house", here in ("", "home")), *tabs


def _tab(slug: str, choice: TabChoice, title: str, loaded: LoadedPart | None, here: str, away: bool) -> Tab:
    icon, key = (loaded.part.icon, loaded.part.shortcut) if loaded else ("users", "p")
    return Tab(choice.label or title, address_of(slug, choice.name), icon, here == choice.name, key, away)


def _may_read(name: str, allowed: frozenset[str]) -> bool:
    return (VIEW_MEMBERS.name if name == PEOPLE else f"{name}.view") in allowed
