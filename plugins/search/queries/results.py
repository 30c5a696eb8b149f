"""Reading what matches. Everything is asked through `visible_to`, so results, counts and excerpts obey one condition."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from cercle import FOLDED_END, TITLE_END, Content, Viewer, dialect, field_mark, fold, moment, rows, visible_to
from plugins.search.queries.asked import Asked

DEEPEST = 1000
_GROUPS = 2000
_AROUND = 150
_EXCERPT = 600


@dataclass(frozen=True, slots=True)
class Found:
    """One result."""

    id: int
    title: str
    summary: str
    url: str
    plugin: str
    kind: str
    club: str
    club_name: str
    author: str | None
    updated_at: datetime
    around: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many results there are, by plugin and by club (slug).

    Args:
        total: of what is asked for, with its filters.
        plugins: by name, within the club that is asked for.
        clubs: by slug, of the plugin that is asked for.
        names: names of the clubs by slug.
    """

    total: int
    plugins: Mapping[str, int]
    clubs: Mapping[str, int]
    names: Mapping[str, str]


async def find(
    viewer: Viewer, asked: Asked, *, club: str = "", plugin: str = "", skip: int = 0, limit: int = 20
) -> list[Found]:
    """Results: those with the words in their title first, then the newest. One more than the limit when there are more.

    Args:
        viewer: who looks.
        asked: the words.
        club: only this club, by slug.
        plugin: only what belongs to this plugin.
        skip: how many to leave out, at most `DEEPEST`.
        limit: how many.
    """
    if not asked.is_something:
        return []
    sql = _Statement(_matching(viewer, asked, club, plugin))
    hits = " + ".join(_is_in_title(sql, word) for word in asked.wanted) or "0"
    sql.text += (
        f", best AS (SELECT c.id, {hits} AS hits FROM spaces_content c JOIN matching ON matching.id = c.id "
        f"ORDER BY 2 DESC, c.updated_at DESC, c.id DESC LIMIT {int(limit) + 1} OFFSET {min(max(int(skip), 0), DEEPEST)}) "
    )
    first = asked.wanted[0] if asked.wanted else ""
    sql.text += (
        "SELECT c.id, c.title, c.summary, c.url, c.plugin, c.kind, k.slug AS club, k.name AS club_name, u.name AS author, "
        f"c.updated_at, {_around(sql, first)} AS around FROM best JOIN spaces_content c ON c.id = best.id "
        "JOIN spaces_club k ON k.id = c.club_id LEFT JOIN accounts_user u ON u.id = c.author_id "
        "ORDER BY best.hits DESC, c.updated_at DESC, c.id DESC"
    )
    found = await rows(sql.text, sql.values)
    return [Found(**{**row, "updated_at": moment(row["updated_at"])}) for row in found]


async def count(viewer: Viewer, asked: Asked, *, club: str = "", plugin: str = "") -> Counts:
    """How many results there are for each plugin and club, by the same condition as the results."""
    if not asked.is_something:
        return Counts(0, {}, {}, {})
    sql = _Statement(_matching(viewer, asked))
    sql.text += (
        " SELECT c.plugin, k.slug, k.name, COUNT(*) AS many FROM spaces_content c JOIN matching ON matching.id = c.id "
        f"JOIN spaces_club k ON k.id = c.club_id GROUP BY c.plugin, k.slug, k.name ORDER BY many DESC LIMIT {_GROUPS}"
    )
    plugins: Counter[str] = Counter()
    clubs: Counter[str] = Counter()
    total = 0
    groups = await rows(sql.text, sql.values)
    for group in groups:
        here, kind = club in ("", group["slug"]), plugin in ("", group["plugin"])
        plugins[group["plugin"]] += group["many"] if here else 0
        clubs[group["slug"]] += group["many"] if kind else 0
        total += group["many"] if here and kind else 0
    names = {group["slug"]: group["name"] for group in groups}
    return Counts(total, dict((+plugins).most_common()), dict((+clubs).most_common()), names)


def pieces(text: str, asked: Asked, *, length: int = 220) -> list[tuple[str, bool]]:
    """A text as plain and found pieces, in their order; a long one is cut around the first find.

    Args:
        text: as it was written.
        asked: the words.
        length: characters at most.
    """
    spans = _spans(text, asked.wanted)
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
    if found.summary and _spans(found.summary, asked.wanted):
        return pieces(found.summary, asked)
    around = _whole_words(found.around)
    if around and (_spans(around, asked.wanted) or not found.summary):
        return pieces(around, asked)
    return pieces(found.summary, asked)


def _whole_words(around: str) -> str:
    """A piece of the text without the word in which it begins; at the start of the text stands `FOLDED_END` instead."""
    if not around or around.startswith(FOLDED_END):
        return around[1:]
    return f"… {around.partition(' ')[2]}"


class _Statement:
    """SQL over the rows that match, with its values in the order of their marks."""

    def __init__(self, matching: QuerySet[Content]) -> None:
        matching.sql()
        text, values = matching.query.get_parameterized_sql()
        self.text = f"WITH matching AS ({text})"
        self.values: list[Any] = list(values)

    def position(self, column: str, text: str) -> str:
        """Where a text stands in a column, counted from 1; 0 when it is not there."""
        self.values.append(text)
        words = dialect()
        return f"{'STRPOS' if words.name == 'postgres' else 'INSTR'}({column}, {words.param(len(self.values))})"


def _matching(viewer: Viewer, asked: Asked, club: str = "", plugin: str = "") -> QuerySet[Content]:
    found = visible_to(viewer).filter(*(Q(words__contains=word) for word in asked.wanted))
    found = found.filter(*(~Q(words__contains=word) for word in asked.refused))
    found = found.filter(*(Q(words__contains=field_mark(name, value)) for name, value in asked.fields))
    found = found.filter(*(~Q(words__contains=field_mark(name, value)) for name, value in asked.refused_fields))
    if club:
        found = found.filter(club__slug=club)
    if plugin:
        found = found.filter(plugin=plugin)
    return found.only("id")


def _is_in_title(sql: _Statement, word: str) -> str:
    """1 when the word stands before the end of the folded title."""
    place = sql.position("c.words", word)
    return f"CASE WHEN {place} < {sql.position('c.words', TITLE_END)} THEN 1 ELSE 0 END"


def _around(sql: _Statement, word: str) -> str:
    """Some of the text as it was written, around the place where the folded one has the word.

    Folding changes the length of a few letters, so the place is not exact; the piece is long enough for that.
    """
    start = sql.position("c.words", FOLDED_END)
    folded = f"SUBSTR(c.words, {sql.position('c.words', TITLE_END)} + 1)"
    place = f"{sql.position(folded, word)} - {_AROUND}"
    again = f"SUBSTR(c.words, {sql.position('c.words', TITLE_END)} + 1)"
    positive = f"CASE WHEN {place} > 1 THEN {sql.position(again, word)} - {_AROUND} ELSE 1 END"
    return f"SUBSTR(c.words, {start} + {positive} - 1, {_EXCERPT})"


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the folded words stand in a text as it was written, in order, without overlaps."""
    folded, places = [], []
    for place, letter in enumerate(text):
        plain = " " if letter.isspace() else fold(letter)
        folded.append(plain)
        places += [place] * len(plain)
    line = "".join(folded)
    found = [(places[at], places[at + len(word) - 1] + 1) for word in words for at in _places(line, word)]
    kept: list[tuple[int, int]] = []
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _places(line: str, word: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(word), line)]
