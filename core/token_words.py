"""What each token is for: shown in the style guide, and the table of docs/tokens.md."""

from __future__ import annotations

from core.i18n import N_

LABELS = {
    "letters": N_("Letters"),
    "corners": N_("Corners"),
    "grounds": N_("Grounds"),
    "inks": N_("Inks"),
    "states": N_("States"),
    "accent": N_("Accent"),
    "space": N_("Space"),
    "depth": N_("Depth"),
    "motion": N_("Motion"),
}
TOKENS: dict[str, dict[str, str]] = {
    "letters": {
        "font-text": "text, buttons, fields",
        "font-title": "headings and names of clubs",
        "font-code": "code, keys, addresses",
        "title-weight": "weight of headings",
        "title-spacing": "space between the letters of headings",
        "text-xs": "captions, badges, hints",
        "text-s": "buttons, tables, what stands beside",
        "text-m": "text",
        "text-l": "a first paragraph, names of cards",
        "text-xl": "second headings",
        "text-2xl": "the heading of a page",
        "text-3xl": "the name of a club on its home",
    },
    "corners": {
        "radius-s": "small things: tags, keys, focus",
        "radius-m": "buttons, fields, notes",
        "radius-l": "cards, menus, dialogs",
        "round": "pills: badges, search, progress",
    },
    "grounds": {
        "paper": "the page",
        "surface": "what lies on it: cards, fields, menus",
        "sunken": "what lies in it: code, heads of tables, bars",
        "rail": "the bar of clubs at the side",
        "mark": "marked and selected text",
        "veil": "what dims the page behind a dialog",
        "shadow": "the colour of shadows",
    },
    "inks": {
        "ink": "text",
        "ink-soft": "second text: summaries, labels",
        "ink-faint": "third text: dates, hints, placeholders",
        "rail-ink": "icons on the rail",
        "line": "lines that only divide",
        "line-strong": "lines that one must see: borders of fields",
        "focus": "the ring around what the keyboard is on",
    },
    "states": {
        "success-text": "what went well, in words",
        "success-soft": "the ground of such a note",
        "warning-text": "what wants care, in words",
        "warning-soft": "the ground of such a note",
        "error-text": "what went wrong, in words",
        "error-soft": "the ground of such a note",
        "error-fill": "the button that destroys",
        "error-ink": "the words on that button",
        "info-text": "what is good to know, in words",
        "info-soft": "the ground of such a note",
    },
    "accent": {
        "accent-hue": "hue in oklch, 0 to 360; each of the twelve accents has its own, a theme gives that of the site",
        "accent-chroma": "how much colour it holds, about 0.03 to 0.15",
        "accent-pale": "1 for yellows, which are bright under dark letters by day; else 0",
        "accent": "the filled button, the mark of a club; made from the three above",
        "accent-ink": "words on that",
        "accent-soft": "a ground with a breath of it: head of a club, chosen row",
        "accent-text": "links and icons in its colour",
    },
    "space": {
        "space-1": "between an icon and its word",
        "space-2": "between buttons",
        "space-3": "inside of small things",
        "space-4": "between paragraphs, inside of notes",
        "space-5": "inside of cards, between fields",
        "space-6": "between sections",
        "space-7": "between columns",
        "space-8": "around what stands alone",
        "measure": "the reading column, 65 to 75 letters",
        "aside": "the column beside it",
        "columns-gap": "between the two",
        "wrap": "all of them together",
        "gutter": "between the page and the edge of the screen",
        "rail-width": "the rail",
        "bar-height": "the line on top",
        "target": "the least height of what is pressed, 44 px",
    },
    "depth": {
        "lift": "what floats a little: messages",
        "lift-high": "what floats above all: menus, dialogs",
        "layer-bar": "bars that stay while one scrolls",
        "layer-toast": "messages",
        "layer-menu": "menus",
        "layer-skip": "the link that skips to the content",
    },
    "motion": {
        "fast": "answers to the pointer",
        "calm": "what opens or moves",
        "ease": "how it speeds up and slows down",
    },
}
"""Groups of tokens, each with its meaning by name."""


def token_names() -> list[str]:
    """Every token that is explained."""
    return [name for group in TOKENS.values() for name in group]
