"""Looks at the source of a page: what would keep it from working without scripts, or puzzle a screen reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
NAMES = ("aria-label", "aria-labelledby", "title")
WITHOUT_LABEL = frozenset({"hidden", "submit", "button", "reset", "image"})


def faults_in(html: str) -> list[str]:
    """What is wrong with a page, a sentence each.

    Args:
        html: the whole document.
    """
    look = _Look()
    look.feed(html)
    return sorted({*look.faults, *look.unnamed(), *look.structure()})


class _Look(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._ids: Counter[str] = Counter()
        self._headings = 0
        self._language = ""
        self._labels: set[str] = set()
        self._fields: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        where = self.get_starttag_text() or tag
        self.faults += [f"{where}: a script in an attribute does not run" for name in given if name.startswith("on")]
        if "style" in given:
            self.faults.append(f"{where}: a style in an attribute does not count")
        if given.get("href", "").strip().lower().startswith("javascript:") or (tag == "a" and given.get("href") == "#"):
            self.faults.append(f"{where}: leads nowhere without scripts")
        if tag == "img" and "alt" not in given:
            self.faults.append(f'{where}: has no alt text; alt="" says that it is decoration')
        self._ids[given.get("id", "")] += 1
        self._note(tag, given, where)
        if tag not in VOID:
            self._open.append((tag, {**given, "where": where}))
            self._words.append("")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] in ("script", "style") and data.strip():
            self.faults.append(f"<{self._open[-1][0]}>: what stands inside the page does not run; use a file")
        if self._words:
            self._words[-1] += data

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            (opened, given), words = self._open.pop(), self._words.pop()
            if (
                opened in ("a", "button", "summary")
                and not words.strip()
                and not any(given.get(name) for name in NAMES)
            ):
                self.faults.append(f"{given['where']}: has no name")
            if self._words:
                self._words[-1] += words
            if opened == tag:
                return

    def unnamed(self) -> Iterator[str]:
        """Fields without a label."""
        for given in self._fields:
            if given.get("id", "") not in self._labels and not any(given.get(name) for name in NAMES):
                yield f"{given['where']}: has no label"

    def structure(self) -> Iterator[str]:
        """What a page as a whole must have."""
        yield from (f"the id {name!r} is there twice" for name, count in self._ids.items() if name and count > 1)
        if self._headings != 1:
            yield f"the page has {self._headings} headings of the first level, not one"
        if not self._language:
            yield "the page does not say its language"

    def _note(self, tag: str, given: dict[str, str], where: str) -> None:
        if tag == "h1":
            self._headings += 1
        elif tag == "html":
            self._language = given.get("lang", "")
        elif tag == "label":
            self._labels.add(given.get("for", ""))
        elif tag == "img" and self._words:
            self._words[-1] += given.get("alt", "")
        elif tag == "svg" and self._words:
            self._words[-1] += given.get("aria-label", "")
        elif tag in ("input", "select", "textarea") and given.get("type", "text") not in WITHOUT_LABEL:
            inside_label = any(opened == "label" for opened, _ in self._open)
            if not inside_label:
                self._fields.append({**given, "where": where})
