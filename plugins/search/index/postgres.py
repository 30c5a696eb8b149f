"""The index on PostgreSQL: a `tsvector` of terms that we make ourselves, under a GIN index. No extension, no stemming there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cercle import execute, rows
from plugins.search.index.entries import Entry
from plugins.search.index.interface import Values
from plugins.search.index.match import Group, Match

_WEIGHTS = "'{0.1, 0.3, 0.4, 1.0}'"  # of text, author, summary and tags, title


class PostgresIndex:
    """See `Index`."""

    mark = "$"

    def found(self, match: Match, values: Values) -> str:
        """A row with one of the words in its title comes before the others."""
        query = values.add(_query(match))
        any_word = values.add(_any(match))
        return (
            f"SELECT e.id, CASE WHEN e.title @@ CAST({any_word}::text AS tsquery) THEN 1 ELSE 0 END AS worth "
            f"FROM search_entry e WHERE e.terms @@ CAST({query}::text AS tsquery)"
        )

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
            f"INSERT INTO search_entry (id, digest, updated_at, round, title, terms) VALUES {', '.join(made)} "
            "ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, updated_at = excluded.updated_at, "
            "round = excluded.round, title = excluded.title, terms = excluded.terms",
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
    facts = [values.add(value) for value in (entry.id, entry.digest, datetime.fromisoformat(entry.updated_at), round)]
    title = _vector({"A": entry.title})
    terms = _vector({"A": entry.title, "B": entry.notes, "C": entry.author, "D": entry.body}, entry.marks)
    vectors = [f"CAST({values.add(text)}::text AS tsvector)" for text in (title, terms)]
    return f"({', '.join([*facts, *vectors])})"


def _vector(weighed: dict[str, Sequence[str]], marks: Sequence[str] = ()) -> str:
    """Terms with made-up places, one for each time that they stand in a text; only their weights matter."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for weight, terms in weighed.items():
        for term in terms:
            places[term].append(f"{len(places[term]) + 1}{weight}")
    made = [f"{_quoted(term)}:{','.join(found)}" for term, found in places.items()]
    return " ".join([*made, *map(_quoted, marks)])


def _query(match: Match) -> str:
    wanted = [_either(_quoted(place) for place in match.places)] if match.places else []
    wanted += [_quoted(term) for term in match.marks]
    wanted += [_group(group) for group in match.groups]
    wanted += [f"!{_group(group)}" for group in match.refused]
    wanted += [f"!{_quoted(term)}" for term in match.refused_marks]
    return " & ".join(wanted)


def _any(match: Match) -> str:
    return " | ".join(_group(group) for group in match.groups)


def _group(group: Group) -> str:
    word = _quoted(group.word) + (":*" if group.is_beginning else "")
    return _either([word, *map(_quoted, group.stems)])


def _either(terms: Any) -> str:
    return f"({' | '.join(terms)})"


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
