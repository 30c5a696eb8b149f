"""Colours of a theme as numbers: whether a screen can show them, and how well one can be read on another (WCAG 2.2).

A token's value may be any colour of CSS, `light-dark()` of two, and may be put together with `var()` and `calc()`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import cbrt, hypot

from tinycss2 import parse_one_component_value, serialize
from tinycss2.ast import FunctionBlock
from tinycss2.color4 import parse_color

Tokens = Mapping[str, str]
SCHEMES = ("light", "dark")
GROUNDS = ("paper", "surface", "sunken")
TEXT = 4.5  # WCAG 2.2, 1.4.3
PART = 3.0  # WCAG 2.2, 1.4.11
_KINDS = ("success", "warning", "error", "info")
_DEPTH = 12  # of tokens that are made of tokens


@dataclass(frozen=True, slots=True)
class Pair:
    """A colour that stands on another.

    Args:
        over: token of the letters or the line.
        under: token of the ground.
        least: the ratio it needs.
    """

    over: str
    under: str
    least: float = TEXT


PAIRS = (
    *(Pair(ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in GROUNDS),
    Pair("rail-ink", "rail"),
    *(Pair(f"{kind}-text", f"{kind}-soft") for kind in _KINDS),
    *(Pair(f"{kind}-text", ground) for kind in _KINDS for ground in GROUNDS),
    Pair("error-ink", "error-fill"),
    Pair("ink", "mark"),
    *(Pair(part, ground, PART) for part in ("line-strong", "focus") for ground in GROUNDS),
)
ACCENT_PAIRS = (
    Pair("accent-ink", "accent"),
    Pair("accent-text", "accent-soft"),
    *(Pair("accent-text", ground) for ground in GROUNDS),
    *(Pair(ink, "accent-soft") for ink in ("ink", "ink-soft", "ink-faint")),
)


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour in linear sRGB, each channel from 0 to 1 where a screen can show it.

    Args:
        red, green, blue: the channels.
        alpha: 1 is opaque.
    """

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    @property
    def is_shown(self) -> bool:
        """Whether it lies in the gamut of sRGB, up to rounding."""
        return all(-0.002 <= channel <= 1.002 for channel in (self.red, self.green, self.blue))

    @property
    def luminance(self) -> float:
        """The relative luminance of WCAG 2.2, from 0 to 1."""
        red, green, blue = (min(max(channel, 0.0), 1.0) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def hexadecimal(self) -> str:
        """As `#rrggbb`, clipped to what a screen shows."""
        return "#" + "".join(f"{round(_encoded(channel) * 255):02x}" for channel in (self.red, self.green, self.blue))


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((one.luminance, other.luminance), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ratio(pair: Pair, tokens: Tokens, scheme: str) -> float:
    """The contrast of a pair in one scheme.

    Raises:
        ValueError: when one of the two is no colour; says which and why.
    """
    return contrast(colour_of(pair.over, tokens, scheme), colour_of(pair.under, tokens, scheme))


def colour_of(name: str, tokens: Tokens, scheme: str) -> Colour:
    """What a token looks like.

    Args:
        name: of the token, without its dashes.
        tokens: all of them, without their dashes.
        scheme: `light` or `dark`.

    Raises:
        ValueError: when it is not there or no colour; the text names the token.
    """
    if name not in tokens:
        raise ValueError(f"--{name} is not defined")
    value = expand(tokens[name], tokens)
    found = _colour(_one_side(value, scheme))
    if found is None:
        raise ValueError(f"--{name}: {tokens[name]} is not a colour that can be measured; write oklch(…), rgb(…) or #…")
    return found


def widest_chroma(colour: Colour) -> float:
    """The most chroma in oklch that a screen shows at the lightness and hue of a colour."""
    lightness, a, b = _oklab_of(colour)
    chroma, inside = hypot(a, b), 0.0
    outside = chroma
    for _ in range(12):
        tried = (inside + outside) / 2
        scale = tried / chroma if chroma else 0.0
        shown = _colour(f"oklab({lightness:.5f} {a * scale:.5f} {b * scale:.5f})")
        inside, outside = (tried, outside) if shown is not None and shown.is_shown else (inside, tried)
    return int(inside * 1000) / 1000


def expand(value: str, tokens: Tokens) -> str:
    """The value with every `var()` replaced and every `calc()` worked out.

    Raises:
        ValueError: for a token that is not there, or that is made of itself.
    """
    for _ in range(_DEPTH):
        replaced = _VAR.sub(lambda match: _looked_up(match, tokens), value)
        if replaced == value:
            return _calculated(value)
        value = replaced
    raise ValueError(f"{value} is made of itself")


_VAR = re.compile(r"var\(\s*--([\w-]+)\s*(?:,([^()]*))?\)")
_CALC = re.compile(r"calc\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_INNER = re.compile(r"\(([^()]*)\)")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)"
_STEPS = (
    (re.compile(rf"({_NUMBER})\s*([*/])\s*({_NUMBER})"), {"*": operator.mul, "/": operator.truediv}),
    (re.compile(rf"({_NUMBER})\s+([-+])\s+({_NUMBER})"), {"+": operator.add, "-": operator.sub}),
)


def _looked_up(match: re.Match[str], tokens: Tokens) -> str:
    name, instead = match.groups()
    if name in tokens:
        return tokens[name].strip()
    if instead is None:
        raise ValueError(f"--{name} is not defined")
    return str(instead).strip()


def _calculated(value: str) -> str:
    return _CALC.sub(lambda match: _sum(match[1]), value)


def _sum(text: str) -> str:
    """Works out numbers with + - * / and parentheses, as `calc()` does (CSS Values 4, 10)."""
    while inner := _INNER.search(text):
        text = text[: inner.start()] + _sum(inner[1]) + text[inner.end() :]
    for pattern, signs in _STEPS:
        while step := pattern.search(text):
            worked = signs[step[2]](float(step[1]), float(step[3]))
            text = f"{text[: step.start()]}{worked:.6f}{text[step.end() :]}"
    return text.strip()


@lru_cache(maxsize=4096)
def _one_side(value: str, scheme: str) -> str:
    """The side of `light-dark()` that a scheme sees."""
    token = parse_one_component_value(value, skip_comments=True)
    if not isinstance(token, FunctionBlock) or token.lower_name != "light-dark":
        return value
    sides = str(serialize(token.arguments))
    depth = 0
    for at, letter in enumerate(sides):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            return (sides[:at] if scheme == SCHEMES[0] else sides[at + 1 :]).strip()
    return value


@lru_cache(maxsize=4096)
def _colour(value: str) -> Colour | None:
    found = parse_color(value)
    if found is None or isinstance(found, str):
        return None
    if found.space in ("oklch", "oklab"):
        found = found.to("xyz-d65")
    if found.space == "xyz-d65":
        x, y, z = (part or 0.0 for part in found.coordinates)
        return Colour(*_linear_of_xyz(x, y, z), found.alpha)
    if found.space in ("hsl", "hwb"):
        found = found.to("srgb")
    if found.space != "srgb":
        return None
    red, green, blue = (_decoded(part or 0.0) for part in found.coordinates)
    return Colour(red, green, blue, found.alpha)


def _oklab_of(colour: Colour) -> tuple[float, float, float]:
    """From linear sRGB to oklab, with the matrices of its author (Ottosson 2020)."""
    red, green, blue = colour.red, colour.green, colour.blue
    long = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _linear_of_xyz(x: float, y: float, z: float) -> tuple[float, float, float]:
    """From CIE XYZ (D65) to linear sRGB, with the matrix of CSS Color 4 (section 18)."""
    return (
        3.2409699419 * x - 1.5373831776 * y - 0.4986107603 * z,
        -0.9692436363 * x + 1.8759675015 * y + 0.0415550574 * z,
        0.0556300797 * x - 0.2039769589 * y + 1.0569715142 * z,
    )


def _decoded(channel: float) -> float:
    """From sRGB to light (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _encoded(light: float) -> float:
    light = min(max(light, 0.0), 1.0)
    return light * 12.92 if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)
