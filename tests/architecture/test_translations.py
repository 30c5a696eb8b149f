"""Every text that a person may read is there in each language of the site, with the same placeholders, and as its readers
write it; and no text stands in a template or a script where no catalogue finds it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from core.errors import CercleError, PluginError, SettingsError
from core.i18n import LANGUAGES
from tests.architecture.source import ROOT, name_of, part_folders, templates

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

TRANSLATED = [code for code in LANGUAGES if code != "en"]

BLOCKS = re.compile(r"{%-?\s*trans\b.*?{%-?\s*endtrans\s*-?%}|{%\s*block body_class\s*%}.*?{%\s*endblock", re.DOTALL)
LOGIC = re.compile(r"{#.*?#}|{{.*?}}|{%.*?%}", re.DOTALL)
NO_WORDS = re.compile(r"<(script|style|code|kbd|pre|svg)\b.*?</\1>|<meta\b[^>]*>", re.DOTALL)
TAG = re.compile(r"<!?/?[A-Za-z][^<>]*>")
SPOKEN = re.compile(r"\b(?:title|alt|placeholder|aria-label|aria-description|label)\s*=\s*\"([^\"]*)\"")
WORD = re.compile(r"(?<!&)\b[^\W\d_]{2,}")
BARE = {
    "core/templates/styleguide/": "what stands in the examples is what members would write",
}

# What a French reader takes for a slip of the pen: a missing or breaking space, a typewriter's apostrophe, dots or quotes.
UNFRENCH = {
    "a space that breaks": re.compile(r"[ ](?=[;:!?»%])|«(?![\u00a0\u202f])"),
    "no space": re.compile(r"[^\W_][;!?»](?!\w)|[^\W\d_]:(?=\s|$)"),
    "an apostrophe": re.compile(r"\w'\w"),
    "dots": re.compile(r"\.\.\."),
}
CODE = re.compile(r"<[^>]*>|%\(\w+\)[sd]|https?://\S+|&\w+;|--?[a-z-]+")

Text = str | tuple[str, ...]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_text_is_translated(folder: Path, language: str) -> None:
    known: set[str] = set()
    for place in {folder, *FOUNDATION}:
        known |= {_key(message.id) for message in _catalogue(place, language) if _is_translated(message)}
    missing = {key: place for text, place in _texts(folder) if (key := _key(text)) not in known}
    assert missing == {}


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_no_translation_is_a_guess(folder: Path, language: str) -> None:
    assert [message.id for message in _catalogue(folder, language) if message.id and message.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_translations_keep_the_placeholders(folder: Path, language: str) -> None:
    wrong = [m.id for m in _catalogue(folder, language) if m.id and not _keeps_placeholders(m)]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_language_has_as_many_plural_forms_as_it_needs(language: str) -> None:
    wrong = [
        message.id
        for folder in FOLDERS
        for catalogue in [_catalogue(folder, language)]
        for message in catalogue
        if isinstance(message.id, tuple) and len(message.string or ()) != catalogue.num_plurals
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_french_is_set_as_french_readers_expect(folder: Path) -> None:
    wrong = [
        (form, fault)
        for message in _catalogue(folder, "fr")
        if message.id
        for form in (message.string if isinstance(message.string, tuple) else [message.string])
        for fault, pattern in UNFRENCH.items()
        if pattern.search(CODE.sub("\u00a0", str(form)))
    ]
    assert wrong == []


def test_templates_hold_no_words_of_their_own() -> None:
    found = {
        name_of(path): words
        for path in templates()
        if (words := _bare_words(path)) and not any(name_of(path).startswith(place) for place in BARE)
    }
    assert found == {}


def test_scripts_get_their_words_from_the_page() -> None:
    page = (ROOT / "core" / "templates" / "_texts.html").read_text(encoding="utf-8")
    scripts = [path for path in (ROOT / "frontend").rglob("*.js") if "node_modules" not in path.parts]
    asked = {
        name for path in scripts for name in re.findall(r"\btext\(\"([A-Za-z]+)\"\)", path.read_text(encoding="utf-8"))
    }
    given = {_camel(name) for name in re.findall(r"data-([a-z-]+)=", page)}
    assert asked - given == set()


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


def _bare_words(path: Path) -> list[str]:
    """The words of a template that stand outside of gettext: between tags, and in what screen readers say."""
    text = LOGIC.sub("\0", BLOCKS.sub("", path.read_text(encoding="utf-8")))
    if path.suffix == ".txt":
        return WORD.findall(text)
    if path.suffix != ".html":
        return []
    text = NO_WORDS.sub("", text)
    spoken = [value for tag in TAG.findall(text) for value in SPOKEN.findall(tag)]
    return [word for part in (TAG.sub("\n", text), *spoken) for word in WORD.findall(part)]


def _camel(name: str) -> str:
    return re.sub(r"-([a-z])", lambda found: found[1].upper(), name)


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


def _catalogue(folder: Path, language: str) -> Catalog:
    path = folder / "locale" / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


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
