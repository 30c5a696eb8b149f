"""What `cercle theme check` looks at: whether a theme is whole, readable in every accent and scheme, and harmless."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from core import current
from core.plugin_check import Fault
from core.themes import Theme
from core.themes.contrast import ACCENT_PAIRS, PAIRS, SCHEMES, Pair, Tokens, colour_of, contrast, widest_chroma
from core.themes.css import (
    ACCENT_ROLES,
    AtRule,
    Rule,
    Sheet,
    Unreadable,
    accents,
    colour_tokens,
    shared_tokens,
    theme_sheets,
    theme_tokens,
    tokens_of,
)
from core.themes.manifest import check_manifest
from core.themes.templates import check_templates

FILES = {
    "static": frozenset({".css", ".woff2", ".woff", ".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".ico", ".txt"}),
    "templates": frozenset({".html", ".txt"}),
    "": frozenset({".toml", ".md", ".txt", ""}),
}
TIMES = {"light": "by day", "dark": "by night"}
_URL = re.compile(r"url\(\s*[\"']?([^\"')]*)|[\"']((?:https?:)?//[^\"']*)")
_VAR = re.compile(r"var\(\s*--([\w-]+)\s*\)")
_ACCENT = re.compile(r"\[data-accent=[\"']?([\w-]+)[\"']?\]")


def faults_of(theme: Theme) -> tuple[Fault, ...]:
    """Everything that is wrong with a theme on the site at hand; looked at once for each edition of its files."""
    parts = {loaded.name: loaded.folder for loaded in current.app().parts if loaded.name != "core"}
    return _kept_faults(theme, tuple(parts.items()))


@lru_cache(maxsize=64)
def _kept_faults(theme: Theme, parts: tuple[tuple[str, Path], ...]) -> tuple[Fault, ...]:
    return tuple(check_theme(theme, dict(parts)))


def check_theme(theme: Theme, parts: Mapping[str, Path]) -> list[Fault]:
    """Everything that is wrong with a theme.

    Args:
        theme: as it was read.
        parts: the folders of the installed parts, whose templates it may replace, by name.
    """
    sheets = theme_sheets(theme)
    found = {
        *check_manifest(theme),
        *_files(theme),
        *(fault for sheet in sheets for fault in _sheet(theme, sheet)),
        *_tokens(theme, sheets),
        *_colours(theme, sheets),
        *check_templates(theme, parts),
    }
    return sorted(found)


def _files(theme: Theme) -> Iterator[Fault]:
    """Only what a theme is made of: nothing that runs."""
    for path in sorted(theme.folder.rglob("*")):
        if path.is_symlink():
            yield Fault(path, 1, "is a link to somewhere else; put the file itself here")
        elif path.is_file():
            room = path.relative_to(theme.folder).parts[0] if path.parent != theme.folder else ""
            if room not in FILES:
                yield Fault(path, 1, f"a theme has the folders static/ and templates/; {room}/ is not read")
            elif path.suffix.lower() not in FILES[room]:
                what = "Python" if path.suffix.startswith(".py") else "a script" if "js" in path.suffix else path.suffix
                yield Fault(path, 1, f"a theme holds no {what} file; take it out".replace("no a ", "no "))


def _sheet(theme: Theme, sheet: Sheet) -> Iterator[Fault]:
    for one in sheet.content:
        if isinstance(one, Unreadable):
            yield Fault(sheet.path, one.line, f"cannot be read as CSS: {one.text}")
        elif isinstance(one, AtRule):
            yield from _at_rule(sheet, one)
        else:
            yield from _rule(theme, sheet, one)


def _at_rule(sheet: Sheet, one: AtRule) -> Iterator[Fault]:
    if one.keyword in ("import", "charset", "namespace"):
        mend = "name the file in the list `stylesheets` of theme.toml" if one.keyword == "import" else "take it out"
        yield Fault(sheet.path, one.line, f"@{one.keyword} is not allowed; {mend}")
        return
    yield from _addresses(sheet, one.text, one.line, is_font=one.keyword == "font-face")


def _rule(theme: Theme, sheet: Sheet, rule: Rule) -> Iterator[Fault]:
    if rule.layer.partition(".")[0] != "theme":
        yield Fault(sheet.path, rule.line, f"{rule.selectors[0]} stands outside of `@layer theme {{ … }}`; move it in")
    for selector in rule.selectors:
        for name in _ACCENT.findall(selector):
            if name not in accents():
                yield Fault(sheet.path, rule.line, f"there is no accent {name!r}{_instead(name, accents())}")
    for line in rule.declarations:
        yield from _addresses(sheet, line.value, line.line)


def _addresses(sheet: Sheet, text: str, line: int, *, is_font: bool = False) -> Iterator[Fault]:
    """Nothing comes from elsewhere: not even the browser's rules let it (see docs/security.md)."""
    for first, second in _URL.findall(text):
        address = (first or second).strip()
        if address.startswith("#") or (address.startswith("data:") and not is_font):
            continue
        if address.startswith("//") or re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
            yield Fault(sheet.path, line, f"{address[:80]} is not part of the theme; put the file into static/")
        elif address.startswith("/"):
            yield Fault(sheet.path, line, f'{address[:80]}: write the way from this file, such as url("picture.svg")')
        elif not (sheet.path.parent / address.partition("?")[0].partition("#")[0]).is_file():
            yield Fault(sheet.path, line, f"{address[:80]} is not there")


