"""Holds the contrast that WCAG 2.2 AA asks for: every theme of ours, both schemes, all twelve accents."""

import pytest

from core.themes import BUNDLED, read_theme
from core.themes.contrast import ACCENT_PAIRS, PAIRS, SCHEMES, colour_of, contrast, ratio
from core.themes.css import ACCENT_ROLES, accents, colour_tokens, theme_sheets, tokens_of
from spaces.settings import ACCENTS

THEMES = ("default", "ardoise")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_is_readable_where_it_stands(theme: str, scheme: str) -> None:
    sheets = theme_sheets(read_theme(BUNDLED / theme))
    faint = [
        (accent, pair.over, pair.under, round(found, 2))
        for accent in ("", *accents())
        for pair in (*PAIRS, *ACCENT_PAIRS)
        if (found := ratio(pair, tokens_of(sheets, accent), scheme)) < pair.least
    ]
    assert faint == []


@pytest.mark.parametrize("theme", THEMES)
def test_colours_are_in_the_gamut_of_srgb(theme: str) -> None:
    sheets = theme_sheets(read_theme(BUNDLED / theme))
    outside = [
        (accent, name, scheme)
        for accent in ("", *accents())
        for name in (*colour_tokens(), *ACCENT_ROLES)
        for scheme in SCHEMES
        if not colour_of(name, tokens_of(sheets, accent), scheme).is_shown
    ]
    assert outside == []


def test_the_accents_that_clubs_choose_from_are_those_that_are_drawn() -> None:
    assert set(accents()) == set(ACCENTS)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000", "#fff", 21.0),
        ("#777", "#fff", 4.48),
        ("rgb(0 0 255)", "white", 8.59),
        ("hsl(0 100% 50%)", "oklch(1 0 0)", 4.0),
        ("oklch(0.6279 0.2577 29.23)", "#ff0000", 1.0),
    ],
)
def test_contrast_is_what_others_measure(one: str, other: str, expected: float) -> None:
    """Against the figures of the WebAIM contrast checker, and against red in two spellings."""
    tokens = {"one": one, "other": other}
    assert contrast(colour_of("one", tokens, "light"), colour_of("other", tokens, "light")) == pytest.approx(
        expected, abs=0.01
    )


@pytest.mark.parametrize(
    ("value", "light", "dark"),
    [
        ("light-dark(#fff, #000)", "#ffffff", "#000000"),
        ("light-dark(rgb(1 2 3), hsl(0, 0%, 100%))", "#010203", "#ffffff"),
        ("var(--white)", "#ffffff", "#ffffff"),
        ("var(--missing, #123456)", "#123456", "#123456"),
        ("oklch(calc(0.5 + 0.25 * (1 + var(--one))) 0 0)", "#ffffff", "#ffffff"),
    ],
)
def test_a_token_may_be_made_of_others(value: str, light: str, dark: str) -> None:
    tokens = {"shown": value, "white": "#ffffff", "one": "1"}
    assert tuple(colour_of("shown", tokens, scheme).hexadecimal for scheme in SCHEMES) == (light, dark)


@pytest.mark.parametrize("value", ["var(--nowhere)", "var(--shown)", "12px", "currentcolor"])
def test_what_is_no_colour_is_said_to_be_none(value: str) -> None:
    with pytest.raises(ValueError, match=r"--|made of itself"):
        colour_of("shown", {"shown": value}, "light")
