"""Style sheets: in the layer of parts, only for what is the plugin's, and with the tokens of the theme."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, meant
from core.themes.css import AtRule, Rule, Unreadable, read_sheet, shared_tokens, theme_tokens

LAYER = "parts"
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch)\(")
TOKEN = re.compile(r"var\(\s*--([\w-]+)\s*\)")


def check_statics(checked: Checked) -> Iterator[Fault]:
    """Every style sheet below `static/`."""
    known = theme_tokens() | shared_tokens()
    for path in sorted((checked.folder / "static").rglob("*.css")):
        sheet = read_sheet(path)
        own = {line.name[2:] for rule in sheet.rules for line in rule.declarations if line.name.startswith("--")}
        for one in sheet.content:
            if isinstance(one, Unreadable):
                yield Fault(path, one.line, f"is no CSS: {one.text}")
            elif isinstance(one, AtRule) and one.keyword == "import":
                yield Fault(path, one.line, "fetches a further style sheet; put it into this one")
            elif isinstance(one, Rule):
                for line, text in _rule(one, known | own):
                    yield Fault(path, line, text)
                if checked.name not in ", ".join(one.selectors) and one.selectors != (":root",):
                    text = f"{one.selectors[0]} is not the plugin's alone; begin the names of its classes with {checked.name}-"
                    yield Fault(path, one.line, text, "warning")


def _rule(rule: Rule, known: frozenset[str] | set[str]) -> Iterator[tuple[int, str]]:
    if rule.layer != LAYER:
        yield rule.line, f"stands outside of @layer {LAYER} {{ … }}, so that it wins over what is not the plugin's"
    for line in rule.declarations:
        if COLOUR.search(line.value):
            yield (
                line.line,
                f"{line.name} has a colour of its own; use a token, such as var(--ink-soft), that fits every theme",
            )
        for token in TOKEN.findall(line.value):
            if token not in known:
                yield line.line, f"there is no token --{token}{meant(token, known)}"
