"""Verdict sheets: what the contract tests of `cercle.testing` said about a plugin, as its author ships it in the package.

`pytest --cercle-verdict` writes `verdict.json` beside the manifest. It is the author's own word; an operator reads it before
a club gets the plugin, and `cercle plugin check` holds the rest of the rules against the code itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from packaging.version import InvalidVersion, Version
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

import core
from core.i18n import gettext as _

if TYPE_CHECKING:
    from core.parts import LoadedPart

FILE = "verdict.json"
MOST_BYTES = 64 * 1024
Outcome = Literal["kept", "broken", "skipped", "not tried"]
Short = Annotated[str, StringConstraints(max_length=200)]


def _version(text: str) -> str:
    try:
        Version(text)
    except InvalidVersion:
        raise ValueError("is no version") from None
    return text


_Numbered = Annotated[str, StringConstraints(max_length=40), AfterValidator(_version)]


class Sheet(BaseModel):
    """What stands in `verdict.json`.

    `results` says by promise whether it was kept: the name of a test of `PluginContract` without `test_`.
    """

    model_config = ConfigDict(extra="forbid")

    plugin: Short
    version: _Numbered
    cercle: _Numbered
    date: date
    databases: Annotated[list[Short], Field(max_length=10)] = []
    results: Annotated[dict[Short, Outcome], Field(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sheet beside what is installed.

    Args:
        version: of the plugin that was tested.
        cercle: version of Cercle that it was tested with.
        date: of the run.
        databases: on which it was tested.
        results: by promise; see `Sheet`.
        is_for_this: whether both versions are those that run here.
        summary: a sentence for the operator, translated.
    """

    version: str
    cercle: str
    date: date
    databases: tuple[str, ...]
    results: Mapping[str, Outcome]
    is_for_this: bool
    summary: str

    @property
    def is_good(self) -> bool:
        """Whether every promise was kept by the versions that run here; skipped ones are no promise kept."""
        return self.is_for_this and set(self.results.values()) == {"kept"}

    @property
    def broken(self) -> tuple[str, ...]:
        """The promises that were broken."""
        return tuple(name for name, result in self.results.items() if result == "broken")

    @property
    def untried(self) -> tuple[str, ...]:
        """The promises that nobody tried, or for which something was missing."""
        return tuple(name for name, result in self.results.items() if result in ("skipped", "not tried"))


def read_verdict(loaded: LoadedPart) -> Verdict | None:
    """The verdict sheet in a plugin's package; None when there is none, or none that can be read.

    A bundled plugin has none: it is tested with Cercle itself.
    """
    if loaded.bundled:
        return None
    try:
        sheet = Sheet.model_validate_json(_bytes(loaded.folder / FILE))
    except (OSError, ValidationError):
        return None
    if sheet.plugin != loaded.name:
        return None
    fits = sheet.version == loaded.part.version and _line(sheet.cercle) == _line(core.__version__)
    return Verdict(
        version=sheet.version,
        cercle=sheet.cercle,
        date=sheet.date,
        databases=tuple(sheet.databases),
        results=sheet.results,
        is_for_this=fits,
        summary=_summary(sheet, fits=fits),
    )


def verdict_summary(loaded: LoadedPart) -> str:
    """One translated sentence about how a plugin was tested, for every plugin: bundled, with and without a sheet."""
    if loaded.bundled:
        return _("Tested with Cercle itself")
    verdict = read_verdict(loaded)
    return (
        verdict.summary if verdict else _("No verdict: its author has not published the results of the contract tests")
    )


def write_verdict(folder: Path, sheet: Sheet) -> Path:
    """Write a sheet into a plugin's package; answers where."""
    path = folder / FILE
    text = json.dumps(sheet.model_dump(mode="json"), indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")
    return path


def _bytes(path: Path) -> bytes:
    """What the file holds; more than a sheet can be is cut off, and so cannot be read."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES)


def _line(version: str) -> tuple[int, int]:
    """Within one line of versions, such as 0.4, what `cercle` exports keeps its meaning."""
    found = Version(version)
    return found.major, found.minor


def _summary(sheet: Sheet, *, fits: bool) -> str:
    results = list(sheet.results.values())
    if not fits:
        return _(
            "For another version: %(version)s was tested with Cercle %(cercle)s",
            version=sheet.version,
            cercle=sheet.cercle,
        )
    if broken := results.count("broken"):
        return _("Breaks %(broken)s of the %(count)s promises of Cercle", broken=broken, count=len(results))
    kept = results.count("kept")
    if kept < len(results):
        return _(
            "Keeps %(kept)s of the %(count)s promises of Cercle; the others were not tried",
            kept=kept,
            count=len(results),
        )
    return _("Keeps all %(count)s promises of Cercle", count=kept)
