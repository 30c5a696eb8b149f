"""The one statement of a search: candidates of the index, the condition of all lists, results and numbers of the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cercle import FOLDED_END, TITLE_END, Viewer, dialect, field_mark, visible_to
from plugins.search.index import index_here
from plugins.search.index.interface import Values
from plugins.search.index.terms import field_term, mark
from plugins.search.queries.asked import Asked
from plugins.search.queries.filters import Filters

MOST = 500  # more rows than this are not counted: the newest are ranked
DEEPEST = MOST
_MOST_TITLES = 200  # of so many more the title has one of the words
_MOST_NEWS = 20_000
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
        self._with = [f"seen AS NOT MATERIALIZED ({text})", *self._index.prelude]

    def results(self, *, skip: int, limit: int, counts: bool) -> str:
        """One row: `results`, and with `counts` also `groups` and `authors`; each a JSON list of lists."""
        words = dialect()
        self._find(everywhere=counts)
        self._rank(skip, limit)
        row = "id, title, summary, url, plugin, kind, club, club_name, author, handle, updated_at, around"
        columns = [f"(SELECT {words.json_list}({words.json_row}({row})) FROM shown) AS results"]
        if counts:
            columns += [self._groups(), self._authors(), "(SELECT COUNT(*) FROM narrowed) AS total"]
        return f"SELECT * FROM (WITH {', '.join(self._with)} SELECT {', '.join(columns)}) AS answer"

    def first(self) -> str:
        """Whether there is anything: one row, or none."""
        self._find(everywhere=False, most=1)
        return f"SELECT * FROM (WITH {', '.join(self._with)} SELECT id FROM narrowed LIMIT 1) AS answer"

    def new_since(self, moment: datetime, saved_id: int, limit: int) -> str:
        """What came out after a moment and the owner of a saved search has not been told of."""
        self._find(everywhere=False, most=_MOST_NEWS)
        since = self.values.add(self._stored(moment))
        told = f"SELECT 1 FROM search_told t WHERE t.saved_id = {self.values.add(saved_id)} AND t.content_id = c.id"
        own = f"(c.author_id IS NULL OR c.author_id <> {self.values.add(self._viewer.id)})"
        return (
            f"SELECT * FROM (WITH {', '.join(self._with)} SELECT c.id, c.title, c.url, c.club_id FROM narrowed n "
            f"JOIN spaces_content c ON c.id = n.id WHERE c.published_at >= {since} AND {own} AND c.state <> 'draft' "
            f"AND NOT EXISTS ({told}) ORDER BY c.id LIMIT {int(limit)}) AS answer"
        )

    def _find(self, *, everywhere: bool, most: int = MOST) -> None:
        """`narrowed`: the newest of what is found and may be seen, those with a word in the title first; `matched`: with what is
        outside of the club and the plugin that are asked for, which the numbers beside them need.
        """
        chosen = self._filters
        self._look("narrowed", chosen, most)
        wider = chosen.without("club", "plugin")
        if everywhere and wider != chosen:
            self._look("wider", wider, most, titles=False)
            self._with.append("matched AS (SELECT * FROM narrowed UNION SELECT * FROM wider)")
        else:
            self._with.append("matched AS (SELECT * FROM narrowed)")

    def _look(self, name: str, chosen: Filters, most: int, *, titles: bool = True) -> None:
        """One look into the index: each of its queries from the newest on, until enough is found that may be seen."""
        marks = [mark("k", chosen.kind)] if chosen.kind else []
        marks += [_tag(chosen.tag)] if chosen.tag else []
        marks += [mark("p", chosen.plugin)] if chosen.plugin else []
        places = self._places(chosen)
        outside = chosen.club and mark("o", "") in places
        club = (
            f"COALESCE((SELECT CAST(id AS TEXT) FROM spaces_club WHERE slug = {self.values.add(chosen.club)}), '')"
            if outside
            else ""
        )
        match = self._asked.match(places, tuple(marks), club)
        looks: list[str] = []
        for place, stages in enumerate(self._index.found(match, self.values, titles=titles and most > 1)):
            looks += self._staged(f"{name}_{place}", stages, chosen, most, tuple(looks))
        found = " UNION ALL ".join(f"SELECT * FROM {look}" for look in looks)
        self._with.append(
            f"{name} AS MATERIALIZED (SELECT id, club_id, plugin, kind, author_id, updated_at, MAX(worth) AS worth "
            f"FROM ({found}) AS looks GROUP BY id, club_id, plugin, kind, author_id, updated_at "
            f"ORDER BY worth DESC, id DESC LIMIT {int(most)})"
        )

    def _staged(self, name: str, stages: Sequence[str], chosen: Filters, most: int, before: Sequence[str]) -> list[str]:
        """The names of the stages of one look. One that is not needed is not run: older rows where newer ones are enough, and
        titles where all that is found is few.

        Args:
            name: of the look.
            stages: queries, the newest rows first.
            chosen: what narrows it down.
            most: so many are enough.
            before: the stages of the look for all.
        """
        names: list[str] = []
        for place, query in enumerate(stages):
            enough = min(most, _MOST_TITLES) if before else most
            unless = f" AND {_many(names)} < {int(enough)}" if names else ""
            unless += f" AND {_many(before)} >= {int(most)}" if before else ""
            names.append(f"{name}_{place}")
            self._with.append(f"{names[-1]} AS MATERIALIZED ({self._newest(query, chosen, enough, unless)})")
        return names

    def _newest(self, query: str, chosen: Filters, most: int, unless: str) -> str:
        return (
            f"SELECT c.id, c.club_id, c.plugin, c.kind, c.author_id, c.updated_at, f.worth FROM ({query}) f "
            f"{self._cross} JOIN spaces_content c ON c.id = f.id WHERE EXISTS (SELECT 1 FROM seen WHERE seen.id = c.id)"
            f"{self._conditions(chosen)}{unless} ORDER BY f.id DESC LIMIT {int(most)}"
        )

    @property
    def _cross(self) -> str:
        """SQLite takes the candidates first when it is told to; PostgreSQL knows."""
        return "CROSS" if dialect().name == "sqlite" else ""

    def _places(self, chosen: Filters) -> tuple[str, ...]:
        """The marks of the viewer's clubs and of what is open to others, so that the index leaves out all else."""
        clubs = self._viewer.clubs
        if chosen.club:
            clubs = tuple(club for club in clubs if club.slug == chosen.club)
            if clubs:
                return (mark("c", clubs[0].id),)
        return (*(mark("c", club.id) for club in clubs), mark("o", "")) if len(clubs) <= _MOST_PLACES else ()

    def _conditions(self, chosen: Filters) -> str:
        """What the index does not know: signs, days and who wrote it."""
        asked, values = self._asked, self.values
        place = dialect().position
        made = [f"{place}(c.words, {values.add(text)}) > 0" for text in asked.exact]
        made += [f"{place}(c.words, {values.add(text)}) = 0" for text in asked.refused_exact]
        since, until = chosen.days(self._viewer.timezone)
        made += [f"c.updated_at >= {values.add(self._stored(since))}"] if since else []
        made += [f"c.updated_at < {values.add(self._stored(until))}"] if until else []
        if chosen.plugin:
            made.append(f"c.plugin = {values.add(chosen.plugin)}")
        if chosen.club:
            made.append(f"c.club_id = (SELECT id FROM spaces_club WHERE slug = {values.add(chosen.club)})")
        if chosen.author:
            made.append(f"c.author_id = (SELECT id FROM accounts_user WHERE handle = {values.add(chosen.author)})")
        return "".join(f" AND {condition}" for condition in made)

    def _stored(self, moment: datetime) -> datetime | str:
        """A moment as the database compares it."""
        return moment if dialect().name == "postgres" else moment.isoformat(" ")

    def _rank(self, skip: int, limit: int) -> None:
        """`best`: the page of results by what they are worth, more so what is new; `shown`: with all that is shown of them."""
        days = self._index.days("p.updated_at", self.values, self._now)
        score = f"{self._index.worth(self._asked.match(), self.values)} * (1 + 0.5 / (1 + {days} / 90.0))"
        pool = f"SELECT * FROM narrowed ORDER BY worth DESC, updated_at DESC, id DESC LIMIT {MOST}"
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


def _many(looks: Sequence[str]) -> str:
    return " + ".join(f"(SELECT COUNT(*) FROM {look})" for look in looks)


def _tag(value: str) -> str:
    return field_term(field_mark("tag", value))
