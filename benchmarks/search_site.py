"""A large site to search: clubs of all sizes, and texts whose words are as common and as rare as words are (Zipf's law).

The people, clubs and memberships are those of `benchmarks.seed`. Fifty thousand made-up words stand in a pool of texts of 30
to 200 words, half of them with a French, half with an English ending; each entry has a text of the pool and a title of its own.
The database puts them together, so that many are made in minutes.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import asyncpg

from benchmarks.seed import fill
from benchmarks.seed_rows import Sizes, place_of
from core.app import Cercle
from plugins.search.index import index_here
from plugins.search.index.entries import Source, entry_of
from plugins.search.index.postgres import FAR, PACE, ages_of, vector_of
from plugins.search.services.indexing import index_rows
from spaces.catalogue import searchable
from spaces.models import ClubPlugin

VOCABULARY = 50_000
_START = datetime(2024, 1, 1, tzinfo=UTC)
_SYLLABLES = (
    *("ba", "ca", "da", "fa", "ga", "la", "ma", "na", "pa", "ra", "sa", "ta", "va", "bé", "dé", "lé", "mé", "ré", "té"),
    *("ti", "li", "ni", "ri", "vi", "bo", "co", "do", "lo", "mo", "no", "po", "ro", "so", "to", "bu", "cu", "du", "lu"),
    *("mu", "nu", "tu", "chan"),
)
_FRENCH, _ENGLISH = (
    ("", "e", "s", "es", "tion", "ment", "eur", "ique"),
    ("", "s", "ed", "ing", "er", "ness", "ly", "ful"),
)
_PLUGINS = (("wiki", "page"), ("wiki", "page"), ("blog", "post"), ("files", "file"))
_COPY = """
INSERT INTO spaces_content (id, club_id, switch_id, plugin, kind, object_id, title, summary, words, url, author_id, audience,
  state, is_on_trial, created_at, updated_at, published_at)
SELECT r.id, r.club_id, r.switch_id, r.plugin, r.kind, r.id, r.title || ' ' || t.title, t.summary,
  lower(r.title) || ' ' || t.words, r.url, r.author_id, CASE WHEN r.is_open THEN 'public' ELSE 'club' END,
  'published', FALSE, r.made, r.made, r.made
FROM search_seed r JOIN search_seed_text t ON t.id = r.text ORDER BY r.id
"""


def vocabulary() -> list[str]:
    """Words, the most common first; each is another one."""
    dice, found = random.Random(7), dict[str, None]()  # noqa: S311 - made-up texts, the same each time
    while len(found) < VOCABULARY:
        stem = "".join(dice.choices(_SYLLABLES, k=dice.choice((2, 2, 3, 3, 4))))
        found[stem + dice.choice(dice.choice((_FRENCH, _ENGLISH)))] = None
    return list(found)


def texts(count: int) -> Iterator[tuple[str, str]]:
    """Titles of two words with texts of 30 to 200."""
    dice, words = random.Random(11), vocabulary()  # noqa: S311 - made-up texts, the same each time
    sums = list(accumulate(1 / (rank + 2.7) for rank in range(len(words))))
    for _ in range(count):
        length = min(30 + int(dice.expovariate(1 / 50)), 200)
        chosen = dice.choices(words, cum_weights=sums, k=length + 2)
        yield " ".join(chosen[:2]), " ".join(chosen[2:])


async def fill_site(app: Cercle, contents: int) -> None:
    """Fill an empty site, and its index.

    Args:
        app: the running application of an empty site.
        contents: entries of the catalogue.
    """
    clubs = min(10_000, contents // 10)
    sizes = Sizes(clubs=clubs, users=clubs * 2, memberships=clubs * 6, contents=contents)
    await fill(app, Sizes(clubs=clubs, users=clubs * 2, memberships=clubs * 6, contents=clubs), lambda *_: None)
    switches = await ClubPlugin.filter(club_id=1).order_by("id")
    places = {switch.plugin: place for place, switch in enumerate(switches, 1)}
    made = (_row(number, clubs + 1, sizes, places, len(switches)) for number in range(clubs + 1, contents + 1))
    pool = await asyncio.to_thread(_pool, app.settings.is_sqlite)
    if app.settings.is_sqlite:
        await asyncio.to_thread(_fill_sqlite, app.settings.database_url.removeprefix("sqlite://"), made, pool)
    else:
        await _fill_postgres(app.settings.database_url, made, pool)
    await index_rows(list(range(1, clubs + 1)))
    await index_here().tidy()


def _row(number: int, first: int, sizes: Sizes, places: dict[str, int], switches: int) -> tuple[Any, ...]:
    """A row of the catalogue, but for its text: large and small clubs write in turn."""
    club, _ = place_of((number - first) * 7919 % sizes.contents + 1, sizes.content_ends)
    plugin, kind = _PLUGINS[number % 4]
    made = _START + timedelta(seconds=number * 60)
    facts = (
        number,
        club,
        (club - 1) * switches + places[plugin],
        plugin,
        kind,
        f"n{number}",
        f"/c/seed-{club}/{number}",
    )
    is_open = plugin == "blog" and club % 10 == 1
    marks = " ".join(
        (f"=c{club} =p{plugin} =k{kind}", f"=n{number >> PACE} =m{number >> FAR}", *(["=o"] if is_open else []))
    )
    return (*facts, number % sizes.users + 1, made, number * 31 % 20_000 + 1, marks, is_open)


def _pool(is_sqlite: bool) -> list[tuple[Any, ...]]:
    """In a thread: the site's own watch ends whatever keeps its loop busy for long."""
    return [_pooled(number, *text, is_sqlite) for number, text in enumerate(texts(20_000), 1)]


