"""Markdown to safe HTML: what people write becomes markup, an outline and plain words.

CommonMark with GFM tables, strikethrough, task lists and alerts, footnotes, definition lists, `[[links]]`
and `@mentions`.
Raw HTML is off and `nh3` is the last step. Browsers never call strangers for an image: a remote one becomes a
link. The dialect is in `core.markdown_rules`, the policy in `core.safe_html`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import unquote

from anyio import BrokenWorkerProcess, CapacityLimiter, fail_after, to_process, to_thread
from markdown_it.token import Token
from slugify import slugify

from core.errors import Invalid
from core.i18n import N_
from core.markdown_rules import parser
from core.safe_html import FOREIGN, clean, is_local, is_relative, is_web

MAX_SOURCE = 256 * 1024
"""The longest text that is accepted, in bytes of UTF-8."""

_MAX_HTML = 8 * 1024 * 1024
_SMALL = 2048
_FEW_BRACKETS = 20
_FEW_BARS = 12
_TOO_COMPLEX = N_("The text is too complex to be shown. Split it up, or nest its parts less deeply.")
_TOO_LONG = N_("The text is too long. At most 256 KiB are possible.")
_UNSTORABLE = N_("The text contains characters that cannot be stored. Remove them and try again.")

CALLOUTS: Mapping[str, str] = {
    "note": N_("Note"),
    "tip": N_("Tip"),
    "important": N_("Important"),
    "warning": N_("Warning"),
    "caution": N_("Caution"),
}
"""The kinds of `> [!KIND]` boxes and the titles they show unless `render` is given others."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the outline: its level (1 to 6), the id to link to and its plain text."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a `[[name]]` or a relative link resolves to.

    Args:
        url: a path of this site; for a missing page, where it is created.
        exists: whether the page is there.
        title: shown as a tooltip, for example the new name of a renamed page.
    """

    url: str
    exists: bool = True
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a text became.

    Args:
        html: safe HTML.
        toc: the outline.
        text: the plain words, for search and summaries.
        mentions: the handles in its `@mentions`, in order, whether or not anybody has them.
    """

    html: str
    toc: tuple[Heading, ...]
    text: str
    mentions: tuple[str, ...] = ()


def clean_text(text: str) -> str:
    """Return `text` in Unicode NFC with `\\n` line ends and without invisible control characters.

    Raises:
        Invalid: it has a NUL or half of a surrogate pair, which no database or feed can carry.
    """
    if "\0" in text or _SURROGATE.search(text):
        raise Invalid(_UNSTORABLE)
    text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", text)


def wiki_links(source: str) -> tuple[str, ...]:
    """Return the distinct page names of `[[name]]`, `[[name|label]]` and `[[name#heading]]`, in order.

    Raises:
        Invalid: as `render`.
    """
    names = (token.meta["name"] for token in _walk(_parse(source)) if token.type == "wikilink")
    return tuple(dict.fromkeys(name for name in names if name))


def relative_links(source: str) -> tuple[str, ...]:
    """Return the distinct relative paths that links and images point to, in order, decoded and without `#…`.

    Raises:
        Invalid: as `render`.
    """
    urls = (_destination(token) for token in _walk(_parse(source)))
    paths = (unquote(url.partition("#")[0]) for url in urls if is_relative(url))
    return tuple(dict.fromkeys(path for path in paths if path))


def render(
    source: str, *, targets: Mapping[str, Target] | None = None, callouts: Mapping[str, str] | None = None
) -> Rendered:
    """Render Markdown. Pure, and slow on hostile input: a server calls `render_in_child`.

    Args:
        source: at most `MAX_SOURCE` bytes.
        targets: by page name (`wiki_links`) or relative path (`relative_links`), where these lead. A name
            without an entry is shown as words with the class `missing`; a relative path without one stays.
        callouts: titles of the callout boxes in the reader's language, by the keys of `CALLOUTS`.

    Raises:
        Invalid: too long, characters that cannot be stored, or an expansion beyond all measure.
    """
    tokens = _parse(source)
    page = _Page(targets or {}, {**CALLOUTS, **(callouts or {})})
    page.finish(tokens)
    html = parser().renderer.render(tokens, parser().options, {})
    text = "\n".join(filter(None, page.words))
    return Rendered(clean(html), tuple(page.toc), text, tuple(dict.fromkeys(page.mentions)))


