"""Reads the style sheets of a theme, and of the tokens below it, into rules and token values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tinycss2 import parse_blocks_contents, parse_stylesheet, serialize

from core.themes import BUNDLED, Theme
from core.themes.contrast import SCHEMES, colour_of

CORE_TOKENS = tuple(Path(__file__).parents[1] / "tokens" / name for name in ("scale.css", "accents.css"))
ACCENT_ROLES = ("accent", "accent-ink", "accent-soft", "accent-text")
PLAIN_PAPER = ("#faf7f2", "#191c20")
_CONDITIONAL = frozenset({"media", "supports", "container"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One line of a rule.

    Args:
        name: of the property, a token with its two dashes.
        value: as it is written.
        line: in the file, from 1.
    """

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a style sheet.

    Args:
        selectors: what it holds for.
        declarations: what it says.
        line: in the file, from 1.
        layer: the cascade layer it is in, "" for none.
        always: False inside of `@media`, `@supports` and the like.
    """

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    line: int
    layer: str = ""
    always: bool = True


@dataclass(frozen=True, slots=True)
class AtRule:
    """An at-rule that is no group of rules: `@import`, `@font-face`, `@keyframes`.

    Args:
        keyword: without its `@`.
        text: what follows.
        line: in the file, from 1.
        layer: the cascade layer it is in, "" for none.
    """

    keyword: str
    text: str
    line: int
    layer: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is no CSS.

    Args:
        text: why.
        line: in the file, from 1.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet: where it is, and what stands in it."""

    path: Path
    content: tuple[Rule | AtRule | Unreadable, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, those in layers and conditions included."""
        return tuple(one for one in self.content if isinstance(one, Rule))


def read_sheet(path: Path) -> Sheet:
    """Read a style sheet.

    Raises:
        OSError: when it is not there.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    return Sheet(path, tuple(_walk(parse_stylesheet(text, skip_comments=True, skip_whitespace=True), "", True)))


def theme_sheets(theme: Theme) -> list[Sheet]:
    """The theme's own style sheets, without those that are missing."""
    paths = [theme.folder / "static" / name for name in theme.stylesheets]
    return [read_sheet(path) for path in paths if path.is_file()]


def tokens_of(sheets: list[Sheet], accent: str = "") -> dict[str, str]:
    """The tokens, without their dashes, as an element sees them.

    Args:
        sheets: of the theme; what all themes share lies below them.
        accent: the element's `data-accent`; "" for the page itself.
    """
    own_selectors = {"[data-accent]", f'[data-accent="{accent}"]'} if accent else set()
    root: dict[str, str] = {}
    own: dict[str, str] = {}
    for rule in [rule for sheet in (*shared_sheets(), *sheets) for rule in sheet.rules if rule.always]:
        values = {line.name[2:]: line.value for line in rule.declarations if line.name.startswith("--")}
        if ":root" in rule.selectors:
            root.update(values)
        if own_selectors & set(rule.selectors):
            own.update(values)
    return root | own


@lru_cache(maxsize=1)
def shared_sheets() -> tuple[Sheet, ...]:
    """Sizes and accents, which all themes share."""
    return tuple(read_sheet(path) for path in CORE_TOKENS)


@lru_cache(maxsize=1)
def theme_tokens() -> frozenset[str]:
    """The names of the tokens that every theme defines: those that the default theme does."""
    rules = [
        rule for rule in read_sheet(BUNDLED / "default" / "static" / "tokens.css").rules if ":root" in rule.selectors
    ]
    return frozenset(line.name[2:] for rule in rules for line in rule.declarations)


@lru_cache(maxsize=1)
def colour_tokens() -> frozenset[str]:
    """Those tokens of a theme that are colours."""
    tokens = tokens_of([read_sheet(BUNDLED / "default" / "static" / "tokens.css")])
    return frozenset(name for name in theme_tokens() if "oklch(" in tokens[name])


@lru_cache(maxsize=1)
def shared_tokens() -> frozenset[str]:
    """The names of the tokens that all themes share and may say otherwise."""
    return frozenset(tokens_of([], "teal"))


@lru_cache(maxsize=1)
def accents() -> tuple[str, ...]:
    """The names of the accents that clubs choose from."""
    names = [selector for rule in shared_sheets()[-1].rules for selector in rule.selectors if '="' in selector]
    return tuple(name.split('"')[1] for name in names)


def paper_of(theme: Theme) -> tuple[str, str]:
    """The theme's ground by day and by night as `#rrggbb`, for what reads no style sheet; a plain pair where it has none."""
    tokens = tokens_of(theme_sheets(theme))
    try:
        light, dark = (colour_of("paper", tokens, scheme).hexadecimal for scheme in SCHEMES)
    except ValueError:
        return PLAIN_PAPER
    return light, dark


def _walk(nodes: list[Any], layer: str, always: bool) -> Iterator[Rule | AtRule | Unreadable]:
    for node in nodes:
        if node.type == "error":
            yield Unreadable(node.message, node.source_line)
        elif node.type == "qualified-rule":
            yield from _rule(node, layer, always)
        elif node.type == "at-rule":
            yield from _at_rule(node, layer, always)


def _at_rule(node: Any, layer: str, always: bool) -> Iterator[Rule | AtRule | Unreadable]:
    keyword, named = node.lower_at_keyword, serialize(node.prelude).strip()
    if node.content is None or keyword not in {"layer", *_CONDITIONAL}:
        text = f"{named} {{{serialize(node.content)}}}" if node.content else named
        yield AtRule(keyword, text, node.source_line, layer)
        return
    inside = parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
    below = (f"{layer}.{named}" if layer else named) if keyword == "layer" else layer
    yield from _walk(inside, below, always and keyword == "layer")


def _rule(node: Any, layer: str, always: bool) -> Iterator[Rule | AtRule | Unreadable]:
    selectors = tuple(part.strip() for part in serialize(node.prelude).split(","))
    inside = parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
    lines = [one for one in inside if one.type == "declaration"]
    declarations = tuple(Declaration(one.name, serialize(one.value).strip(), one.source_line) for one in lines)
    yield Rule(selectors, declarations, node.source_line, layer, always)
    yield from _walk([one for one in inside if one.type != "declaration"], layer, always)
