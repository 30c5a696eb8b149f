"""The one statement of a search: candidates of the index, the condition of all lists, results and numbers of the same rows."""

from __future__ import annotations

from datetime import UTC, datetime

from cercle import FOLDED_END, TITLE_END, Viewer, dialect, field_mark, visible_to
from plugins.search.index import index_here
from plugins.search.index.interface import Values
from plugins.search.index.terms import field_term, mark
from plugins.search.queries.asked import Asked
from plugins.search.queries.filters import Filters

DEEPEST = 1000
MOST = 20_000  # more rows than this are not counted
GROUPS = 2000
AUTHORS = 8
_MOST_PLACES = 300  # more clubs than this are not named to the index
_AROUND, _EXCERPT = 150, 600


class Statement:
    """SQL with its values, for one search of one viewer.

    Args:
        viewer: who looks.
        asked: the words.
        filters: what narrows it down.
    """

    def __init__(self, viewer: Viewer, asked: Asked, filters: Filters) -> None:
        seen = visible_to(viewer).only("id")
        seen.sql()
        text, values = seen.query.get_parameterized_sql()
        self._viewer, self._asked, self._filters = viewer, asked, filters
        self._index = index_here()
        self._now = datetime.now(UTC)
        self.values = Values(self._index.mark, values)
        self._with = [f"seen AS NOT MATERIALIZED ({text})"]

    def results(self, *, skip: int, limit: int, counts: bool) -> str:
        """One row: `results`, and with `counts` also `groups` and `authors`; each a JSON list of lists."""
        words = dialect()
        self._find(everywhere=counts)
        self._rank(skip, limit)
        row = "id, title, summary, url, plugin, kind, club, club_name, author, handle, updated_at, around"
        columns = [f"(SELECT {words.json_list}({words.json_row}({row})) FROM shown) AS results"]
        if counts:
            columns += [self._groups(), self._authors()]
        return f"SELECT * FROM (WITH {', '.join(self._with)} SELECT {', '.join(columns)}) AS answer"

    def first(self) -> str:
        """Whether there is anything: one row, or none."""
        self._find(everywhere=False)
        return f"SELECT * FROM (WITH {', '.join(self._with)} SELECT id FROM narrowed LIMIT 1) AS answer"

    def new_since(self, moment: datetime, saved_id: int, limit: int) -> str:
        """What came out after a moment and the owner of a saved search has not been told of."""
        self._find(everywhere=False)
        since = self.values.add(self._stored(moment))
        told = f"SELECT 1 FROM search_told t WHERE t.saved_id = {self.values.add(saved_id)} AND t.content_id = c.id"
        own = f"(c.author_id IS NULL OR c.author_id <> {self.values.add(self._viewer.id)})"
        return (
            f"SELECT * FROM (WITH {', '.join(self._with)} SELECT c.id, c.title, c.url, c.club_id FROM narrowed n "
            f"JOIN spaces_content c ON c.id = n.id WHERE c.published_at >= {since} AND {own} AND c.state <> 'draft' "
            f"AND NOT EXISTS ({told}) ORDER BY c.id LIMIT {int(limit)}) AS answer"
        )

    def _find(self, *, everywhere: bool) -> None:
        """`matched`: what is found and may be seen; `narrowed`: that in the club and plugin that are asked for."""
        asked, chosen = self._asked, self._filters
        marks = [mark("k", chosen.kind)] if chosen.kind else []
        marks += [_tag(chosen.tag)] if chosen.tag else []
        marks += [mark("p", chosen.plugin)] if chosen.plugin and not everywhere else []
        found = self._index.found(asked.match(self._places(everywhere=everywhere), tuple(marks)), self.values)
        self._with.append(f"found AS MATERIALIZED ({found})")
        self._with.append(
            "matched AS MATERIALIZED (SELECT c.id, c.club_id, c.plugin, c.kind, c.author_id, c.updated_at, f.worth FROM found f "
            f"{self._cross} JOIN spaces_content c ON c.id = f.id WHERE EXISTS (SELECT 1 FROM seen WHERE seen.id = c.id)"
            f"{self._conditions()} LIMIT {MOST})"
        )
        inside = [f"m.plugin = {self.values.add(chosen.plugin)}"] if chosen.plugin else []
        if chosen.club:
            inside.append(f"m.club_id = (SELECT id FROM spaces_club WHERE slug = {self.values.add(chosen.club)})")
        where = f" WHERE {' AND '.join(inside)}" if inside else ""
        self._with.append(f"narrowed AS (SELECT m.* FROM matched m{where})")

    @property
    def _cross(self) -> str:
        """SQLite takes the candidates first when it is told to; PostgreSQL knows."""
        return "CROSS" if dialect().name == "sqlite" else ""

    def _places(self, *, everywhere: bool) -> tuple[str, ...]:
        """The marks of the viewer's clubs and of what is open to others, so that the index leaves out all else."""
        clubs = self._viewer.clubs
        if not everywhere and self._filters.club:
            clubs = tuple(club for club in clubs if club.slug == self._filters.club)
        return (*(mark("c", club.id) for club in clubs), mark("o", "")) if len(clubs) <= _MOST_PLACES else ()

    def _conditions(self) -> str:
        """What the index does not know: signs, days and who wrote it."""
        asked, values = self._asked, self.values
        place = dialect().position
        made = [f"{place}(c.words, {values.add(text)}) > 0" for text in asked.exact]
        made += [f"{place}(c.words, {values.add(text)}) = 0" for text in asked.refused_exact]
        since, until = self._filters.days(self._viewer.timezone)
        made += [f"c.updated_at >= {values.add(self._stored(since))}"] if since else []
        made += [f"c.updated_at < {values.add(self._stored(until))}"] if until else []
        if self._filters.author:
            made.append(
                f"c.author_id = (SELECT id FROM accounts_user WHERE handle = {values.add(self._filters.author)})"
            )
        return "".join(f" AND {condition}" for condition in made)

    def _stored(self, moment: datetime) -> datetime | str:
        """A moment as the database compares it."""
        return moment if dialect().name == "postgres" else moment.isoformat(" ")

    def _rank(self, skip: int, limit: int) -> None:
        """`best`: the page of results by what they are worth, more so what is new; `shown`: with all that is shown of them."""
        days = self._index.days("p.updated_at", self.values, self._now)
        score = f"{self._index.worth(self._asked.match(), self.values)} * (1 + 0.5 / (1 + {days} / 90.0))"
        pool = f"SELECT * FROM narrowed ORDER BY worth DESC, updated_at DESC, id DESC LIMIT {DEEPEST + 101}"
        self._with.append(
            f"best AS (SELECT p.id, p.updated_at, {score} AS score FROM ({pool}) p "
            f"ORDER BY score DESC, p.updated_at DESC, p.id DESC LIMIT {int(limit) + 1} OFFSET {min(max(int(skip), 0), DEEPEST)})"
        )
        self._with.append(
            "shown AS (SELECT c.id, c.title, c.summary, c.url, c.plugin, c.kind, k.slug AS club, k.name AS club_name, "
            f"u.name AS author, u.handle AS handle, c.updated_at, {self._around()} AS around FROM best "
            f"{self._cross} JOIN spaces_content c ON c.id = best.id JOIN spaces_club k ON k.id = c.club_id "
            "LEFT JOIN accounts_user u ON u.id = c.author_id ORDER BY best.score DESC, best.updated_at DESC, best.id DESC)"
        )

    def _groups(self) -> str:
        words = dialect()
        groups = (
            "SELECT m.plugin, m.kind, k.slug, k.name, COUNT(*) AS many FROM matched m JOIN spaces_club k ON k.id = m.club_id "
            f"GROUP BY m.plugin, m.kind, k.slug, k.name ORDER BY many DESC, k.slug, m.plugin, m.kind LIMIT {GROUPS}"
        )
        return (
            f"(SELECT {words.json_list}({words.json_row}(plugin, kind, slug, name, many)) FROM ({groups}) g) AS groups"
        )

    def _authors(self) -> str:
        words = dialect()
        counted = (
            "SELECT u.handle, u.name, COUNT(*) AS many FROM narrowed n JOIN accounts_user u ON u.id = n.author_id "
            f"GROUP BY u.handle, u.name ORDER BY many DESC, u.handle LIMIT {AUTHORS}"
        )
        return f"(SELECT {words.json_list}({words.json_row}(handle, name, many)) FROM ({counted}) a) AS authors"

    def _around(self) -> str:
        """Some of the text as it was written, around the place where the folded one has the first word.

        Folding changes the length of a few letters, so the place is not exact; the piece is long enough for that.
        """
        position, word = dialect().position, self._asked.root
        start = f"{position}(c.words, {self.values.add(FOLDED_END)})"
        folded = f"SUBSTR(c.words, {position}(c.words, {self.values.add(TITLE_END)}) + 1)"
        place = f"{position}({folded}, {self.values.add(word)}) - {_AROUND}"
        positive = f"CASE WHEN {place} > 1 THEN {place} ELSE 1 END"
        return f"SUBSTR(c.words, {start} + {positive} - 1, {_EXCERPT})"


def _tag(value: str) -> str:
    return field_term(field_mark("tag", value))
