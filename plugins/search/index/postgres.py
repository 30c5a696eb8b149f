"""The index on PostgreSQL: a `tsvector` of terms that we make ourselves, under a GIN index. No extension, no stemming there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cercle import execute, rows
from plugins.search.index.entries import Entry
from plugins.search.index.interface import Values
from plugins.search.index.match import PREFIX_FROM, Group, Match
from plugins.search.index.terms import mark

_WEIGHTS = "'{0.1, 0.3, 0.4, 1.0}'"  # of text, author, summary and tags, title
_TITLE = "^"  # before a term that stands in the title
_OPEN = mark("o", "")
_BEGINS = "<"  # before the first letters of a word
_LENGTHS = range(PREFIX_FROM, 7)
PACE, FAR = 12, 16
"""Bits of a number that a mark of age leaves out: one stands for 4,096 rows, or for 65,536."""
_TOGETHER = 40  # clubs that one condition names: GIN weighs each term of it against all others
_MOST = 20_000  # candidates of one stage
_WINDOWS = ((PACE, 4), (FAR, 2))
"""The newest rows that are looked at first, as marks of age: how many rows one stands for, and how many marks."""


class PostgresIndex:
    """See `Index`."""

    mark = "$"
    prelude: Sequence[str] = ("newest AS MATERIALIZED (SELECT COALESCE(MAX(id), 0) AS id FROM search_entry)",)

    def found(self, match: Match, values: Values, *, titles: bool) -> Sequence[Sequence[str]]:
        """GIN has no order and every row that it names is fetched, so a common word is looked up among the newest rows first:
        marks of age bound what is fetched by what is wanted.

        What is open to others has a smaller index of its own, so that a member's own clubs are looked up alone.
        """
        wanted, long = _wanted(match), [group for group in match.groups if _is_long(group)]
        stages = _stages(0, wanted, match, values)
        if long:
            whole = f"!({_all(match.groups)})"
            begun = [_all(match.groups, begun=True), whole, *_others(match)]
            stages = [*stages, *_stages(0, begun, match, values, _exactly(match.groups, values))]
        if not titles or not match.groups:
            return [stages]
        any_title = _either(_group(group, _TITLE) for group in match.groups)
        return [stages, _stages(1, [any_title, *wanted], match, values)]

    def worth(self, match: Match, values: Values) -> str:
        """By the weights of the words that are there."""
        any_word = values.add(_any(match))
        return f"(SELECT ts_rank({_WEIGHTS}, e.terms, CAST({any_word}::text AS tsquery)) FROM search_entry e WHERE e.id = p.id)"

    def days(self, column: str, values: Values, now: Any) -> str:
        """Whole days between a time and now."""
        return f"GREATEST(FLOOR(EXTRACT(EPOCH FROM ({values.add(now)}::timestamptz - {column})) / 86400), 0)"

    async def put(self, entries: Sequence[Entry], *, round: int) -> None:
        """One statement for all."""
        values = Values("$")
        made = [_row(entry, round, values) for entry in sorted(entries, key=lambda entry: entry.id)]
        await execute(
            f"INSERT INTO search_entry (id, digest, updated_at, round, is_open, terms) VALUES {', '.join(made)} "
            "ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at, "
            "round = excluded.round, is_open = excluded.is_open, terms = excluded.terms",
            values.all,
        )

    async def known_words(self, words: Sequence[str]) -> list[str]:
        """One look into the index for each word."""
        sql = (
            "SELECT w FROM unnest($1::text[]) w WHERE EXISTS "
            "(SELECT 1 FROM search_entry e WHERE e.terms @@ CAST('''' || w || '''' AS tsquery))"
        )
        return [row["w"] for row in await rows(sql, [list(words)])]

    async def tidy(self) -> None:
        """The server's own vacuum does it."""


def _row(entry: Entry, round: int, values: Values) -> str:
    updated_at = datetime.fromisoformat(entry.updated_at)
    facts = [values.add(value) for value in (entry.id, entry.digest, updated_at, round, entry.is_open)]
    return f"({', '.join(facts)}, CAST({values.add(vector_of(entry))}::text AS tsvector))"


def vector_of(entry: Entry) -> str:
    """All terms of an entry as the text of a `tsvector`; those of the title also by themselves."""
    weighed = {"A": entry.title, "B": entry.notes, "C": entry.author, "D": entry.body}
    titles = dict.fromkeys(f"{_TITLE}{term}" for term in (*entry.title, *_beginnings(entry.title)))
    begun = _beginnings([*entry.title, *entry.notes, *entry.author, *entry.body])
    return _vector(weighed, [*titles, *begun, *entry.marks, *ages_of(entry.id)])


def _beginnings(terms: Iterable[str]) -> dict[str, None]:
    """The first three to six letters of each word: GIN would gather all words that begin like one before it looks at any."""
    words = [term for term in terms if not term.startswith("/")]
    return {f"{_BEGINS}{word[:length]}": None for word in words for length in _LENGTHS if len(word) >= length}


