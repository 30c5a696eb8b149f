"""Reads one mail in a process with little memory, little time and no secrets: `core.inbound.listener` starts it.

`python -m core.inbound.parsing '{}'` reads the mail from standard input and writes what matters of it as JSON: see `Letter`. Only
what its author wrote anew is left of the text, without the mail that it answers and without a signature.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import TypedDict, cast

from core.confined import MIB, limit_this_process, read_input, refuse

MEMORY = 512 * MIB
CPU_SECONDS = 10
MAX_INPUT = 2 * MIB
MAX_TEXT = 256 * 1024  # characters
MAX_PARTS = 200

_BLOCKS = frozenset(
    ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "pre", "hr")
)
_UNSEEN = frozenset(("script", "style", "head", "title"))
_SIGNED_WITH = re.compile(
    r"(sent from (my|outlook|mail|yahoo|proton)|get outlook for|envoyé (de|depuis|à partir d[e’']|avec)"
    r"|télécharge[rz] outlook|obtenir outlook)\b.{0,80}",
    re.IGNORECASE,
)
_HEAD = re.compile(r"\W*(de|from|envoyé|sent|date|à|to|cc|objet|subject)\s?:.*", re.IGNORECASE)
_HEADS = 3
_ABOVE = re.compile(r"-{2,}\s?(message d[’']origine|message transféré|original message)\s?-{2,}", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")


class Letter(TypedDict):
    """What a mail says.

    `sender` is the one address of From, "" where there is none or more. `is_automatic` for what no person wrote, such as an
    absence note. `attachments` counts the files that came with it, which nobody reads.
    """

    sender: str
    message_id: str
    is_automatic: bool
    text: str
    attachments: int


def main() -> None:
    """Limits itself, reads, and writes."""
    limit_this_process(memory=MEMORY, seconds=CPU_SECONDS)
    try:
        found = read(message_from_binary_file(read_input(MAX_INPUT), policy=policy.default))
    except MemoryError:
        refuse("large")
    except Exception:  # noqa: BLE001 - whatever a hostile mail makes the parser raise
        refuse("broken")
    sys.stdout.buffer.write(json.dumps(found).encode())


def read(message: EmailMessage) -> Letter:
    """What matters of a mail.

    Args:
        message: parsed with the default policy.
    """
    if sum(1 for _ in message.walk()) > MAX_PARTS:
        refuse("large")
    identity = str(message.get("Message-ID", "")).strip()
    return {
        "sender": _sender(message),
        "message_id": identity if _MESSAGE_ID.fullmatch(identity) else "",
        "is_automatic": is_automatic(message),
        "text": new_text(_text(message))[:MAX_TEXT],
        "attachments": sum(1 for part in message.walk() if part.get_content_disposition() == "attachment"),
    }


def is_automatic(message: Message) -> bool:
    """Whether a machine sent this (RFC 3834, and what older ones say of themselves)."""
    said = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    return (
        said != "no"
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Response", "List-Id", "X-Loop"))
        or str(message.get("Return-Path", "")).strip() == "<>"
        or message.get_content_type() == "multipart/report"
    )


def new_text(text: str) -> str:
    """What somebody wrote, without what they answer and without their signature.

    Args:
        text: the whole text of a mail; what it quotes begins with `>` or stands below a line that introduces it.
    """
    from quotequail import quote

    text = _visible(text)
    text = _above_heads(text)
    top = quote(text, limit=100_000, quote_intro_line=True)[0][1]
    return _unsigned(top) or _unsigned(_between(text))


def _above_heads(text: str) -> str:
    """What stands above the copied head of another mail, as Outlook puts it there, in French or English."""
    lines = text.split("\n")
    for place, line in enumerate(lines):
        heads = lines[place : place + _HEADS]
        if _ABOVE.fullmatch(line.strip()) or (len(heads) == _HEADS and all(map(_HEAD.fullmatch, heads))):
            return "\n".join(lines[:place]).rstrip("_ \n")
    return text


def _between(text: str) -> str:
    """What stands below or between quoted lines, for those who answer there."""
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if line.startswith(">")), len(lines))
    return "\n".join(line for line in lines[first:] if not line.startswith(">"))


def _unsigned(text: str) -> str:
    lines = text.strip().split("\n")
    ends = [place for place, line in enumerate(lines) if line in ("--", "-- ")]
    kept = lines[: ends[0]] if ends else lines
    while kept and (not kept[-1].strip() or kept[-1].startswith(">") or _SIGNED_WITH.fullmatch(kept[-1].strip())):
        kept.pop()
    return "\n".join(line.rstrip() for line in kept).strip()


def _visible(text: str) -> str:
    """One kind of line end, no control characters and no halves of characters, which databases refuse."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in unified if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs", "Co"))


def _sender(message: EmailMessage) -> str:
    header = message["From"]
    addresses: tuple[Address, ...] = header.addresses if header is not None else ()
    return addresses[0].addr_spec if len(addresses) == 1 else ""


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    content = str(cast("EmailMessage", body).get_content())
    if body.get_content_subtype() == "html":
        page = _Page()
        page.feed(content)
        page.close()
        return page.text()
    is_flowed = str(body.get_param("format", "")).lower() == "flowed"
    return "\n".join(_flowed(content)) if is_flowed else content


def _flowed(content: str) -> Iterator[str]:
    """Lines that a program broke are one again (RFC 3676)."""
    kept = ""
    for line in content.splitlines():
        if line.startswith(">") or line == "-- ":
            if kept:
                yield kept
            kept = ""
            yield line
            continue
        kept += line.removeprefix(" ")
        if not line.endswith(" "):
            yield kept
            kept = ""
    if kept:
        yield kept


class _Page(HTMLParser):
    """The text of a mail in HTML, with `> ` before the lines of what it quotes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._depth = 0
        self._hidden = 0

    def text(self) -> str:
        """All of it, without several empty lines in a row."""
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._hidden += 1
        if tag == "blockquote":
            self._depth += 1
        if tag in _BLOCKS or tag == "blockquote":
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        if tag == "blockquote":
            self._depth = max(0, self._depth - 1)
        if tag in ("p", "blockquote"):
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(data.replace("\n", " "))

    def _break(self) -> None:
        self._parts.append("\n" + "> " * min(self._depth, 1))


if __name__ == "__main__":
    main()