def _pooled(number: int, title: str, text: str, is_sqlite: bool) -> tuple[Any, ...]:
    words = searchable(title, text[:120], text, {})
    source = Source(0, 0, "", "", title, text[:120], words, "club", _START, None, is_open=False)
    entry = entry_of(source)
    lists = [" ".join(part) for part in (entry.title, entry.notes, entry.body)]
    vector = "" if is_sqlite else vector_of(entry)
    for mark in ("'=c0'", *(f"'{age}'" for age in ages_of(0))):
        vector = vector.replace(f" {mark}", "")
    return (number, title, text[:120], words, vector, *lists)


_ROW = "id, club_id, switch_id, plugin, kind, title, url, author_id, made, text, marks, is_open"
_TEXT = "id, title, summary, words, vector, titles, notes, body"


async def _fill_postgres(url: str, made: Iterator[tuple[Any, ...]], pool: Iterable[tuple[Any, ...]]) -> None:
    server = await asyncpg.connect(url)
    try:
        await server.execute(
            "SET session_replication_role = replica; SET maintenance_work_mem = '1GB';"
            "CREATE TEMP TABLE search_seed (id BIGINT, club_id INT, switch_id INT, plugin TEXT, kind TEXT, title TEXT, url TEXT, "
            "author_id INT, made TIMESTAMPTZ, text INT, marks TEXT, is_open BOOLEAN);"
            "CREATE TEMP TABLE search_seed_text (id INT, title TEXT, summary TEXT, words TEXT, vector TEXT, "
            "titles TEXT, notes TEXT, body TEXT)"
        )
        await server.copy_records_to_table("search_seed", records=made, columns=_ROW.split(", "))
        await server.copy_records_to_table("search_seed_text", records=pool, columns=_TEXT.split(", "))
        await server.execute("ANALYZE search_seed; ANALYZE search_seed_text")
        await server.execute(_COPY)
        await server.execute(
            "DROP INDEX search_entry_terms; DROP INDEX search_entry_open; ALTER TABLE search_seed_text ADD terms TSVECTOR;"
            "UPDATE search_seed_text SET terms = CAST(vector AS TSVECTOR);"
            "INSERT INTO search_entry (id, digest, updated_at, round, is_open, terms) SELECT r.id, '', r.made, 1, r.is_open, "
            "t.terms || CAST(r.title || ':1A ^' || r.title || ' ' || r.marks AS TSVECTOR) "
            "FROM search_seed r JOIN search_seed_text t ON t.id = r.text ORDER BY r.id;"
            "CREATE INDEX search_entry_terms ON search_entry USING GIN (terms) WITH (fastupdate = off);"
            "CREATE INDEX search_entry_open ON search_entry USING GIN (terms) WITH (fastupdate = off) WHERE is_open"
        )
        await server.execute("VACUUM ANALYZE search_entry")
        await server.execute("VACUUM ANALYZE spaces_content")
    finally:
        await server.close()


def _fill_sqlite(path: str, made: Iterator[tuple[Any, ...]], pool: Iterable[tuple[Any, ...]]) -> None:
    connection = sqlite3.connect(path, timeout=60)
    try:
        connection.execute("PRAGMA cache_size=-400000")
        for table, columns, found in (("search_seed", _ROW, made), ("search_seed_text", _TEXT, pool)):
            connection.execute(f"CREATE TEMP TABLE {table} ({columns.replace('id,', 'id INTEGER PRIMARY KEY,', 1)})")
            marks = ", ".join("?" * len(columns.split(", ")))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", (_plain(row) for row in found))
        connection.execute(_COPY)
        connection.execute(
            "INSERT INTO search_entry (id, digest, updated_at, round, title, notes, author, body, marks) "
            "SELECT r.id, '', r.made, 1, r.title || ' ' || t.titles, t.notes, '', t.body, r.marks "
            "FROM search_seed r JOIN search_seed_text t ON t.id = r.text ORDER BY r.id"
        )
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
    finally:
        connection.close()


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(value.isoformat(" ") if isinstance(value, datetime) else value for value in row)
