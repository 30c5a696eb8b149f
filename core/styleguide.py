"""The style guide: every component live with the code that makes it, the tokens with their measured contrast, the icons.

An example is a template below `styleguide/examples/`, named like its macro: the page shows what it renders and its source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from starlette.responses import Response

from core.assets import DIST
from core.forms import Form
from core.http import Request
from core.i18n import N_, gettext
from core.render import CORE, Message
from core.themes import Theme
from core.themes.contrast import ACCENT_PAIRS, PAIRS, SCHEMES, Pair, Tokens, colour_of, expand, ratio
from core.themes.css import ACCENT_ROLES, accents, colour_tokens, theme_sheets, tokens_of
from core.token_words import LABELS, TOKENS

EXAMPLES = CORE / "templates" / "styleguide" / "examples"
GROUPS = {
    "basics": N_("Basics"),
    "forms": N_("Forms"),
    "lists": N_("Lists and tables"),
    "boxes": N_("Boxes and messages"),
    "acts": N_("Menus, dialogs, text"),
    "editor": N_("Writing"),
}
"""The partials `_ui_NAME.html`, in the words of the page."""
_MACRO = re.compile(
    r"{#-\s*(?P<name>\w+)\([^)]*\):(?P<text>.*?)-#}\s*{%-?\s*macro\s+(?P=name)\((?P<all>[^%]*?)\)\s*-?%}", re.DOTALL
)
_SYMBOL = re.compile(r'<symbol id="([a-z0-9-]+)"')
_HTML = (
    "<h2>Nos rencontres</h2>"
    '<p>Chaque mois, <strong>un soir</strong>, chez <a href="#prose">l’un de nous</a>.</p>'
    "<ul><li>un tour de table</li><li>un sujet</li></ul>"
    "<blockquote><p>On repart avec une idée.</p></blockquote>"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A macro of `ui.html`.

    Args:
        name: of the macro.
        given: its arguments with their defaults.
        text: what it is for, from the comment above it.
        source: its example.
    """

    name: str
    given: str
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A pair of colours with its contrast in each scheme."""

    pair: Pair
    ratios: tuple[float, ...]


async def show(request: Request) -> Response:
    """Every component."""
    return await request.page("styleguide/index.html", groups=groups(), **_samples())


async def tokens(request: Request) -> Response:
    """Colours, letters, space, corners, depth and motion of the theme at hand."""
    appearance = request.app.appearance
    theme = appearance.tried_by(request) or appearance.theme
    colours = colour_tokens() | set(ACCENT_ROLES)
    return await request.page(
        "styleguide/tokens.html", words=TOKENS, colours=colours, label_of=label_of, **_facts(theme)
    )


async def icons(request: Request) -> Response:
    """Every icon of the sprite, or those that a word finds."""
    wanted = request.query_params.get("icon", "").strip().lower()[:40]
    found = [name for name in icon_names() if wanted in name]
    return await request.page("styleguide/icons.html", icons=found, wanted=wanted)


@lru_cache(maxsize=1)
def groups() -> dict[str, tuple[Piece, ...]]:
    """The macros by the partial they are in."""
    partials = sorted((CORE / "templates").glob("_ui_*.html"), key=_order)
    return {path.stem.removeprefix("_ui_"): tuple(_pieces(path)) for path in partials}


@lru_cache(maxsize=1)
def icon_names() -> tuple[str, ...]:
    """The names of the sprite; none before the front end is built."""
    sprite = next(DIST.glob("icons-*.svg"), None)
    return tuple(_SYMBOL.findall(sprite.read_text(encoding="utf-8"))) if sprite else ()


def label_of(group: str) -> str:
    """A group in the reader's words."""
    return gettext(GROUPS.get(group) or LABELS.get(group) or group.capitalize())


def _order(path: Path) -> int:
    names = list(GROUPS)
    name = path.stem.removeprefix("_ui_")
    return names.index(name) if name in names else len(names)


def _pieces(path: Path) -> list[Piece]:
    found = []
    for match in _MACRO.finditer(path.read_text(encoding="utf-8")):
        example = EXAMPLES / f"{match['name']}.html"
        if example.is_file():
            text = re.split(r"\s*\n\s*{[{%]", match["text"])[0]
            source = example.read_text(encoding="utf-8").rstrip()
            found.append(Piece(match["name"], " ".join(match["all"].split()), " ".join(text.split()), source))
    return found


def _samples() -> dict[str, Any]:
    """What the examples are given."""
    return {
        "label_of": label_of,
        "moment": datetime.now(UTC) - timedelta(hours=3),
        "example_club": SimpleNamespace(name="Artisans d’Aquitaine", initials="AA", accent="teal", url="#club_card"),
        "form": Form({"title": ""}, {"title": [gettext("Please fill this in.")]}),
        "page_html": _HTML,
        "messages_of_the_example": [Message("success", gettext("Saved."))],
    }


@lru_cache(maxsize=16)
def _facts(theme: Theme) -> dict[str, Any]:
    """The values of a theme's tokens, and its contrasts."""
    sheets = theme_sheets(theme)
    page = tokens_of(sheets)
    names = {accent: tokens_of(sheets, accent) for accent in accents()}
    return {
        "values": {name: _value(name, page) for group in TOKENS.values() for name in group},
        "pairs": _measured(PAIRS, page),
        "accents": {accent: _measured(ACCENT_PAIRS[:3], seen) for accent, seen in names.items()},
    }


def _value(name: str, page: Tokens) -> str:
    if name not in page:
        return ""
    if name not in colour_tokens() | set(ACCENT_ROLES):
        return page[name]
    try:
        return " · ".join(colour_of(name, page, scheme).hexadecimal for scheme in SCHEMES)
    except ValueError:
        return expand(page[name], {})


def _measured(pairs: tuple[Pair, ...], seen: Tokens) -> list[Measured]:
    found = []
    for pair in pairs:
        try:
            found.append(Measured(pair, tuple(ratio(pair, seen, scheme) for scheme in SCHEMES)))
        except ValueError:
            continue  # `cercle theme check` says it
    return found