def ages_of(number: int) -> tuple[str, str]:
    """The marks of the age of a row, by its number."""
    return mark("n", number >> PACE), mark("m", number >> FAR)


def _stages(worth: int, words: list[str], match: Match, values: Values, exactly: str = "") -> list[str]:
    """Queries for rows of these terms, each for older rows than the one before; the last one for all that are left."""
    made, older = list[str](), exactly
    for bits, many in _WINDOWS:
        first = f"(newest.id >> {bits}) - {many - 1}"
        letter = "n" if bits == PACE else "m"
        marks = f"string_agg('''={letter}' || place || '''', ' | ')"
        ages = f" || (SELECT ' & (' || {marks} || ')' FROM newest, generate_series({first}, newest.id >> {bits}) place)"
        made.append(_rows(worth, words, match, values, ages, older))
        older = f"{exactly} AND e.id + 0 < (SELECT ({first}) << {bits} FROM newest)"
    return [*made, _rows(worth, words, match, values, "", older)]


def _rows(worth: int, words: list[str], match: Match, values: Values, ages: str, older: str) -> str:
    """Rows of the viewer's clubs, and those that stand open; all rows where no places are named. In order, so that the rows of
    the catalogue are fetched one by one until there are enough.
    """
    inside = [_quoted(place) for place in match.places if place != _OPEN]
    looks = []
    if inside or not match.places:
        parts = [inside[start : start + _TOGETHER] for start in range(0, len(inside), _TOGETHER)]
        some = [[_either(part)] for part in parts] or [list[str]()]
        asked = [f"e.terms @@ {_cast(' & '.join([*here, *words]), values, ages)}" for here in some]
        looks.append(f"({' OR '.join(asked)})")
    if _OPEN in match.places:
        club = f" || ' & ''=c' || {match.club} || ''''" if match.club else ""
        looks.append(f"e.is_open AND e.terms @@ {_cast(' & '.join(words), values, club + ages)}")
    found = " UNION ".join(f"SELECT e.id FROM search_entry e WHERE {look}{older}" for look in looks)
    return f"SELECT id, {worth} AS worth FROM ({found}) AS found ORDER BY id DESC LIMIT {_MOST}"


def _exactly(groups: Sequence[Group], values: Values) -> str:
    """A condition for beginnings that have more letters than the index has of them; `strip` keeps it away from the index."""
    asked = [_either([f"{_quoted(group.word)}:*", *map(_quoted, group.stems)]) for group in groups if _is_long(group)]
    return f" AND strip(e.terms) @@ {_cast(' & '.join(asked), values, '')}"


def _is_long(group: Group) -> bool:
    return group.is_beginning and len(group.word) > _LENGTHS[-1]


def _cast(query: str, values: Values, more: str) -> str:
    return f"CAST({values.add(query)}::text{more} AS tsquery)"


def _vector(weighed: Mapping[str, Sequence[str]], marks: Sequence[str] = ()) -> str:
    """Terms with made-up places, one for each time that they stand in a text; only their weights matter."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for weight, terms in weighed.items():
        for term in terms:
            places[term].append(f"{len(places[term]) + 1}{weight}")
    made = [f"{_quoted(term)}:{','.join(found)}" for term, found in places.items()]
    return " ".join([*made, *map(_quoted, marks)])


def _wanted(match: Match) -> list[str]:
    return [*_others(match), *([_all(match.groups)] if match.groups else [])]


def _all(groups: Sequence[Group], *, begun: bool = False) -> str:
    return " & ".join(_group(group, begun=begun) for group in groups)


def _others(match: Match) -> list[str]:
    """All but the words that must be there."""
    wanted = [_quoted(term) for term in match.marks]
    wanted += [f"!{_group(group)}" for group in match.refused]
    wanted += [f"!{_quoted(term)}" for term in match.refused_marks]
    return wanted


def _any(match: Match) -> str:
    """The words as they stand in texts, with their weights."""
    words = [_quoted(group.word) + (":*" if group.is_beginning else "") for group in match.groups]
    return " | ".join([*words, *(_quoted(stem) for group in match.groups for stem in group.stems)])


def _group(group: Group, before: str = "", *, begun: bool = False) -> str:
    """A word in one of its forms, or what begins like it; of a long word only `begun` asks for that."""
    begins = group.is_beginning and (begun or not _is_long(group))
    beginning = [_quoted(f"{before}{_BEGINS}{group.word[: _LENGTHS[-1]]}")] if begins else []
    forms = group.stems or (group.word,) if not begins else group.stems
    return _either([*beginning, *(_quoted(before + form) for form in forms)])


def _either(terms: Any) -> str:
    return f"({' | '.join(terms)})"


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
