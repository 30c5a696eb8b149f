"""What somebody typed into the box, understood: words, "phrases", -exclusions and field:values."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain

from cercle import SearchField, current_app, fold

MAX_TEXT = 200
MAX_WORDS = 10
_PIECE = re.compile(r'(?P<no>-?)(?:(?P<field>[A-Za-z_]{2,20}):)?"(?P<phrase>[^"]*)"|(?P<word>\S+)')
_FIELD = re.compile(r"([A-Za-z_]{2,20}):(.+)")

Piece = tuple[str, str]
"""The name of a field, "" for the words of a text, and what was asked for, folded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, folded: every text of `wanted` and every value of `fields` must be there, none of the others may.

    Args:
        wanted: words and phrases.
        refused: those that stood behind a minus.
        fields: names of fields with their values.
        refused_fields: those that stood behind a minus.
        cut: whether there were more than ten, of which the rest was left out.
    """

    wanted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    fields: tuple[Piece, ...] = ()
    refused_fields: tuple[Piece, ...] = ()
    cut: bool = False

    @property
    def is_something(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.wanted or self.fields)

    @property
    def could_be_a_person(self) -> bool:
        """Whether it is made of words alone, by which people are known."""
        return bool(self.wanted) and not (self.refused or self.fields or self.refused_fields)


async def known_fields() -> dict[str, SearchField]:
    """The fields that the plugins of this site know, by name; of two with one name the first."""
    answers = await current_app().hooks.collect("register_search_fields")
    found = [one for one in chain.from_iterable(answer.value for answer in answers) if isinstance(one, SearchField)]
    return {one.name: one for one in reversed(found)}


async def understand(text: str) -> Asked:
    """What was typed, with the fields of this site."""
    return parse(text, await known_fields())


def parse(text: str, fields: Collection[str] = ()) -> Asked:
    """Words, "phrases", -exclusions and field:values of a typed text; whatever cannot be searched for is left out.

    Args:
        text: as typed, or as somebody made it up.
        fields: the names that are fields; any other word with a colon is a word.
    """
    typed = "".join(letter if letter.isprintable() else " " for letter in text[:MAX_TEXT])
    pieces: dict[Piece, bool] = {}
    for match in _PIECE.finditer(typed):
        refused, piece = _read(match, fields)
        if piece[1].strip("\"'-"):
            pieces.setdefault((piece[0], piece[1].strip('"')), refused)
    kept = list(pieces.items())[:MAX_WORDS]
    return Asked(
        tuple(word for (name, word), refused in kept if not (name or refused)),
        tuple(word for (name, word), refused in kept if refused and not name),
        tuple(piece for piece, refused in kept if piece[0] and not refused),
        tuple(piece for piece, refused in kept if piece[0] and refused),
        cut=len(pieces) > MAX_WORDS,
    )


def _read(match: re.Match[str], fields: Collection[str]) -> tuple[bool, Piece]:
    """Whether a piece is refused, and what it asks for."""
    if match["word"] is None:
        name = (match["field"] or "").lower()
        known = name in fields
        text = match["phrase"] if known or not name else f"{name}:{match['phrase']}"
        return bool(match["no"]), (name if known else "", fold(text))
    refused = match["word"].startswith("-") and len(match["word"]) > 1
    word = match["word"].lstrip("-") if refused else match["word"]
    found = _FIELD.fullmatch(word)
    if found and found[1].lower() in fields and fold(found[2]).strip("\"'-"):
        return refused, (found[1].lower(), fold(found[2]))
    return refused, ("", fold(word))
