"""Words as the index knows them: folded, cut, and with their French and English stems, the same on every database.

A stem is written with a slash before it and a mark of what a row is (its club, its plugin, a field) with an equals sign;
neither can be a word, so the three never meet.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import Stemmer

from cercle import FOLDED_END, TITLE_END

EDITION = "1"  # raised when the same text gives other terms than before
LONGEST = 60
_SMALL = (
    "a an and are as at be by for from has have how in is it its of on or our that the their this to was we were "
    "what when where which who will with you your i do does au aux avec ce ces cette comment dans de des du elle "
    "en est et eux il ils je la le les leur leurs lui ma mais me mes moi mon ne nos notre nous ou par pas pour qu "
    "que quel quelle qui sa se ses son sont sur ta te tes ton tu un une vos votre vous y c d j l m n s t "
)
STOP = frozenset(_SMALL.split())
_WORD = re.compile(r"[^\W_]+")
_STRICT = re.compile(r"[^\w\s'’‐-―-]|_")
_MARKS = re.compile("\ue100([\ue000-\ue0ff]+)\ue100")
_PRIVATE = re.compile("[\ue000-\uf8ff]+")
_STEMMERS = (Stemmer.Stemmer("french"), Stemmer.Stemmer("english"))


def words_of(text: str) -> list[str]:
    """The words of a folded text, in order, each cut at 60 characters."""
    return [word[:LONGEST] for word in _WORD.findall(text)]


@lru_cache(maxsize=50_000)
def stems_of(word: str) -> tuple[str, ...]:
    """The terms that a folded word shares with its other forms."""
    if len(word) < 3 or not word.isalpha():
        return ()
    return tuple(dict.fromkeys(f"/{stemmer.stemWord(word)}" for stemmer in _STEMMERS))


def is_exact(text: str) -> bool:
    """Whether a folded text has signs that mean something, as `20%` or `snake_case`, so that words alone do not do."""
    return bool(_STRICT.search(text)) or any(len(word) > LONGEST for word in _WORD.findall(text))


def mark(kind: str, value: str | int) -> str:
    """What stands for a fact about a row: `c` its club, `p` its plugin, `k` its kind, `f` a field, `o` that it is open."""
    text = str(value)
    plain = not text or (text.isascii() and text.isalnum() and len(text) < 40)
    return f"={kind}{text.lower() if plain else 'x' + hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def field_term(written: str) -> str:
    """The mark of a field's value, as `cercle.field_mark` writes it."""
    return mark("f", written.strip("\ue100"))


def read_words(searchable: str) -> tuple[str, list[str], list[str]]:
    """What `Content.words` holds: its folded text, the fields as they are written there, and the values of `tag` in plain."""
    folded = searchable.partition(TITLE_END)[2].partition(FOLDED_END)[0]
    fields = [found[1] for found in _MARKS.finditer(folded)]
    plain = [bytes(ord(sign) - 0xE000 for sign in field).decode("utf-8", "replace") for field in fields]
    tags = [text.removeprefix("tag:") for text in plain if text.startswith("tag:")]
    return _PRIVATE.sub(" ", folded), fields, tags
