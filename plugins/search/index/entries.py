"""What the index keeps of a row of the catalogue: terms in four weights, and marks of what it is."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cercle import fold
from plugins.search.index.terms import EDITION, field_term, mark, read_words, stems_of, words_of

MOST_TIMES = 3  # a word that stands more often in a text than this is worth no more
MOST_TERMS = 12_000


@dataclass(frozen=True, slots=True)
class Source:
    """A row of the catalogue with what the index needs of its author and its club."""

    id: int
    club_id: int
    plugin: str
    kind: str
    title: str
    summary: str
    words: str
    audience: str
    updated_at: datetime | str
    author: str | None
    is_open: bool

    @property
    def digest(self) -> str:
        """Tells whether the index has the row as it is."""
        facts = (self.club_id, self.plugin, self.kind, self.title, self.summary, self.words, self.author or "")
        text = "\0".join(str(fact) for fact in (EDITION, *facts, self.stands_open))
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()

    @property
    def stands_open(self) -> bool:
        """Whether others than members of the club may be allowed to see it."""
        return self.is_open or self.audience in ("public", "site")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the index.

    Args:
        id: of the row of the catalogue.
        is_open: whether others than members of its club may be allowed to see it.
        digest: of what it was made from.
        updated_at: when the row was changed, as text.
        title, notes, author, body: words and stems; notes are the summary and tags.
        marks: of its club, plugin, kind and fields.
    """

    id: int
    is_open: bool
    digest: str
    updated_at: str
    title: tuple[str, ...]
    notes: tuple[str, ...]
    author: tuple[str, ...]
    body: tuple[str, ...]
    marks: tuple[str, ...]


def entry_of(source: Source) -> Entry:
    """The entry for a row as it is."""
    text, fields, tags = read_words(source.words)
    marks = [mark("c", source.club_id), mark("p", source.plugin), mark("k", source.kind)]
    marks += [field_term(written) for written in fields] + ([mark("o", "")] if source.stands_open else [])
    return Entry(
        id=source.id,
        is_open=source.stands_open,
        digest=source.digest,
        updated_at=str(source.updated_at),
        title=_terms(words_of(fold(source.title))),
        notes=_terms(words_of(" ".join([fold(source.summary), *tags]))),
        author=_terms(words_of(fold(source.author or ""))),
        body=_terms(words_of(text)),
        marks=tuple(dict.fromkeys(marks)),
    )


def _terms(words: Iterable[str]) -> tuple[str, ...]:
    """Each word and its stems, as often as it stands there, up to three times; without their order."""
    counted = Counter(words)
    made: list[str] = []
    for word, times in counted.items():
        made += [word, *stems_of(word)] * min(times, MOST_TIMES)
    return tuple(made[:MOST_TERMS])
