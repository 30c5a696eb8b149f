"""Reading people of a club, and of all clubs of a viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cercle import Club, NotFound, Select, Viewer, dialect, rows, standing
from plugins.directory.models import CAN_HELP, SKILL_FACET, SKILLS
from plugins.directory.queries.conditions import (
    MINE,
    TAGS,
    Sql,
    answers,
    headline,
    listed,
    narrowing,
    photo,
    rank_of,
    seen,
)
from plugins.directory.queries.results import MAX_WORDS, MEMBERS_SEE, Asked, Facet, Person, Sight, facet_of, person_of

FACET_VALUES = 12
_NEW = ("id", "handle", "name", "sort_name", "headline", "photo_hash", "answers")


async def list_people(
    club: Club, sight: Sight, asked: Asked, *, after: Sequence[str] | None = None, limit: int = 50
) -> list[Person]:
    """People of the club: those who can help first, then by name. One more than the limit when there are more.

    Args:
        club: where.
        sight: of the viewer.
        asked: what the list is narrowed to.
        after: rank, sort name and id that the page before ended with.
        limit: how many.
    """
    sql = Sql()
    inner = (
        f"SELECT u.id, u.handle, u.name, u.sort_name, {headline(sight)} AS headline, {photo()} AS photo_hash, "
        f"{rank_of(sql, sight, asked)} AS rank, {answers(sql, sight, short=True)} AS answers "
        f"FROM {listed(sql, club.id, sight)}{narrowing(sql, sight, asked)}"
    )
    text = f"SELECT * FROM ({inner}) x"
    if after:
        rank, name, number = after
        text += (
            f" WHERE (x.rank > {sql.number(rank)} OR (x.rank = {sql.number(rank)} AND (x.sort_name > {sql.mark(name)} "
            f"OR (x.sort_name = {sql.mark(name)} AND x.id > {sql.number(number)}))))"
        )
    found = await rows(f"{text} ORDER BY x.rank, x.sort_name, x.id LIMIT {int(limit) + 1}", sql.values)
    return [person_of(row) for row in found]


async def facets_of(club: Club, sight: Sight, asked: Asked) -> list[Facet]:
    """Filters with their numbers: of the people that are listed, by the answers that the viewer may see."""
    sql = Sql()
    facet = f"CASE WHEN f.key IN ('{SKILLS}', '{CAN_HELP}') THEN '{SKILL_FACET}' ELSE f.key END"
    counted = (
        f"SELECT {facet} AS facet, t.key AS value, MIN(t.label) AS label, MIN(f.label) AS title, "
        "COUNT(DISTINCT u.id) AS many, MIN(g.position * 1000 + f.position) AS place "
        f"FROM {listed(sql, club.id, sight, joins=TAGS)}"
        f"{narrowing(sql, sight, asked)} AND f.is_facet AND {seen(sight)} GROUP BY 1, 2"
    )
    order = "ROW_NUMBER() OVER (PARTITION BY facet ORDER BY many DESC, value)"
    found = await rows(
        f"SELECT * FROM (SELECT c.*, {order} AS nth FROM ({counted}) c) n WHERE nth <= {FACET_VALUES} ORDER BY nth",
        sql.values,
    )
    gathered: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        gathered.setdefault(row["facet"], []).append(row)
    ordered = sorted(gathered.values(), key=lambda group: min(row["place"] for row in group))
    return [facet_of(group) for group in ordered]


async def get_person(club: Club, user: str, sight: Sight) -> Person:
    """One person of the club, by handle or number.

    Raises:
        NotFound: when nobody of this name is listed here for this viewer.
    """
    sql = Sql()
    number = int(user) if user.isascii() and user.isdigit() and len(user) < 10 else 0
    found = await rows(
        f"SELECT u.id, u.handle, u.name, u.sort_name, {headline(sight)} AS headline, {photo()} AS photo_hash, "
        f"{answers(sql, sight)} AS answers FROM {listed(sql, club.id, sight)} "
        f"AND (u.handle = {sql.mark(user[:40])} OR u.id = {sql.mark(number)}) ORDER BY u.handle = {sql.mark(user[:40])} DESC",
        sql.values,
    )
    if not found:
        raise NotFound()
    return person_of(found[0])


def newest_people(club: Club, sight: Sight, limit: int = 4) -> Select:
    """Who came last, for a panel; `new_person` reads the rows."""
    sql = Sql()
    text = (
        f"SELECT u.id, u.handle, u.name, u.sort_name, {headline(sight)} AS headline, {photo()} AS photo_hash, "
        f"{answers(sql, sight, short=True)} AS answers FROM {listed(sql, club.id, sight)} "
        f"ORDER BY m.joined_at DESC, m.id DESC LIMIT {int(limit)}"
    )
    return Select(_NEW, text, tuple(sql.values))


def new_person(row: Sequence[Any]) -> Person:
    """A person from a row of `newest_people`."""
    return person_of(dict(zip(_NEW, row, strict=True)))


async def people_anywhere(viewer: Viewer, words: Sequence[str], limit: int = 6) -> list[tuple[str, ...]]:
    """People in all clubs of a viewer for whom all the words are true: name, headline, handle, the slug of a club, photo.

    One query joins the viewer's memberships with the state and the readers of the directory in each club.
    """
    sight = Sight(MEMBERS_SEE, inside=True)
    sql = Sql()
    people = listed(sql, None, sight, joins=MINE.format(sql.mark(viewer.id), viewer.within("mine.club_id")))
    text = (
        f"SELECT u.name, {headline(sight)} AS headline, u.handle, MIN(k.slug) AS club, {photo()} AS photo_hash FROM {people}"
        f"{narrowing(sql, sight, Asked(tuple(words)[:MAX_WORDS]))} GROUP BY u.id, u.name, u.headline, u.handle, u.photo_hash, "
        "u.hidden, u.sort_name "
        f"ORDER BY u.sort_name, u.id LIMIT {int(limit)}"
    )
    found = await rows(text, sql.values)
    return [(row["name"], row["headline"], row["handle"], row["club"], row["photo_hash"] or "") for row in found]


async def count_people(club: Club) -> int:
    """How many of the club's members have answered something."""
    found = await rows(
        "SELECT COUNT(DISTINCT m.user_id) AS many FROM spaces_membership m JOIN directory_answer w ON w.user_id = m.user_id "
        f"WHERE w.text <> '' AND m.club_id = {dialect().param(1)} AND {standing('m')}",
        [club.id],
    )
    return int(found[0]["many"])
