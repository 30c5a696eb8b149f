"""The index on SQLite: FTS5 over rows of a table of our own, with terms that we make ourselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cercle import atomic, execute, rows
from plugins.search.index.entries import Entry
from plugins.search.index.interface import Values
from plugins.search.index.match import Group, Match

_WEIGHTS = (("title", 1.0), ("notes", 0.4), ("author", 0.3), ("body", 0.1))
_OTHER_FORM = 0.7  # of what the word itself is worth
_PAGES = 500  # of the index that one step of tidying writes
_STEPS = 400


class SqliteIndex:
    """See `Index`."""

    mark = "?"
    prelude: Sequence[str] = ()

    def found(self, match: Match, values: Values, *, titles: bool) -> Sequence[Sequence[str]]:
        """FTS5 reads its lists backwards, so the newest come first and the rest is never read.

        Its own BM25 is left out: it counts every row of each word before it weighs the first one.
        """
        every = "SELECT rowid AS id, {} AS worth FROM search_text WHERE search_text MATCH {}"
        title = f"(title : {_either(map(_group, match.groups))})"
        rest = match if len(match.groups) > 1 else replace(match, groups=())
        made = [(0, _query(match)), *([(1, _query(rest, title))] if titles and match.groups else [])]
        club = f" || ' AND \"=c' || {match.club} || '\"'" if match.club else ""
        return [[every.format(worth, f"({values.add(query)}{club})")] for worth, query in made]

    def worth(self, match: Match, values: Values) -> str:
        """By the weights of the words that are there; another form of a word counts a little less than the word itself."""
        told = [_worth(group, column, weight, values) for group in match.groups for column, weight in _WEIGHTS]
        return f"(SELECT {' + '.join(told) or '0'} FROM search_entry e WHERE e.id = p.id)"

    def days(self, column: str, values: Values, now: Any) -> str:
        """Whole days between a time and now."""
        return f"MAX(CAST(julianday({values.add(now.isoformat())}) - julianday({column}) AS INTEGER), 0)"

    async def put(self, entries: Sequence[Entry], *, round: int) -> None:
        """One statement; triggers of the table bring FTS5 in step."""
        lists = [
            (_text(one.title), _text(one.notes), _text(one.author), _text(one.body), _text(one.marks))
            for one in entries
        ]
        facts = [(one.id, one.digest, one.updated_at, round, *texts) for one, texts in zip(entries, lists, strict=True)]
        columns = "id, digest, updated_at, round, title, notes, author, body, marks"
        values = ", ".join(f"json_extract(value, '$[{place}]')" for place in range(9))
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ")[1:])
        await execute(
            f"INSERT INTO search_entry ({columns}) SELECT {values} FROM json_each(?) WHERE TRUE "
            f"ON CONFLICT (id) DO UPDATE SET {changes}",
            [json.dumps(facts)],
        )

    async def known_words(self, words: Sequence[str]) -> list[str]:
        """The vocabulary that FTS5 keeps."""
        sql = "SELECT DISTINCT term FROM search_vocabulary WHERE term IN (SELECT value FROM json_each(?))"
        return [row["term"] for row in await rows(sql, [json.dumps(list(words))])]

    async def tidy(self) -> None:
        """FTS5 keeps removed terms until it merges, and looks for each term in every piece of its index: merge all, in steps, so
        that nobody waits for long, once something was removed and once a day.
        """
        today = datetime.now(UTC).date().toordinal()
        due = "SELECT 1 FROM search_state WHERE name = 'removed' AND value > 0 OR name = 'tidied' AND value < ?1"
        if not await rows(due, [today]):
            return
        async with atomic():
            await execute("UPDATE search_state SET value = 0 WHERE name = 'removed'")
            await execute("UPDATE search_state SET value = ?1 WHERE name = 'tidied'", [today])
            await execute(f"INSERT INTO search_text (search_text, rank) VALUES ('merge', -{_PAGES})")
        for _ in range(_STEPS):
            if not await _merge_more():
                return


async def _merge_more() -> bool:
    """One step; answers whether there was anything to do."""
    async with atomic():
        before = await _changes()
        await execute(f"INSERT INTO search_text (search_text, rank) VALUES ('merge', {_PAGES})")
        return await _changes() - before >= 2


async def _changes() -> int:
    found = await rows("SELECT total_changes() AS many")
    return int(found[0]["many"])


def _worth(group: Group, column: str, weight: float, values: Values) -> str:
    word, *stems = [_stands(form, f"e.{column}", values) for form in _forms(group)]
    others = f" WHEN {' OR '.join(stems)} THEN {weight * _OTHER_FORM:.3f}" if stems else ""
    return f"CASE WHEN {word} THEN {weight}{others} ELSE 0 END"


def _forms(group: Group) -> list[str]:
    """The terms of a group as they stand among others, with a blank on both sides; a beginning has none at its end."""
    return [f" {group.word}" if group.is_beginning else f" {group.word} ", *(f" {stem} " for stem in group.stems)]


def _stands(form: str, column: str, values: Values) -> str:
    return f"instr(' ' || {column} || ' ', {values.add(form)}) > 0"


def _query(match: Match, title: str = "") -> str:
    wanted = [title] if title else []
    wanted += [_either(map(_quoted, match.places))] if match.places else []
    wanted += [_quoted(term) for term in match.marks]
    wanted += [_group(group) for group in match.groups]
    refused = [*(_group(group) for group in match.refused), *map(_quoted, match.refused_marks)]
    text = " AND ".join(wanted)
    return f"(({text}) NOT {_either(refused)})" if refused else f"({text})"


def _group(group: Group) -> str:
    beginning = [f"{_quoted(group.word)} *"] if group.is_beginning else []
    return _either([*beginning, *map(_quoted, group.forms)])


def _either(terms: Iterable[str]) -> str:
    return f"({' OR '.join(terms)})"


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _text(terms: Sequence[str]) -> str:
    return " ".join(terms)
