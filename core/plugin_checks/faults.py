"""What is wrong, where, and how to mend it; as a compiler says it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that a plugin does wrong.

    Args:
        path, line: where.
        text: what, and what to do instead.
        level: a `warning` fails a check only with `--strict`.
    """

    path: Path
    line: int
    text: str
    level: Level = "error"

    def __str__(self) -> str:
        path = self.path.relative_to(Path.cwd()) if self.path.is_relative_to(Path.cwd()) else self.path
        return f"{path}:{self.line}: {'warning: ' if self.level == 'warning' else ''}{self.text}"


def at(path: Path, words: str, text: str, *, after: int = 1, level: Level = "error") -> Fault:
    """A fault at the first line that holds these words."""
    return Fault(path, line_of(path, words, after=after) or after, text, level)


def line_of(path: Path, words: str, *, after: int = 1) -> int | None:
    """The number of the first line that holds these words; None when there is none."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, 1) if number >= after and words in line), None)


def meant(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """A hint when somebody has probably mistyped one of the known words, else ""."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=cutoff)
    return f"; did you mean {near[0]!r}?" if near else ""