async def render_in_child(
    source: str,
    *,
    targets: Mapping[str, Target] | None = None,
    callouts: Mapping[str, str] | None = None,
    timeout: float = 5.0,
) -> Rendered:
    """`render` off the event loop: but for short texts in a child process, killed after `timeout` seconds.

    Raises:
        Invalid: as `render`, or it took longer than `timeout`.
    """
    work = partial(render, source, targets=dict(targets or {}), callouts=dict(callouts or {}))
    return await _off_the_loop(work, source, timeout)


async def wiki_links_in_child(source: str, *, timeout: float = 5.0) -> tuple[str, ...]:
    """`wiki_links` under the same limits as `render_in_child`."""
    return await _off_the_loop(partial(wiki_links, source), source, timeout)


def summary(text: str, length: int = 200) -> str:
    """Return the first words of `text` on one line: at most `length` characters, `…` where it was cut."""
    line = " ".join(text[: length * 8].split())
    if len(line) <= length and len(text) <= length * 8:
        return line
    start = line[: length - 1]
    cut_inside_word = len(line) > length - 1 and not line[length - 1].isspace()
    if cut_inside_word and " " in start:
        start = start[: start.rindex(" ")]
    return start.rstrip(" ,;:–—-") + "…"


def heading_id(text: str) -> str:
    """Return the id of a heading with this text. The prefix keeps it apart from the ids of the page."""
    return "h-" + (slugify(text, max_length=80) or "section")


_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# What XML 1.0 forbids (a text ends up in Atom feeds), and DEL.
_CONTROL = re.compile("[\x01-\x08\x0e-\x1f\x7f\ufffe\uffff]")


def _parse(source: str) -> list[Token]:
    if len(source) > MAX_SOURCE:
        raise Invalid(_TOO_LONG)
    source = clean_text(source)
    if len(source.encode()) > MAX_SOURCE:
        raise Invalid(_TOO_LONG)
    try:
        return parser().parse(source, {})
    except RecursionError:
        raise Invalid(_TOO_COMPLEX) from None


class _Page:
    """What is known while the tokens of one text are made ready: outline, words, and how much they expand."""

    def __init__(self, targets: Mapping[str, Target], callouts: Mapping[str, str]) -> None:
        self.targets = targets
        self.callouts = callouts
        self.toc: list[Heading] = []
        self.words: list[str] = []
        self.mentions: list[str] = []
        self._ids: dict[str, int] = {}
        self._expanded = 0

    def finish(self, tokens: list[Token]) -> None:
        """Resolve links, number headings and replace what the site's policy does not allow, in place."""
        callout_title: Token | None = None
        for place, token in enumerate(tokens):
            if token.type == "heading_open":
                self._number_heading(token, tokens[place + 1])
            elif token.type == "alert_open":
                callout_title = tokens[place + 2]
                self._name_callout(token, tokens[place + 1], callout_title)
            elif token.type in ("th_open", "td_open"):
                _align_by_class(token)
            elif token.type in ("fence", "code_block"):
                self.words.append(token.content.strip())
            elif token.type == "inline" and token is not callout_title:
                self.words.append(_plain(token.children or []))
                token.children = list(self._inline(token.children or []))

    def _name_callout(self, box: Token, paragraph: Token, title: Token) -> None:
        kind = str(box.meta["kind"]).lower()
        box.attrs["class"] = f"callout callout-{kind}"
        paragraph.attrs["class"] = "callout-title"
        title.children = [_text(self.callouts[kind])]

    def _number_heading(self, token: Token, inline: Token) -> None:
        text = _plain(inline.children or [])
        name = heading_id(text)
        while name in self._ids:
            self._ids[name] += 1
            name = f"{name}-{self._ids[name]}"
        self._ids[name] = 1
        token.attrs["id"] = name
        self.toc.append(Heading(int(token.tag[1]), name, text))

    def _inline(self, tokens: Iterable[Token]) -> Iterator[Token]:
        inside_link = False
        for token in tokens:
            if token.type == "wikilink":
                yield from self._wikilink(token)
            elif token.type == "mention":
                self.mentions.append(token.meta["handle"])
                yield from _wrapped("span", token.content, {"class": "mention"})
            elif token.type == "image":
                yield from self._image(token, inside_link)
            else:
                if token.type == "link_open":
                    self._point(token)
                if token.type in ("link_open", "link_close"):
                    inside_link = token.nesting == 1
                yield token

    def _wikilink(self, token: Token) -> Iterator[Token]:
        name, anchor = token.meta["name"], token.meta["anchor"]
        target = self.targets.get(name) if name else Target("")
        if target is None:
            yield from _wrapped("span", token.content, {"class": "missing"})
            return
        attrs: dict[str, str | int | float] = {"class": "wikilink" if target.exists else "missing"}
        attrs["href"] = _with_anchor(target, anchor)
        if target.title and target.title != token.content:
            attrs["title"] = target.title
        self._count(attrs)
        yield from _wrapped("a", token.content, attrs)

    def _point(self, token: Token) -> None:
        url = _destination(token)
        path, _, fragment = url.partition("#")
        target = self.targets.get(unquote(path)) if is_relative(url) else None
        if target is not None:
            token.attrs["href"] = _with_anchor(target, unquote(fragment))
            token.attrs["class"] = "wikilink" if target.exists else "missing"
        elif url.startswith("#"):
            token.attrs["href"] = _with_anchor(Target(""), unquote(fragment))
        elif is_web(url):
            token.attrs["rel"] = FOREIGN
        self._count(token.attrs)

    def _image(self, token: Token, inside_link: bool) -> Iterator[Token]:
        url = _destination(token)
        alt = _plain(token.children or [])
        target = self.targets.get(unquote(url.partition("#")[0])) if is_relative(url) else None
        if target is not None and target.exists:
            token.attrs["src"] = url = target.url
        if is_local(url) and (target is None or target.exists):
            token.children = [_text(alt)]
            self._count(token.attrs)
            yield token
            return
        if inside_link:
            yield _text(alt or url)
            return
        link = Token("link_open", "a", 1, attrs={"href": url})
        self._point(link)
        yield from (link, _text(alt or url), Token("link_close", "a", -1))

    def _count(self, attrs: Mapping[str, str | int | float]) -> None:
        """Stop the few bytes of `[a]` that repeat one long address or title without end."""
        self._expanded += sum(len(str(value)) for value in attrs.values())
        if self._expanded > _MAX_HTML:
            raise Invalid(_TOO_COMPLEX)


