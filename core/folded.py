"""Searching columns that are stored as they were written, without regard to accents and capitals, on both databases."""

from __future__ import annotations

from collections.abc import Callable

from core.db import dialect

_ACCENTS = dict(zip("àâäçéèêëîïôöûùüñ", "aaaceeeeiioouuun", strict=True))


def holds_word(column: str, word: str, mark: Callable[[object], str]) -> str:
    """Whether a short text in SQL holds a word, where nothing folded is stored beside it.

    Args:
        column: the column or expression.
        word: as `core.collation.fold` makes it.
        mark: takes a value of the statement and answers its placeholder.
    """
    plain = f"REPLACE(REPLACE(REPLACE({column}, 'œ', 'oe'), 'Œ', 'oe'), '’', '''')"
    if dialect().name == "postgres":
        accented, letters = "".join(_ACCENTS), "".join(_ACCENTS.values())
        escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        folded = f"TRANSLATE(LOWER({plain}), '{accented}{accented.upper()}', '{letters}{letters}')"
        return f"{folded} LIKE {mark(f'%{escaped}%')} ESCAPE '!'"
    return f"{plain} GLOB {mark('*' + ''.join(map(_spellings, word)) + '*')}"


def _spellings(letter: str) -> str:
    """What SQLite's GLOB takes for a folded letter: each way to write it."""
    if letter.isalpha():
        accented = "".join(one + one.upper() for one, plain in _ACCENTS.items() if plain == letter)
        return f"[{letter}{letter.upper()}{accented}]"
    return f"[{letter}]" if letter in "*?[" else letter
