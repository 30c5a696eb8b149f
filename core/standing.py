"""How far the tables of a part are, read without importing anything of the part."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from core import migrate


@dataclass(frozen=True, slots=True)
class Standing:
    """Which migrations of a part are in the database.

    Args:
        applied: names, in their order.
        waiting: names of those that are only in its package.
    """

    applied: tuple[str, ...]
    waiting: tuple[str, ...]


async def standing(part: str, package: str) -> Standing:
    """How far a part's tables are; nothing of the part is imported.

    Args:
        part: its name.
        package: importable name of its folder.
    """
    applied = sorted(key.name for key in await migrate.applied() if key.app_label == part)
    module = sys.modules.get(package)
    folder = Path(str(module.__file__)).parent / "migrations" if module and module.__file__ else None
    there = sorted(path.stem for path in folder.glob("[0-9]*.py")) if folder else []
    return Standing(tuple(applied), tuple(name for name in there if name not in applied))
