"""One Markdown file: its front matter, its title and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import Any

import yaml

from cercle import MAX_SOURCE, Invalid, clean_text, gettext, listing
from plugins.wiki.forms import MAX_TITLE

MAX_FRONT = 16 * 1024
INDEX_NAMES = ("index", "_index", "readme")
_KNOWN = frozenset({"title", "date", "order", "weight", "nav_order"})
_ATX = re.compile(r" {0,3}#[ \t]+(.+?)(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(slots=True)
class Source:
    """What a file says.

    Args:
        path: in the archive; that of a folder ends with `/`.
        title, body: of the page.
        order: where it wants to stand among its neighbours.
        created_at: when it was written, where it says so.
        notes: what was changed or ignored.
    """

    path: str
    title: str
    body: str
    order: float = float("inf")
    created_at: datetime | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The name of the file without its ending."""
        return PurePosixPath(self.path).stem

    @property
    def folder(self) -> str:
        """The folder it is in; "" for the root."""
        parent = PurePosixPath(self.path).parent.as_posix()
        return "" if parent == "." else parent

    @property
    def is_index(self) -> bool:
        """Whether it stands for its folder."""
        return self.stem.lower() in INDEX_NAMES


def read_source(path: str, raw: bytes) -> Source:
    """Make sense of a Markdown file.

    Raises:
        Invalid: when it is too long or cannot be stored.
    """
    notes: list[str] = []
    text = clean_text(_decoded(raw, notes))
    front, body = _split_front(text, notes)
    named = _title_in(front, notes)
    heading, rest = _split_heading(body)
    if heading and (named is None or _plain(heading) == named):
        body = rest
    title = named or _plain(heading or "") or _from_name(path)
    if len(title) > MAX_TITLE:
        notes.append(gettext("The title was shortened."))
        title = title[:MAX_TITLE].rstrip()
    if len(body.encode()) > MAX_SOURCE:
        raise Invalid(gettext("The text is too long. At most 256 KiB are possible; make two pages of it."))
    made = Source(path, title, body.strip("\n") + "\n" if body.strip() else "", notes=notes)
    made.order, made.created_at = _order_in(front), _date_in(front, notes)
    _tell_ignored(front, notes)
    return made


def folder_source(path: str) -> Source:
    """A page for a folder that has none of its own."""
    made = Source(f"{path}/", _from_name(path), "")
    made.notes.append(gettext("The folder has no page of its own; an empty one was made."))
    return made


class _PlainLoader(yaml.SafeLoader):
    """Reads no aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


def _decoded(raw: bytes, notes: list[str]) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append(gettext("The file is not UTF-8; it was read as Windows-1252."))
        return raw.decode("cp1252", "replace")


def _split_front(text: str, notes: list[str]) -> tuple[dict[str, Any], str]:
    if not text.startswith("---\n"):
        return {}, text
    end = re.compile(r"^(?:---|\.\.\.)[ \t]*$\n?", re.MULTILINE).search(text, 4)
    if end is None or end.start() > MAX_FRONT:
        return {}, text
    try:
        found = yaml.load(text[4 : end.start()], _PlainLoader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError):
        notes.append(gettext("The front matter cannot be read; it was left in the text."))
        return {}, text
    if found is None:
        return {}, text[end.end() :]
    if not isinstance(found, dict):
        return {}, text
    return {str(key).lower()[:80]: value for key, value in found.items()}, text[end.end() :]


def _title_in(front: dict[str, Any], notes: list[str]) -> str | None:
    title = front.get("title")
    if title is None:
        return None
    if not isinstance(title, str | int | float | date):
        notes.append(gettext("The title in the front matter is not a text; it was ignored."))
        return None
    return " ".join(str(title).split()) or None


def _order_in(front: dict[str, Any]) -> float:
    for name in ("order", "weight", "nav_order"):
        value = front.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    return float("inf")


def _date_in(front: dict[str, Any], notes: list[str]) -> datetime | None:
    value = front.get("date")
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(found, datetime):
            found = datetime.combine(found, time(), UTC)
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        if datetime(1970, 1, 2, tzinfo=UTC) < found <= datetime.now(UTC):
            return found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        pass
    notes.append(gettext("The date cannot be used; it was ignored."))
    return None


def _tell_ignored(front: dict[str, Any], notes: list[str]) -> None:
    author = front.get("author")
    if isinstance(author, str | int):
        name = " ".join(str(author).split())[:80]
        notes.append(gettext("The author “%(name)s” is not known here; the page belongs to who imports.", name=name))
    ignored = sorted(set(front) - _KNOWN - ({"author"} if isinstance(author, str | int) else set()))
    if ignored:
        notes.append(gettext("Ignored in the front matter: %(names)s.", names=listing(ignored)[:300]))


def _split_heading(body: str) -> tuple[str | None, str]:
    """The first heading of the first level, and the text without it."""
    lines = body.split("\n")
    fence = ""
    for at, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]
        if fence or mark:
            continue
        if heading := _ATX.match(line):
            return heading[1], "\n".join([*lines[:at], *lines[at + 1 :]])
        underlined = at + 1 < len(lines) and re.fullmatch(r" {0,3}=+[ \t]*", lines[at + 1])
        if underlined and line.strip():
            return line.strip(), "\n".join([*lines[:at], *lines[at + 2 :]])
    return None, body


def _plain(heading: str) -> str:
    """The words of a heading, without links, emphasis and code."""
    heading = re.sub(r"!?\[([^\[\]]*)\]\([^()]*\)", r"\1", heading[:1000])
    heading = re.sub(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]", r"\1", heading)
    heading = re.sub(r"(?<!\w)(\*{1,3}|_{1,3})(\S(?:.*?\S)?)\1(?!\w)", r"\2", heading)
    return " ".join(re.sub(r"`+|\\(?=[^\w\s])", "", heading).split())


def _from_name(path: str) -> str:
    name = PurePosixPath(path).name if path.endswith("/") or "." not in path else PurePosixPath(path).stem
    words = re.sub(r"^\d+[-_. ]+(?=\S)", "", name)
    words = " ".join(re.sub(r"[-_]+", " ", words).split())
    return (words[:1].upper() + words[1:]) or name or "Page"
