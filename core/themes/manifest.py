"""Whether the `theme.toml` of a theme says what it must, and nothing that nobody reads."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.i18n import LANGUAGES
from core.plugin_check import Fault
from core.themes import BUNDLED, MANIFEST, NAME, Theme

NEEDED = {"name": 41, "title": 40, "summary": 160, "version": 20}
"""The fields that every theme has, with the most characters of each."""
KNOWN = (*NEEDED, "stylesheets", *(language for language in LANGUAGES if language != "en"))


def check_manifest(theme: Theme) -> Iterator[Fault]:
    """What is wrong with a manifest that can be read."""
    path = theme.folder / MANIFEST
    text = path.read_text(encoding="utf-8")
    manifest = tomllib.loads(text)

    def at(field: str, fault: str) -> Fault:
        own = text if field in LANGUAGES else text.partition("\n[")[0]
        found = re.search(rf"^\s*\[?{re.escape(field)}\b", own, re.MULTILINE)
        return Fault(path, text.count("\n", 0, found.end()) + 1 if found else 1, fault)

    for field, most in NEEDED.items():
        if fault := _text(field, manifest.get(field), most):
            yield at(field, fault)
    yield from (at("name", fault) for fault in _name(theme, manifest))
    yield from (at("stylesheets", fault) for fault in _sheets(theme.folder / "static", manifest.get("stylesheets")))
    for language in LANGUAGES:
        if isinstance(table := manifest.get(language), dict):
            yield from (at(language, fault) for fault in _words(language, table))
    for field in manifest.keys() - set(KNOWN):
        close = get_close_matches(field, KNOWN, 1)
        yield at(field, f"nobody reads {field!r}" + (f"; did you mean {close[0]!r}?" if close else "; take it out"))


def _text(field: str, value: object, most: int) -> str:
    if value is None:
        return f'{field} is missing; write it as {field} = "…"'
    if not isinstance(value, str) or not value.strip():
        return f'{field} must be a text in quotation marks: {field} = "…"'
    return f"{field} is longer than {most} characters" if len(value) > most else ""


def _name(theme: Theme, manifest: Mapping[str, Any]) -> Iterator[str]:
    if not NAME.fullmatch(theme.name):
        yield f"the folder {theme.name!r} cannot be a theme's name: use a-z, 0-9, _ and -, starting with a letter"
    if isinstance(manifest.get("name"), str) and manifest["name"] != theme.name:
        yield f"name is {manifest['name']!r}, but the folder is {theme.name!r}; both must be the same"
    if not theme.is_bundled and (BUNDLED / theme.name).is_dir():
        yield f"a theme named {theme.name!r} comes with Cercle; choose another name for the folder"


def _sheets(static: Path, value: object) -> Iterator[str]:
    if value is None:
        yield 'stylesheets is missing; write it as stylesheets = ["tokens.css"]'
        return
    if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
        yield 'stylesheets must be a list of names: ["tokens.css", "theme.css"]'
        return
    for name in value:
        if ".." in name or name.startswith("/") or not name.endswith(".css"):
            yield f"stylesheets: {name!r} is not the name of a .css file below static/"
        elif not (static / name).is_file():
            close = get_close_matches(name, [path.name for path in static.glob("*.css")], 1)
            yield f"stylesheets: there is no static/{name}" + (f"; did you mean {close[0]!r}?" if close else "")


def _words(language: str, table: Mapping[str, Any]) -> Iterator[str]:
    for field in ("title", "summary"):
        if fault := _text(field, table.get(field), NEEDED[field]):
            yield f"[{language}] {fault}"
