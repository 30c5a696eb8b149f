"""Translations: every text is there in French, and in each further language that the plugin ships; places for values agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import PoFileError, read_po

from core.loading.assembly import FOUNDATION
from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault

KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
JINJA = {"extensions": "jinja2.ext.do", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
PLACE = re.compile(r"%\((\w+)\)[sdf]|(?<!%)%[sdf]")
FIRST = "fr"
CATALOGUE = Path("LC_MESSAGES") / "messages.po"


def check_translations(checked: Checked) -> Iterator[Fault]:
    """What the code says, against the catalogues."""
    shared = [one.folder for one in checked.app.parts if one.name in FOUNDATION]
    languages = sorted({FIRST, *(path.parents[1].name for path in checked.folder.glob(f"locale/*/{CATALOGUE}"))})
    texts = list(_texts(checked))
    for language in languages:
        path = checked.folder / "locale" / language / CATALOGUE
        try:
            own = _read(path, language)
        except (PoFileError, ValueError) as error:
            yield Fault(path, getattr(error, "lineno", None) or 1, f"cannot be read: {error}")
            continue
        known = _done(own) | {text for folder in shared for text in _done(_of(folder, language))}
        if language != FIRST:  # what the foundation has in French only is not the plugin's to translate
            known |= {text for folder in shared for text in _done(_of(folder, FIRST))} - _done(own, all_of_them=True)
        for source, line, text in texts:
            if text not in known:
                yield Fault(source, line, f"{text!r} is not translated in locale/{language}/{CATALOGUE.as_posix()}")
        yield from _places(path, own)


def _texts(checked: Checked) -> Iterator[tuple[Path, int, str]]:
    """Every text that is marked, with where it stands."""
    for path in (*checked.trees, *checked.templates):
        method, options = ("python", {}) if path.suffix == ".py" else ("jinja2", JINJA)
        with path.open("rb") as file:
            try:
                found = list(extract(method, file, KEYWORDS, options=options))
            except Exception:  # noqa: BLE001 - what cannot be read is told by another check
                found = []
        for line, text, _, _ in found:
            if text and (key := text[0] if isinstance(text, tuple) else text):
                yield path, line, key


def _places(path: Path, catalogue: Catalog) -> Iterator[Fault]:
    """A translation names the values that the text names: another name stops the page."""
    for message in catalogue:
        if not message.id:
            continue
        sources = _several(message.id)
        wanted = {name for source in sources for name in _named(source)}
        for string in _several(message.string):
            if not string:
                continue
            given = _named(string)
            if unknown := given - wanted:
                yield _at(
                    path, message, f"the translation of {sources[0]!r} names {_list(unknown)}, which the text does not"
                )
            elif missing := _named(sources[0]) - given if len(sources) == 1 else set():
                yield _at(path, message, f"the translation of {sources[0]!r} lacks {_list(missing)}")
        if message.fuzzy:
            yield _at(path, message, f"the translation of {sources[0]!r} is marked as fuzzy, so it is not shown")


def _at(path: Path, message: Message, text: str) -> Fault:
    return Fault(path, message.lineno or 1, text)


def _several(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """Singular and plurals of a message."""
    return tuple(text) if isinstance(text, tuple | list) else (text or "",)


def _named(text: str) -> set[str]:
    return {match[0] for match in PLACE.finditer(text)}


def _list(places: set[str]) -> str:
    return ", ".join(sorted(places))


def _of(folder: Path, language: str) -> Catalog:
    return _read(folder / "locale" / language / CATALOGUE, language)


def _read(path: Path, language: str) -> Catalog:
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _done(catalogue: Catalog, *, all_of_them: bool = False) -> set[str]:
    """The texts that are translated, or all that the catalogue names."""
    found: set[str] = set()
    for message in catalogue:
        whole = all(message.string) if isinstance(message.string, tuple) else bool(message.string)
        if message.id and (all_of_them or (whole and not message.fuzzy)):
            found.add(message.id[0] if isinstance(message.id, tuple) else str(message.id))
    return found