def _destination(token: Token) -> str:
    if token.type == "image":
        return str(token.attrs["src"])
    return str(token.attrs["href"]) if token.type == "link_open" else ""


def _with_anchor(target: Target, anchor: str) -> str:
    if not anchor:
        return target.url
    if re.fullmatch(r"h-[a-z0-9\-]+|fn(?:ref)?\d+", anchor):
        return f"{target.url}#{anchor}"
    return f"{target.url}#{heading_id(anchor)}"


def _align_by_class(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style:
        token.attrs["class"] = "align-" + style.removeprefix("text-align:")


def _wrapped(tag: str, content: str, attrs: dict[str, str | int | float]) -> Iterator[Token]:
    yield Token(f"{tag}_open", tag, 1, attrs=attrs)
    yield _text(content)
    yield Token(f"{tag}_close", tag, -1)


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _walk(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or [])


def _plain(tokens: Iterable[Token]) -> str:
    return "".join(_plain_parts(tokens)).strip()


def _plain_parts(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("text", "code_inline", "wikilink", "mention"):
            yield token.content
        elif token.type in ("softbreak", "hardbreak"):
            yield " "
        elif token.type == "image":
            yield from _plain_parts(token.children or [])


async def _off_the_loop(work: Callable[[], _Answer], source: str, timeout: float) -> _Answer:
    if _is_cheap(source):
        return await to_thread.run_sync(work)
    async with to_process.current_default_process_limiter():
        # Neither the wait for a free child nor its start counts as the text's own time.
        await to_process.run_sync(_warm_up, cancellable=True, limiter=CapacityLimiter(1))
        try:
            with fail_after(timeout):
                return await to_process.run_sync(work, cancellable=True, limiter=CapacityLimiter(1))
        except (TimeoutError, BrokenWorkerProcess):
            raise Invalid(_TOO_COMPLEX) from None


def _is_cheap(source: str) -> bool:
    """The parser is quadratic in brackets, and bars make a few bytes into thousands of table cells."""
    return len(source) <= _SMALL and source.count("[") <= _FEW_BRACKETS and source.count("|") <= _FEW_BARS


def _warm_up() -> None:
    parser()
    clean("")
