"""Style sheets speak in tokens: what a token stands for is not written out a second time, and every token is explained."""

import re
from pathlib import Path

import pytest

from core.themes.css import Declaration, read_sheet, shared_tokens, theme_tokens, tokens_of
from core.token_words import token_names

ROOT = Path(__file__).parents[2]
SHEETS = sorted(
    path
    for pattern in (
        "frontend/css/*.css",
        "spaces/static/*.css",
        "core/**/static/*.css",
        "plugins/*/static/*.css",
        "themes/*/static/theme.css",
    )
    for path in ROOT.glob(pattern)
    if "dist" not in path.parts
)
GAPS = re.compile(r"(margin|padding|gap|row-gap|column-gap)(-(block|inline))?(-(start|end))?")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|oklab)a?\(", re.IGNORECASE)
TIME = re.compile(r"(?<![\w.-])\d*\.?\d+m?s\b")

COLOURS_OF_THEIR_OWN = {"print.css": "paper is white and ink is black, whatever the theme"}


def test_every_token_is_explained_and_no_other() -> None:
    assert set(token_names()) == theme_tokens() | shared_tokens()


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_style_sheet_writes_no_value_that_has_a_token(path: Path) -> None:
    assert [f"{line.line}: {line.name}: {line.value}" for line in _lines(path) if _is_raw(path, line)] == []


def _lines(path: Path) -> list[Declaration]:
    return [line for rule in read_sheet(path).rules for line in rule.declarations]


def _is_raw(path: Path, line: Declaration) -> bool:
    tokens = tokens_of([])
    if line.name.startswith("--"):
        return False
    if path.name not in COLOURS_OF_THEIR_OWN and COLOUR.search(
        line.value.replace("#000", "") if "mask" in line.name else line.value
    ):
        return True
    if line.name in ("transition", "transition-duration"):
        return TIME.search(line.value) is not None
    values = line.value.split()
    if line.name == "font-size":
        return line.value in {tokens[f"text-{size}"] for size in ("xs", "s", "m", "l", "xl")}
    if GAPS.fullmatch(line.name):
        return any(value in {tokens[f"space-{step}"] for step in range(1, 9)} for value in values)
    if "radius" in line.name:
        return tokens["round"] in values
    return line.name == "z-index" and line.value in {
        tokens[f"layer-{name}"] for name in ("bar", "toast", "menu", "skip")
    }
