"""Order of names as readers of European languages expect it, the same on every database.

Accents stand with their letters and capitals with small ones, ligatures count as the letters that they are made of, and
`Page 2` comes before `Page 10`. The keys are stored beside the names, in columns that compare byte by byte
(`core.migrate.SortKeys`), so that lists and their cursors need no rules of a database or its machine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i", "’": "'", "‘": "'"}
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_GAP = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return `text` as it is compared in searches: without accents and capitals, every run of white space one space.

    `Œuvre d’Élise` becomes `oeuvre d'elise`.
    """
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return " ".join(plain.translate(_LETTERS).split())


@lru_cache(maxsize=8192)
def sort_key(text: str, length: int = 200) -> str:
    """Return where a name or title stands in a list: compare the keys, not the names.

    Args:
        text: the name.
        length: how long the key may be.
    """
    words = _GAP.sub(" ", fold(text)).strip()
    return _NUMBER.sub(lambda found: found[0].rjust(10, "0"), words)[:length]


def sort_name(name: str) -> str:
    """Return where a person stands in a list: the last word of the name first."""
    words = name.split()
    return fold(" ".join(words[-1:] + words[:-1]))[:120]
