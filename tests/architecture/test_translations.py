"""Every text that a person may read is there in French too, with the same placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from core.errors import CercleError, PluginError, SettingsError
from tests.architecture.source import ROOT, name_of, part_folders

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
}
JINJA = {
    "extensions": "jinja2.ext.do,core.fragments.FragmentExtension",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
FOLDERS = [ROOT / "core", *part_folders()]
FOUNDATION = [ROOT / "core", ROOT / "core" / "accounts", ROOT / "spaces"]

Text = str | tuple[str, ...]


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_text_is_translated(folder: Path) -> None:
    known: set[str] = set()
    for place in {folder, *FOUNDATION}:
        known |= {_key(message.id) for message in _catalogue(place) if _is_translated(message)}
    missing = {key: place for text, place in _texts(folder) if (key := _key(text)) not in known}
    assert missing == {}


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_no_translation_is_a_guess(folder: Path) -> None:
    assert [message.id for message in _catalogue(folder) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_translations_keep_the_placeholders(folder: Path) -> None:
    wrong = [message.id for message in _catalogue(folder) if message.id and not _keeps_placeholders(message)]
    assert wrong == []


def _texts(folder: Path) -> Iterator[tuple[Text, str]]:
    """The texts of a part with the place where each stands."""
    for path in sorted(folder.rglob("*.py")):
        if not _belongs_elsewhere(path, folder):
            yield from _extracted(path, "python", {})
    sources = [folder] if folder.name != "core" else [folder, ROOT / "themes"]
    for source in sources:
        for path in sorted(source.rglob("templates/**/*")):
            if path.is_file() and not _belongs_elsewhere(path, folder):
                yield from _extracted(path, "jinja2", JINJA)
    if folder.name == "core":
        yield from ((kind.title, kind.__name__) for kind in _errors(CercleError))


def _extracted(path: Path, method: str, options: dict[str, str]) -> Iterator[tuple[Text, str]]:
    with path.open("rb") as file:
        for line, text, _, _ in extract(method, file, KEYWORDS, options=options):
            if text:
                yield text, f"{name_of(path)}:{line}"


def _errors(kind: type[CercleError]) -> Iterator[type[CercleError]]:
    for child in kind.__subclasses__():
        if child not in (PluginError, SettingsError):
            yield child
            yield from _errors(child)


def _belongs_elsewhere(path: Path, folder: Path) -> bool:
    inner = (ROOT / "core" / "accounts", ROOT / "core" / "skeleton")  # a part of its own; a plugin to be
    return folder == ROOT / "core" and any(path.is_relative_to(place) for place in inner)


def _catalogue(folder: Path) -> Catalog:
    path = folder / "locale" / "fr" / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale="fr")
    with path.open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def _key(text: object) -> str:
    return text[0] if isinstance(text, tuple) else str(text)


def _is_translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def _keeps_placeholders(message: Message) -> bool:
    if not isinstance(message.id, tuple):
        return _placeholders(message.string) == _placeholders(message.id)
    known = (_placeholders(message.id[-1]), _placeholders(message.id[0]))
    return all(_placeholders(form) in known for form in message.string or ())


def _placeholders(text: object) -> set[str]:
    return set(PLACEHOLDER.findall(str(text)))
