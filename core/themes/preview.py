"""A small picture of a theme by day and by night, drawn from its own tokens, for choosing among themes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from core import current
from core.errors import NotFound
from core.themes import Theme
from core.themes.contrast import SCHEMES, colour_of, expand
from core.themes.css import colour_tokens, theme_sheets, tokens_of

SAMPLE = "theme_sample.svg"
ACCENTS = ("teal", "rust", "plum")
_PIXELS = {"rem": 16.0, "px": 1.0, "em": 16.0, "": 1.0}
_LENGTH = re.compile(r"([\d.]+)(rem|px|em|)")


@lru_cache(maxsize=32)
def sample(theme: Theme, scheme: str) -> str:
    """An SVG of a page in this theme.

    Args:
        theme: as it was read.
        scheme: `light` or `dark`.

    Raises:
        NotFound: for another scheme.
    """
    if scheme not in SCHEMES:
        raise NotFound()
    sheets = theme_sheets(theme)
    tokens = tokens_of(sheets)
    return current.app().pages.render(
        SAMPLE,
        colour=_colours(tokens, scheme),
        marks=[_colours(tokens_of(sheets, accent), scheme) for accent in ACCENTS],
        radius={size: _length(tokens, f"radius-{size}") for size in ("s", "m", "l")},
        is_serif="sans-serif" not in tokens.get("font-title", "") and "serif" in tokens.get("font-title", ""),
    )


def _colours(tokens: dict[str, str], scheme: str) -> dict[str, str]:
    """Every colour as an SVG takes it; grey where the theme has none."""
    found: dict[str, str] = {}
    for name in (*colour_tokens(), "accent", "accent-ink", "accent-soft", "accent-text"):
        try:
            found[name] = colour_of(name, tokens, scheme).hexadecimal
        except ValueError:
            found[name] = "#808080"
    return found


def _length(tokens: dict[str, str], name: str) -> float:
    try:
        found: Any = _LENGTH.fullmatch(expand(tokens[name], tokens))
    except (KeyError, ValueError):
        return 0.0
    return float(found[1]) * _PIXELS[found[2]] if found else 0.0
