"""The style sheets speak of start and end, not of left and right, so that a page read from right to left mirrors itself."""

import re

from tests.architecture.source import ROOT, name_of

MIRRORED = "a gradient has no logical direction; a rule for right-to-left pages beside it mirrors it"

ALLOWED = {
    ("frontend/css/base.css", "text-align: left"): "code and addresses are written from left to right on every page",
    ("frontend/css/boxes.css", "to left"): MIRRORED,
    ("frontend/css/boxes.css", "to right"): MIRRORED,
    ("frontend/css/club.css", "to left"): MIRRORED,
    ("spaces/static/spaces.css", "to left"): MIRRORED,
}
"""What stays physical, by file and words, and why."""

PHYSICAL = re.compile(
    r"\b(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b"
    r"|\bborder-(?:top|bottom)-(?:left|right)-radius\b"
    r"|(?<![\w-])(?:left|right)\s*:"
    r"|\b(?:text-align|float|clear|justify-content|justify-self|caption-side)\s*:\s*(?:left|right)\b"
    r"|\bto (?:left|right)\b"
)
SIDED = re.compile(r"(?<![\w-])(margin|padding|inset|border-radius|border-width)\s*:\s*([^;{}]+)")


def test_style_sheets_do_not_tell_left_from_right() -> None:
    sheets = [*ROOT.glob("frontend/css/*.css"), *ROOT.glob("themes/*/static/*.css"), *ROOT.glob("*/static/*.css")]
    sheets += ROOT.glob("plugins/*/static/*.css")
    found = {(name_of(sheet), words) for sheet in sheets for words in _physical(sheet.read_text(encoding="utf-8"))}
    assert found == set(ALLOWED)


def _physical(css: str) -> list[str]:
    """The words of a style sheet that name a side of the screen."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    lopsided = [match[0].strip() for match in SIDED.finditer(bare) if _is_lopsided(match[1], match[2])]
    return PHYSICAL.findall(bare) + lopsided


def _is_lopsided(name: str, value: str) -> bool:
    """Whether the values differ between left and right."""
    values = re.findall(r"(?:[\w-]*\((?:[^()]|\([^()]*\))*\)|[^\s()]+)", value.replace("!important", ""))
    if name == "border-radius" and "/" not in values:  # the corners from the upper left on, with the clock
        return len(values) > 1 and (values * 2)[:4] != [values[1], values[0], *(values * 2)[2:4][::-1]]
    return len(values) == 4 and values[1] != values[3]
