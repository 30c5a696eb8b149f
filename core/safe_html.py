"""What a browser may be given: the tags, attributes and addresses that people's texts can become.

`clean` is the last step before their HTML is stored, and nothing comes after it.
"""

from __future__ import annotations

import re
from functools import cache

import nh3

MAX_URL = 2048
"""Longer addresses are not links."""

FOREIGN = "nofollow noopener noreferrer ugc"
"""The `rel` of every link that leaves the site."""


def clean(html: str) -> str:
    """Return `html` without anything that is not on the lists below."""
    return _cleaner().clean(html)


def is_safe_link(url: str) -> bool:
    """Whether every browser reads this as a web address, a mail address or a path of this site."""
    if not url or len(url) > MAX_URL or "\\" in url or url.startswith("//"):
        return False
    if any(char <= " " or char == "\x7f" for char in url):
        return False
    if not _SCHEME.match(url):
        return True
    return is_web(url) or url[:7].lower() == "mailto:"


def is_web(url: str) -> bool:
    """Whether this is an http or https address with a host."""
    return bool(_WEB.match(url))


def is_local(url: str) -> bool:
    """Whether this is a path of this site, absolute or relative."""
    return is_safe_link(url) and not _SCHEME.match(url)


def is_relative(url: str) -> bool:
    """Whether this is a path of this site that depends on where it is written."""
    return is_local(url) and url[0] not in "/#?"


# A colon in the first segment makes it a scheme, and RFC 3986 (4.2) allows no relative path with one.
_SCHEME = re.compile(r"[^/?#]*:")
_WEB = re.compile(r"https?://[^/?#\\]", re.IGNORECASE)
_TAGS = {
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "s",
    "code",
    "pre",
    "blockquote",
}
_TAGS |= {"ul", "ol", "li", "dl", "dt", "dd", "a", "img", "span", "sup", "div", "section", "input"}
_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "input": {"checked"},
}
_CLASSES = {"wikilink", "missing", "mention", "align-left", "align-right", "align-center", "callout", "callout-title"}
_CLASSES |= {"contains-task-list", "task-list-item", "task-list-item-checkbox", "footnotes", "footnotes-sep"}
_CLASSES |= {"footnotes-list", "footnote-item", "footnote-ref", "footnote-backref"}
_CLASS = re.compile(r"language-[A-Za-z0-9_+#.\-]{1,40}|callout-(?:note|tip|important|warning|caution)")
_ID = re.compile(r"h-[a-z0-9\-]{1,100}|fn(?:ref)?\d+(?::\d+)?")


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed_value,
        link_rel=None,
        tag_attribute_values={
            "a": {"rel": {FOREIGN}},
            "input": {"type": {"checkbox"}},
        },
        set_tag_attribute_values={
            "input": {"type": "checkbox", "disabled": ""},
            "img": {"loading": "lazy", "decoding": "async"},
        },
        url_schemes={"http", "https", "mailto"},
    )


def _allowed_value(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(word for word in value.split() if word in _CLASSES or _CLASS.fullmatch(word)) or None
    if name == "id":
        return value if _ID.fullmatch(value) else None
    if name == "href":
        return value if is_safe_link(value) else None
    if name == "src":
        return value if is_local(value) else None
    return value
