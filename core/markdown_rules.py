"""The dialect: which Markdown is read, with the inline rules for `[[wikilinks]]`, `@mentions` and bare addresses."""

from __future__ import annotations

import re
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from core.safe_html import is_safe_link

MAX_NESTING = 60
"""Deeper than this, quotes, lists and emphasis are not read."""


@cache
def parser() -> MarkdownIt:
    """Return the one parser. It keeps nothing between texts, so threads may share it."""
    options = {
        "html": False,
        "maxNesting": MAX_NESTING,
        "xhtmlOut": False,
        "tasklists": True,
        "alerts": True,
        "strikethrough_single_tilde": False,
    }
    made = _Parser("commonmark", options)
    made.enable(["table", "strikethrough"])
    made.use(footnote_plugin, inline=False).use(deflist_plugin)
    made.inline.ruler.before("link", "wikilink", _wikilink)
    made.inline.ruler.push("web_address", _web_address)
    made.inline.ruler.push("mail_address", _mail_address)
    made.inline.ruler.push("mention", _mention)
    made.render("compiles the rules before several threads meet here")
    return made


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name that the library calls
        return is_safe_link(url)


_WIKILINK = re.compile(
    r"\[\[(?P<name>[^\[\]|#\\\n]{0,200})"
    r"(?:\#(?P<anchor>[^\[\]|\\\n]{0,200}))?"
    r"(?:\\?\|(?P<label>[^\[\]\n]{0,200}))?\]\]"
)


def _wikilink(state: StateInline, silent: bool) -> bool:
    """The inline rule for `[[name#heading|label]]`; `\\|` is how a table cell writes the bar."""
    if not state.src.startswith("[[", state.pos):
        return False
    match = _WIKILINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    name, anchor, label = (" ".join((part or "").split()) for part in match.groups())
    if not (name or anchor) or name.startswith("^"):
        return False
    if not silent:
        token = state.push("wikilink", "", 0)
        token.meta = {"name": name, "anchor": anchor}
        token.content = label or (f"{name}#{anchor}" if name and anchor else name or anchor)
    state.pos = match.end()
    return True


_MENTION = re.compile(r"@([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)(?![-_.]?[^\W_]|[@/])")
_MAX_HANDLE = 40


def _mention(state: StateInline, silent: bool) -> bool:
    """The inline rule for `@handle`, a person's name in addresses; not inside words, addresses and paths."""
    if silent or state.linkLevel or state.src[state.pos] != "@":
        return False
    match = _MENTION.match(state.src, state.pos, state.posMax)
    if match is None or len(match[1]) > _MAX_HANDLE or not _may_start_word(state.src, state.pos):
        return False
    token = state.push("mention", "", 0)
    token.meta = {"handle": match[1].lower()}
    token.content = match.group()
    state.pos = match.end()
    return True


def _may_start_word(text: str, place: int) -> bool:
    before = text[max(place - 4, 0) : place].rstrip("_")  # what emphasis may put in front
    if not before:
        return place < 4
    return not (before[-1].isalnum() or before[-1] in "./+-@\\")


_WEB_START = re.compile(r"(?:^|[\s*_~(])(https?)\Z", re.IGNORECASE)
_WEB_REST = re.compile(r"://[^\s<>\"`\\|\[\]]{1,2000}")
_MAIL_START = re.compile(r"(?:^|[\s*_~(])((?:mailto:)?[A-Za-z0-9.+_\-]{1,64})\Z")
_MAIL_REST = re.compile(r"@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,8}")


def _web_address(state: StateInline, silent: bool) -> bool:
    """The inline rule for a bare `https://…`: at the colon, with the scheme already read as words."""
    if silent or state.linkLevel or state.src[state.pos] != ":":
        return False
    return _bare_address(state, _WEB_START, _WEB_REST)


def _mail_address(state: StateInline, silent: bool) -> bool:
    """The inline rule for a bare `name@example.org`: at the `@`."""
    if silent or state.linkLevel or state.src[state.pos] != "@":
        return False
    return _bare_address(state, _MAIL_START, _MAIL_REST)


def _bare_address(state: StateInline, before: re.Pattern[str], after: re.Pattern[str]) -> bool:
    start = before.search(state.pending[-72:])
    rest = after.match(state.src, state.pos, state.posMax)
    if start is None or rest is None:
        return False
    tail = _without_trailing_punctuation(rest.group())
    label = start.group(1) + tail
    url = state.md.normalizeLink(label if ":" in label else f"mailto:{label}")
    if not state.md.validateLink(url):
        return False
    state.pending = state.pending[: -len(start.group(1))]
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = label
    state.push("link_close", "a", -1)
    state.pos += len(tail)
    return True


def _without_trailing_punctuation(url: str) -> str:
    """The rule of GFM: a full stop after an address is not part of it, nor is a bracket it did not open."""
    opened = url.count("(") - url.count(")")
    while url and (url[-1] in "?!.,:;*_~'" or (url[-1] == ")" and opened < 0)):
        opened += url[-1] == ")"
        url = url[:-1]
    return url
