"""Themes: folders of tokens, style sheets and optional templates, never Python.

Those that come with Cercle are below `themes/`; an operator adds others below `<data>/themes/`. See docs/themes.md.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.assets import edition_of
from core.errors import SettingsError

logger = logging.getLogger("cercle.themes")

BUNDLED = Path(__file__).parents[2] / "themes"
MANIFEST = "theme.toml"
NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
SHEETS = ("tokens.css", "theme.css")


@dataclass(frozen=True, slots=True)
class Theme:
    """A face of the site.

    Args:
        name: of its folder.
        title, summary: for the operator, in English.
        version: of the theme, as its author counts.
        folder: where it is.
        stylesheets: names below its `static/`, in their order.
        edition: a short word that changes with any of its files.
        words: title and summary in other languages, by language.
    """

    name: str
    title: str
    summary: str
    version: str
    folder: Path
    stylesheets: tuple[str, ...]
    edition: str
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)

    @property
    def is_bundled(self) -> bool:
        """Whether it comes with Cercle, so that its templates are trusted as the core's are."""
        return self.folder.parent == BUNDLED

    def title_in(self, language: str) -> str:
        """Its title for a reader of this language."""
        return self.words.get(language, {}).get("title", self.title)

    def summary_in(self, language: str) -> str:
        """Its summary for a reader of this language."""
        return self.words.get(language, {}).get("summary", self.summary)

    def address(self, sheet: str) -> str:
        """Where browsers find one of its static files."""
        return f"/static/theme-{self.name}/{sheet}?v={self.edition}"


class Themes:
    """The themes that this site has.

    Args:
        data_dir: the site's data folder, in which `themes/` may hold more; None for those that come with Cercle alone.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self._places = (BUNDLED, data_dir / "themes") if data_dir else (BUNDLED,)

    def names(self) -> list[str]:
        """Every theme, those that come with Cercle first."""
        found = [sorted(path.parent.name for path in place.glob(f"*/{MANIFEST}")) for place in self._places]
        return list(dict.fromkeys(["default", *(name for names in found for name in names if NAME.fullmatch(name))]))

    def folder(self, name: str) -> Path | None:
        """Where a theme is; None when there is none of that name. One of ours cannot be replaced."""
        if not NAME.fullmatch(name):
            return None
        return next((place / name for place in self._places if (place / name / MANIFEST).is_file()), None)

    def static(self, name: str) -> Path | None:
        """Where the static files of `theme-NAME` are."""
        folder = self.folder(name.removeprefix("theme-")) if name.startswith("theme-") else None
        return folder / "static" if folder else None

    def find(self, name: str) -> Theme:
        """Read a theme as it is on the disk now.

        Raises:
            SettingsError: when there is no such theme, naming those there are; or when its manifest cannot be read.
        """
        folder = self.folder(name)
        if folder is None:
            raise SettingsError(f"there is no theme {name!r}; there are: {', '.join(self.names())}")
        return read_theme(folder)


def read_theme(folder: Path) -> Theme:
    """Read the theme in a folder.

    Raises:
        SettingsError: when its `theme.toml` is missing or cannot be read.
    """
    path = folder / MANIFEST
    try:
        manifest = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: {error.strerror if isinstance(error, OSError) else error}") from None
    sheets = manifest.get("stylesheets", SHEETS)
    return Theme(
        name=folder.name,
        title=_text(manifest, "title") or folder.name,
        summary=_text(manifest, "summary"),
        version=_text(manifest, "version"),
        folder=folder,
        stylesheets=tuple(str(sheet) for sheet in sheets) if isinstance(sheets, list | tuple) else SHEETS,
        edition=edition_of(folder),
        words={key: _words(value) for key, value in manifest.items() if isinstance(value, dict)},
    )


def _text(manifest: Mapping[str, Any], key: str) -> str:
    value = manifest.get(key, "")
    return value if isinstance(value, str) else ""


def _words(table: Mapping[str, Any]) -> dict[str, str]:
    return {key: _text(table, key) for key in ("title", "summary") if _text(table, key)}
