"""Packages that a test imports from a folder of its own: forgotten at the end, so that the next test finds its own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from core import parts


@contextmanager
def on_the_import_path(folder: Path, packages: Collection[str]) -> Iterator[None]:
    """Look into a folder first for whatever is imported, and forget these packages at the end.

    Args:
        folder: the folder that holds them.
        packages: their importable names; may grow until the end.
    """
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for module in [name for name in sys.modules if name.partition(".")[0] in packages]:
            del sys.modules[module]
        parts._folder.cache_clear()
