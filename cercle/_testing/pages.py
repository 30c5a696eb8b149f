"""Reads pages as a crawler does: where they lead, and what forms they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

LEADS = ("href", "src", "action", "hx-get", "data-url", "data-src", "poster", "formaction")


@dataclass(slots=True)
class Field:
    """One input of a form.

    Args:
        name: what it is sent as.
        type: `text`, `textarea`, `select`, `radio`, `checkbox`, `file`, `hidden`, ….
        value: what it holds; for choices the one that is chosen.
        options: the values to choose from.
    """

    name: str
    type: str
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass(slots=True)
class HtmlForm:
    """A form of a page."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)


class Page(HTMLParser):
    """The links and forms of a page.

    Args:
        url: its path.
        html: its source.
    """

    def __init__(self, url: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._url = url
        self._form: HtmlForm | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self.links: set[str] = set()
        self.forms: list[HtmlForm] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links |= {path for name in LEADS if name in given and (path := self._local(given[name]))}
        if tag == "form":
            action = self._local(given.get("action") or self._url)
            self._form = HtmlForm(action, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._note(tag, given, self._form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data

    def _note(self, tag: str, given: dict[str, str], form: HtmlForm) -> None:
        name = given.get("name", "")
        if tag == "option" and self._select is not None:
            self._select.options.append(given.get("value", ""))
            if "selected" in given or len(self._select.options) == 1:
                self._select.value = given.get("value", "")
        elif tag == "select" and name:
            self._select = form.fields.setdefault(name, Field(name, "select"))
        elif tag == "textarea" and name:
            self._area = form.fields.setdefault(name, Field(name, "textarea"))
        elif tag == "input" and name:
            self._note_input(given, form)

    @staticmethod
    def _note_input(given: dict[str, str], form: HtmlForm) -> None:
        name, kind = given["name"], given.get("type", "text").lower()
        noted = form.fields.setdefault(name, Field(name, kind))
        value = given.get("value", "on" if kind == "checkbox" else "")
        if kind not in ("radio", "checkbox"):
            noted.value = value
            return
        noted.options.append(value)
        if "checked" in given:
            noted.value = value

    def _local(self, link: str) -> str:
        """The path of a link on this site, "" for any other."""
        path: str = urldefrag(urljoin(self._url, link.strip()))[0]
        return path if path.startswith("/") and not path.startswith("//") else ""


def texts_of(value: Any) -> Iterator[tuple[str, str]]:
    """Every text and number in a JSON value, with the name it stands under."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str | int) and not isinstance(inner, bool):
                yield name, str(inner)
            else:
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
