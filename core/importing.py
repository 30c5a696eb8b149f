"""Importers and exporters: the ways in and out for content.

A part lists its own in `importers.py` and `exporters.py`; `cercle import` and `cercle export` run them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.accounts.viewer import Viewer

Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class Report:
    """What an import did, and what it changed or left out and why.

    Args:
        created, updated, unchanged: names of the items.
        skipped: (name, reason) of what was not taken.
        notes: (name, sentence) of what was taken but changed on the way.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """One run of an importer.

    Args:
        club: where to.
        actor: in whose name; their permissions hold.
        path: a folder or file on this machine.
        report: to be filled in.
        progress: called with (done, total, name of the item at hand).
    """

    club: Any
    actor: Viewer
    path: Path
    report: Report
    progress: Progress


@dataclass(frozen=True, slots=True)
class Importer:
    """A format that a part can read.

    Args:
        format: the word after `--format`.
        label: what it is, for people.
        sniff: whether a path looks like this format.
        run: does it; running it twice changes nothing the second time.
    """

    format: str
    label: str
    sniff: Callable[[Path], bool]
    run: Callable[[ImportRequest], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """One run of an exporter.

    Args:
        club: where from.
        actor: in whose name; what they may read is what is written.
        path: a file that does not exist yet.
        report: to be filled in.
        progress: called with (done, total, name of the item at hand).
    """

    club: Any
    actor: Viewer
    path: Path
    report: Report
    progress: Progress


@dataclass(frozen=True, slots=True)
class Exporter:
    """A format that a part can write.

    Args:
        format: the word after `--format`.
        label: what it is, for people.
        run: does it.
    """

    format: str
    label: str
    run: Callable[[ExportRequest], Awaitable[None]]
