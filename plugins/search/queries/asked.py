"""What somebody typed into the box, understood: words, "phrases", -exclusions and field:values."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from cercle import SearchField, current_app, field_mark, fold
from plugins.search.index.match import Group, Match, group_of
from plugins.search.index.terms import STOP, field_term, is_exact, words_of

MAX_TEXT = 200
MAX_WORDS = 10
_PIECE = re.compile(r'(?P<no>-?)(?:(?P<field>[A-Za-z_]{2,20}):)?"(?P<phrase>[^"]*)"|(?P<word>\S+)')
_FIELD = re.compile(r"([A-Za-z_]{2,20}):(.+)")

Piece = tuple[str, str]
"""The name of a field, "" for the words of a text, and what was asked for, folded."""


@dataclass(frozen=True)
class Asked:
    """What somebody typed, folded: every text of `wanted` and every value of `fields` must be there, none of the others may.

    Args:
        wanted: words and phrases.
        refused: those that stood behind a minus.
        fields: names of fields with their values.
        refused_fields: those that stood behind a minus.
        quoted: the texts of both kinds that stood in quotes, and so are meant as they are written.
        cut: whether there were more than ten, of which the rest was left out.
    """

    wanted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    fields: tuple[Piece, ...] = ()
    refused_fields: tuple[Piece, ...] = ()
    quoted: frozenset[str] = frozenset()
    cut: bool = False

    @property
    def is_something(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self.wanted or self.fields)

    @property
    def can_be_found(self) -> bool:
        """Whether it has a word or a field; signs alone are in no index."""
        return bool(self.groups or self.fields)

    @property
    def could_be_a_person(self) -> bool:
        """Whether it is made of words alone, by which people are known."""
        return bool(self.wanted) and not (self.refused or self.fields or self.refused_fields)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The words that must be there; the last one may be a beginning. Small words count only where there are no others."""
        made: dict[str, Group] = {}
        for text in self.wanted:
            words = words_of(text)
            typing = text == self.wanted[-1] and text not in self.quoted
            for word in words:
                made[word] = group_of(word, is_beginning=typing and word == words[-1])
        telling = [group for group in made.values() if group.word not in STOP or group.is_beginning]
        return tuple(telling or made.values())

    @property
    def root(self) -> str:
        """What the first word has in common with its other forms, by which its place in a text is found."""
        if self.exact or not self.groups:
            return next(iter(self.exact), "")
        word = self.groups[0].word
        stems = [stem[1:] for stem in self.groups[0].stems if len(stem) > 3 and word.startswith(stem[1:])]
        return min([word, *stems], key=len)

    @cached_property
    def exact(self) -> tuple[str, ...]:
        """The wanted texts that must stand there letter by letter."""
        return tuple(text for text in self.wanted if self._is_exact(text))

    @cached_property
    def refused_exact(self) -> tuple[str, ...]:
        """The refused texts that may not stand there letter by letter."""
        return tuple(text for text in self.refused if self._is_exact(text) or len(words_of(text)) != 1)

    def match(self, places: tuple[str, ...] = (), marks: tuple[str, ...] = (), club: str = "") -> Match:
        """What the index is asked for.

        Args:
            places: marks of which one must be there.
            marks: more marks that must be there.
            club: see `Match`.
        """
        return Match(
            groups=self.groups,
            refused=tuple(group_of(words_of(text)[0]) for text in self.refused if text not in self.refused_exact),
            places=places,
            club=club,
            marks=(*(_term(piece) for piece in self.fields), *marks),
            refused_marks=tuple(_term(piece) for piece in self.refused_fields),
        )

    def _is_exact(self, text: str) -> bool:
        return text in self.quoted or is_exact(text)


def known_fields() -> dict[str, SearchField]:
    """The fields that the plugins of this site know, by name; of two with one name the first."""
    found = [field for loaded in current_app().parts for field in loaded.part.search_fields]
    return {one.name: one for one in reversed(found)}


def understand(text: str) -> Asked:
    """What was typed, with the fields of this site."""
    return parse(text, known_fields())


def parse(text: str, fields: Collection[str] = ()) -> Asked:
    """Words, "phrases", -exclusions and field:values of a typed text; whatever cannot be searched for is left out.

    Args:
        text: as typed, or as somebody made it up.
        fields: the names that are fields; any other word with a colon is a word.
    """
    typed = "".join(letter if letter.isprintable() else " " for letter in text[:MAX_TEXT])
    pieces: dict[Piece, bool] = {}
    quoted = set()
    for match in _PIECE.finditer(typed):
        refused, piece = _read(match, fields)
        piece = (piece[0], piece[1].strip('"').strip())
        if piece[1].strip("\"'-"):
            pieces.setdefault(piece, refused)
            quoted |= {piece[1]} if match["word"] is None and not piece[0] else set()
    kept = list(pieces.items())[:MAX_WORDS]
    return Asked(
        tuple(word for (name, word), refused in kept if not (name or refused)),
        tuple(word for (name, word), refused in kept if refused and not name),
        tuple(piece for piece, refused in kept if piece[0] and not refused),
        tuple(piece for piece, refused in kept if piece[0] and refused),
        frozenset(quoted),
        cut=len(pieces) > MAX_WORDS,
    )


def _term(piece: Piece) -> str:
    return field_term(field_mark(*piece))


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
