"""Relative links, images and `[[wikilinks]]` of a file, rewritten to pages and attachments. Code stays as it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, unquote

from cercle import gettext

_FENCE = re.compile(r" {0,3}(?:>[ \t]?)*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(`{3,}|~{3,})")
_PIECES = re.compile(
    r"(?P<code>(?P<ticks>(?<!`)`+(?!`))[^\n]*?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<comment><!--.*?-->)"
    r"|(?P<bang>!?)\[\[(?P<name>[^\[\]|#\\\n]{0,200})(?:\#(?P<mark>[^\[\]|\\\n]{0,200}))?(?:\\?\|(?P<word>[^\[\]\n]{0,200}))?\]\]"
    r"|(?P<image>!?)\[(?P<label>(?:[^\[\]\n]|!\[[^\[\]\n]*\]\([^()\n]*\)){0,400})\]"
    r"\((?P<dest><[^<>\n]{0,1000}>|[^\s()<>]{1,1000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,400})?)"
    r"(?P<rest>[ \t]+(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'))?[ \t]*\)"
    r"|(?P<start>^ {0,3}\[[^\[\]\n]{1,200}\]:[ \t]*)(?P<where>\S{1,1000})",
    re.MULTILINE | re.DOTALL,
)
_FOREIGN = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|/|#|\?")
_MARKUP = re.compile(r"[\[\]|*_`\\<>!&~^]")


@dataclass(frozen=True, slots=True)
class Found:
    """What a link leads to: a page by its slug, or a file by its path in the archive."""

    kind: Literal["page", "file"]
    name: str


@dataclass(slots=True)
class Rewritten:
    """The text with its links rewritten, the files it uses by the names they get, and what was noticed."""

    body: str = ""
    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Rewriter:
    """Rewrites the links of one file.

    Args:
        folder: where the file is in the archive; "" for the root.
        by_path: what stands at a path of the archive; None for nothing.
        by_name: the same for the name in a `[[wikilink]]`.
        file_name: gives a file the name of an attachment.
        url: the address of a page.
    """

    def __init__(
        self,
        folder: str,
        *,
        by_path: Callable[[str], Found | None],
        by_name: Callable[[str], Found | None],
        file_name: Callable[[str, dict[str, str]], str],
        url: Callable[[str], str],
    ) -> None:
        self._folder, self._by_path, self._by_name, self._file_name, self._url = (
            folder,
            by_path,
            by_name,
            file_name,
            url,
        )
        self._made = Rewritten()

    def rewrite(self, body: str) -> Rewritten:
        """Rewrite everything that is not code."""
        parts = [part if code else _PIECES.sub(self._piece, part) for code, part in split_code(body)]
        self._made.body = "".join(parts)
        return self._made

    def _piece(self, match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        if match["comment"]:
            self._note(gettext("A comment that readers would not see was left out."))
            return ""
        if match["name"] is not None:
            return self._wikilink(match)
        if match["start"]:
            dest = self._destination(match["where"])
            return match["start"] + (dest or match["where"])
        return self._link(match)

    def _link(self, match: re.Match[str]) -> str:
        label = _PIECES.sub(self._piece, match["label"]) if "](" in match["label"] else match["label"]
        dest = match["dest"].removeprefix("<").removesuffix(">")
        found, mark = self._find(dest)
        if found is not None and found.kind == "page" and not match["image"] and label and not _MARKUP.search(label):
            bar = "\\|" if _is_in_table(match) else "|"
            return f"[[{found.name}{f'#{mark}' if mark else ''}{bar}{label}]]"
        rewritten = self._address(found, mark) if found else match["dest"]
        return f"{match['image']}[{label}]({rewritten}{match['rest'] or ''})"

    def _destination(self, dest: str) -> str | None:
        found, mark = self._find(dest)
        return self._address(found, mark) if found else None

    def _address(self, found: Found, mark: str) -> str:
        if found.kind == "file":
            return quote(self._attach(found.name))
        return self._url(found.name) + (f"#{quote(mark)}" if mark else "")

    def _find(self, dest: str) -> tuple[Found | None, str]:
        """What a relative destination leads to, and the heading it names."""
        path, _, mark = dest.partition("#")
        path = unquote(path.partition("?")[0])
        if not path or _FOREIGN.match(dest):
            return None, ""
        whole = posixpath.normpath(posixpath.join(self._folder, path))
        if whole.startswith(".."):
            self._note(
                gettext("The link to “%(link)s” leads out of what is imported; it was left as it is.", link=dest[:200])
            )
            return None, ""
        found = self._by_path("" if whole == "." else whole)
        if found is None:
            self._note(gettext("The link to “%(link)s” leads to nothing here; it was left as it is.", link=dest[:200]))
        return found, unquote(mark)

    def _wikilink(self, match: re.Match[str]) -> str:
        name, mark, word = match["name"].strip(), match["mark"] or "", match["word"]
        found = self._by_name(name) if name else None
        if found is not None and found.kind == "file":
            picture = match["bang"]
            # `![[photo.png|300]]` gives a width, which has no counterpart here.
            label = name if picture or not word else word
            return f"{picture}[{_escaped(label)}]({quote(self._attach(found.name))})"
        if match["bang"]:
            self._note(gettext("“%(name)s” was embedded; it became a link.", name=name[:200]))
        if found is None or (found.name == name and word):
            return match[0].removeprefix("!")
        bar = "\\|" if _is_in_table(match) else "|"
        label = word or (f"{name}#{mark}" if mark else name)
        return f"[[{found.name}{f'#{mark}' if mark else ''}{bar}{label}]]"

    def _attach(self, path: str) -> str:
        files = self._made.files
        if path not in files:
            files[path] = self._file_name(path, files)
        return files[path]

    def _note(self, text: str) -> None:
        if text not in self._made.notes:
            self._made.notes.append(text)


def split_code(body: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: fenced code, and everything else."""
    fence = ""
    piece: list[str] = []
    for line in body.splitlines(keepends=True):
        mark = _FENCE.match(line)
        opens = mark is not None and not fence
        closes = (
            mark is not None and bool(fence) and mark[1].startswith(fence) and not line[mark.end() :].strip("`~ \t\n")
        )
        if opens and piece:
            yield False, "".join(piece)
            piece = []
        piece.append(line)
        if opens and mark is not None:
            fence = mark[1]
        elif closes:
            yield True, "".join(piece)
            fence, piece = "", []
    if piece:
        yield bool(fence), "".join(piece)


def _is_in_table(match: re.Match[str]) -> bool:
    text = match.string
    start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
    around = text[start : match.start()] + text[match.end() : end if end >= 0 else len(text)]
    return "|" in re.sub(r"\[\[[^\[\]\n]*\]\]", "", around)


def _escaped(label: str) -> str:
    return re.sub(r"([\[\]\\`*_<>])", r"\\\1", label)
