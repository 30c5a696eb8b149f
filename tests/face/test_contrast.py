"""Holds the contrast that WCAG 2.2 AA asks for: every theme, both schemes, all twelve accents."""

import re
from math import cos, radians, sin
from pathlib import Path

import pytest

THEMES = Path(__file__).parents[2] / "themes"
ACCENTS = ("rust", "amber", "ochre", "olive", "moss", "teal", "lagoon", "azure", "indigo", "plum", "rose", "slate")
SCHEMES = ("light", "dark")
GROUNDS = ("paper", "surface", "sunken")

#: What stands on what, and how much contrast it needs (1.4.3 for text, 1.4.11 for parts of the interface).
TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "ink-faint") for ground in GROUNDS),
    ("rail-ink", "rail"),
    *((f"{kind}-text", f"{kind}-soft") for kind in ("success", "warning", "error", "info")),
    *((f"{kind}-text", ground) for kind in ("success", "warning", "error", "info") for ground in GROUNDS),
    ("error-ink", "error-fill"),
    ("ink", "mark"),
]
PART_PAIRS = [(part, ground) for part in ("line-strong", "focus") for ground in GROUNDS]
ACCENT_PAIRS = [
    ("accent-ink", "accent"),
    ("accent-text", "accent-soft"),
    *(("accent-text", ground) for ground in GROUNDS),
    *((ink, "accent-soft") for ink in ("ink", "ink-soft", "ink-faint")),
]

Linear = tuple[float, float, float]
Tokens = dict[str, tuple[Linear, Linear]]


def test_colours_are_in_the_gamut_of_srgb(theme: str) -> None:
    outside = [
        f"{selector} --{name}"
        for selector, tokens in read_tokens(theme).items()
        for name, pair in tokens.items()
        for colour in pair
        if any(not -0.002 <= channel <= 1.002 for channel in colour)
    ]
    assert outside == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_inks_are_readable_on_every_ground(theme: str, scheme: str) -> None:
    root = read_tokens(theme)[":root"]
    assert too_faint(root, TEXT_PAIRS, scheme, 4.5) == []
    assert too_faint(root, PART_PAIRS, scheme, 3.0) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("accent", ["", *ACCENTS])
def test_accents_are_readable(theme: str, scheme: str, accent: str) -> None:
    rules = read_tokens(theme)
    tokens = rules[":root"] | (rules[f'[data-accent="{accent}"]'] if accent else {})
    assert too_faint(tokens, ACCENT_PAIRS, scheme, 4.5) == []


@pytest.fixture(params=("default", "ardoise"))
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def too_faint(tokens: Tokens, pairs: list[tuple[str, str]], scheme: str, least: float) -> list[str]:
    """The pairs below the least ratio, each with the ratio it has."""
    at = SCHEMES.index(scheme)
    ratios = {(over, under): contrast(tokens[over][at], tokens[under][at]) for over, under in pairs}
    return [f"{over} on {under}: {ratio:.2f}" for (over, under), ratio in ratios.items() if ratio < least]


def contrast(one: Linear, other: Linear) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Linear) -> float:
    red, green, blue = (min(max(channel, 0.0), 1.0) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def read_tokens(theme: str) -> dict[str, Tokens]:
    """Selector -> token -> its colour by day and by night, in linear sRGB."""
    css = re.sub(r"/\*.*?\*/", "", (THEMES / theme / "static" / "tokens.css").read_text(), flags=re.DOTALL)
    colour = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)(?: / [\d.]+)?\)"
    return {
        selector.strip(): {
            name: (linear(*map(float, values[:3])), linear(*map(float, values[3:])))
            for name, *values in re.findall(rf"--([\w-]+): light-dark\({colour}, {colour}\);", body)
        }
        for selector, body in re.findall(r"(:root|\[data-accent=[^{]*?\])\s*{([^{}]*)}", css)
    }


def linear(lightness: float, chroma: float, hue: float) -> Linear:
    """From oklch to linear sRGB, with the matrices of CSS Color 4 (section 10)."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