def _tokens(theme: Theme, sheets: list[Sheet]) -> Iterator[Fault]:
    """All that the default theme defines is defined, nothing is misspelt, and nothing is used that is not there."""
    known = theme_tokens() | shared_tokens()
    declared = _declared(sheets, everywhere=False)
    place = theme.folder / "static" / (theme.stylesheets[0] if theme.stylesheets else "tokens.css")
    for name in sorted(theme_tokens() - declared.keys()):
        yield Fault(place, 1, f"--{name} is not defined; every theme does (docs/themes.md says what it is for)")
    for name, (path, line) in declared.items():
        if name not in known and not name.startswith(f"{theme.name}-"):
            text = f"there is no token --{name}{_instead(name, known, '--')}; a token of your own begins with --{theme.name}-"
            yield Fault(path, line, text)
    usable = known | _declared(sheets, everywhere=True).keys()
    for sheet in sheets:
        for used in [declaration for rule in sheet.rules for declaration in rule.declarations]:
            for name in set(_VAR.findall(used.value)) - usable:
                yield Fault(sheet.path, used.line, f"var(--{name}) stands for nothing{_instead(name, usable, '--')}")


def _declared(sheets: list[Sheet], *, everywhere: bool) -> dict[str, tuple[Path, int]]:
    """Where each token is said; of the page and its accents alone, or by any rule."""
    return {
        line.name[2:]: (sheet.path, line.line)
        for sheet in sheets
        for rule in sheet.rules
        if everywhere or (rule.always and any(_is_of_the_page(selector) for selector in rule.selectors))
        for line in rule.declarations
        if line.name.startswith("--")
    }


def _is_of_the_page(selector: str) -> bool:
    return selector in (":root", "[data-accent]") or _ACCENT.fullmatch(selector) is not None


def _colours(theme: Theme, sheets: list[Sheet]) -> Iterator[Fault]:
    """Every colour can be shown, and every pair can be read: by day, by night, in the site's accent and in all twelve."""
    declared = _declared(sheets, everywhere=False)
    page = tokens_of(sheets)
    for name in sorted(colour_tokens() & declared.keys()):
        yield from (Fault(*declared[name], text) for text in _measured(name, page))
    for accent in ("", *accents()):
        tokens = tokens_of(sheets, accent)
        named = f" in the accent {accent}" if accent else ""
        for role in ACCENT_ROLES:
            place = declared.get(role) or declared.get("accent-chroma") or (theme.folder / "theme.toml", 1)
            yield from (Fault(*place, text + named) for text in _measured(role, tokens))
        for scheme in SCHEMES:
            for pair in ACCENT_PAIRS if accent else (*PAIRS, *ACCENT_PAIRS):
                place = declared.get(pair.over) or declared.get(pair.under) or (theme.folder / "theme.toml", 1)
                yield from (Fault(*place, text) for text in _read(pair, tokens, scheme, named))


def _measured(name: str, tokens: Tokens) -> Iterator[str]:
    for scheme in SCHEMES:
        try:
            colour = colour_of(name, tokens, scheme)
        except ValueError as error:
            yield str(error)
            return
        if not colour.is_shown:
            most = f"; at its lightness and hue the chroma may be {widest_chroma(colour):.3f}"
            yield f"--{name} {TIMES[scheme]} is outside of what screens show (sRGB){most}"


def _read(pair: Pair, tokens: Tokens, scheme: str, named: str) -> Iterator[str]:
    try:
        over, under = (colour_of(name, tokens, scheme) for name in (pair.over, pair.under))
    except ValueError:
        return  # said already
    found = contrast(over, under)
    if found < pair.least:
        way = "darker" if over.luminance < under.luminance else "lighter"
        text = f"--{pair.over} on --{pair.under} {TIMES[scheme]}{named} has a contrast of {found:.2f}; it needs {pair.least}"
        yield f"{text}: make it {way}"


def _instead(name: str, known: object, dashes: str = "") -> str:
    close = get_close_matches(name, [str(one) for one in known], 1)  # type: ignore[attr-defined]
    return f"; did you mean {dashes}{close[0]}?" if close else ""
