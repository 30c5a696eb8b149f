"""The piece of a text that shows why it was found, with what was found marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cercle import FOLDED_END, fold
from plugins.search.index.match import Group
from plugins.search.index.terms import stems_of
from plugins.search.queries.asked import Asked
from plugins.search.queries.results import Found

_WORD = re.compile(r"[^\W_]+")


def pieces(text: str, asked: Asked, *, length: int = 220) -> list[tuple[str, bool]]:
    """A text as plain and found pieces, in their order; a long one is cut around the first find.

    Args:
        text: as it was written.
        asked: the words.
        length: characters at most.
    """
    spans = _spans(text, asked)
    start = 0
    if len(text) > length and spans and spans[0][0] > length // 2:
        start = text.rfind(" ", 0, spans[0][0] - length // 3) + 1
    end = len(text) if len(text) - start <= length else max(text.rfind(" ", 0, start + length), start + length // 2)
    made = [("… ", False)] if start else []
    place = start
    for begin, stop in spans:
        if begin >= place and stop <= end:
            made += [(text[place:begin], False), (text[begin:stop], True)]
            place = stop
    made += [(text[place:end], False), (" …" if end < len(text) else "", False)]
    return [piece for piece in made if piece[0]]


def excerpt(found: Found, asked: Asked) -> list[tuple[str, bool]]:
    """The piece of a result that shows why it was found, else its summary."""
    if found.summary and _spans(found.summary, asked):
        return pieces(found.summary, asked)
    around = _whole_words(found.around)
    if around and (_spans(around, asked) or not found.summary):
        return pieces(around, asked)
    return pieces(found.summary, asked)


def _whole_words(around: str) -> str:
    """A piece of the text without the word in which it begins; at the start of the text stands `FOLDED_END` instead."""
    if not around or around.startswith(FOLDED_END):
        return around[1:]
    return f"… {around.partition(' ')[2]}"


def _spans(text: str, asked: Asked) -> list[tuple[int, int]]:
    """Where a text as it was written has what was asked for, in order, without overlaps."""
    found = [*_words(text, asked.groups if not asked.exact else _loose(asked)), *_exact(text, asked.exact)]
    kept: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _loose(asked: Asked) -> list[Group]:
    """The words that are not part of something which must stand there letter by letter."""
    return [group for group in asked.groups if not any(group.word in text for text in asked.exact)]


def _words(text: str, groups: list[Group] | tuple[Group, ...]) -> Iterator[tuple[int, int]]:
    words = {group.word for group in groups}
    stems = {stem for group in groups for stem in group.stems}
    beginnings = tuple(group.word for group in groups if group.is_beginning)
    for match in _WORD.finditer(text):
        word = fold(match[0])
        if word in words or (beginnings and word.startswith(beginnings)) or not stems.isdisjoint(stems_of(word)):
            yield match.span()


def _exact(text: str, wanted: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Finds in the folded text, told as places in the text as it was written."""
    if not wanted:
        return
    folded, places = [], []
    for place, letter in enumerate(text):
        plain = " " if letter.isspace() else fold(letter)
        folded.append(plain)
        places += [place] * len(plain)
    line = "".join(folded)
    for word in wanted:
        for match in re.finditer(re.escape(word), line):
            yield places[match.start()], places[match.end() - 1] + 1
