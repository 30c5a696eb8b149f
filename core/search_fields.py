"""Fields of the search: `type:pdf` in the box finds what was published with `fields={"type": "pdf"}`.

A value is stored among the searchable words of its row, written in characters of Unicode's private use area. Nobody can type
those, so ordinary words never meet a field by accident, and a field never a word; one column and one condition serve both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.collation import fold

LONGEST_VALUE = 60
MOST_VALUES = 50
FieldValues = Mapping[str, str | Iterable[str]]

_NAME = re.compile(r"[a-z][a-z_]{1,19}")
_FIRST = 0xE000
_EDGE = chr(_FIRST + 0x100)
_PRIVATE = re.compile("[\ue000-\uf8ff]+")


@dataclass(frozen=True, slots=True)
class SearchField:
    """A field by which a search may be narrowed down, as a plugin lists it in its `Part`.

    Args:
        name: what is typed before the colon; 2 to 20 of a-z and _. Plugins that mean the same may share a name.
        label: what it narrows down by, in the words of a member (source language).
        examples: a value or two, as one would type them, for the hint on the page of the search.

    Raises:
        ValueError: when the name cannot be typed.
    """

    name: str
    label: str
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)


def field_marks(fields: FieldValues) -> str:
    """What stands for these values in the searchable words; at most 50 values, each cut at 60 characters.

    Raises:
        ValueError: for a name that cannot be typed.
    """
    marks = dict.fromkeys(
        field_mark(name, value)
        for name, values in fields.items()
        for value in ([values] if isinstance(values, str) else values)
        if fold(value)
    )
    return "".join(list(marks)[:MOST_VALUES])


def field_mark(name: str, value: str) -> str:
    """What stands for one value of a field; folded, so that capitals and accents do not matter."""
    return f"{field_start(name)}{_hidden(fold(value)[:LONGEST_VALUE])}{_EDGE}"


def field_start(name: str) -> str:
    """How every mark of a field begins: a row whose words lack it was published without the field.

    Raises:
        ValueError: for a name that cannot be typed.
    """
    _check_name(name)
    return f"{_EDGE}{_hidden(name + ':')}"


def without_marks(text: str) -> str:
    """A text of somebody's own, which cannot pretend to be a field."""
    return _PRIVATE.sub(" ", text)


def _hidden(text: str) -> str:
    return "".join(chr(_FIRST + byte) for byte in text.encode("utf-8", "replace"))


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"The name of a search field is 2 to 20 of a-z and _: {name!r}")
