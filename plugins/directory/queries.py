"""Reading people. Every list, number, page and card goes through the two conditions at the end: who is listed in a club, and
which answers a viewer may see. A value that may not be seen is not searched either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cercle import Club, NotFound, Viewer, can, dialect, fold, gettext, rows
from plugins.directory.models import CAN_HELP, SKILL_FACET, SKILLS, FieldGroup, ProfileField
from plugins.directory.permissions import MANAGE

MAX_WORDS = 10
MAX_FILTERS = 6
FACET_VALUES = 12
MEMBERS_SEE = ("club", "site")
MODERATORS_SEE = ("club", "site", "moderators")
_ACCENTS = dict(zip("àâäçéèêëîïôöûùüñÀÂÄÇÉÈÊËÎÏÔÖÛÙÜÑ", "aaaceeeeiioouuunaaaceeeeiioouuun", strict=True))


@dataclass(frozen=True, slots=True)
class Sight:
    """What a viewer may see of people in a club.

    Args:
        audiences: the answers they see, by audience.
        inside: whether they belong to the club; from outside only people are seen who opened an answer to everybody.
    """

    audiences: tuple[str, ...]
    inside: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of people is narrowed to.

    Args:
        words: folded; each must be in the name, the headline or an answer.
        filters: folded values by field key; `skill` stands for skills and what people can help with.
    """

    words: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether it narrows nothing."""
        return not self.words and not self.filters


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as a viewer sees it."""

    key: str
    label: str
    kind: str
    group: str
    text: str
    audience: str

    @property
    def entries(self) -> list[str]:
        """The entries of a list; one for every other kind."""
        return self.text.split("\n") if self.kind == "list" else [self.text]


@dataclass(frozen=True, slots=True)
class Person:
    """A person with the answers that the viewer may see, in the order of the fields."""

    id: int
    handle: str
    name: str
    sort_name: str
    headline: str
    photo_hash: str | None
    answers: tuple[Shown, ...]
    rank: int = 0

    @property
    def photo_url(self) -> str | None:
        """Their photo."""
        return f"/photos/{self.handle}?v={self.photo_hash[:12]}" if self.photo_hash else None

    def entries(self, key: str) -> list[str]:
        """What they answered to the field of this key; nothing when it is not to be seen."""
        return next((answer.entries for answer in self.answers if answer.key == key), [])

    @property
    def can_help(self) -> list[str]:
        """What they offer help with."""
        return self.entries(CAN_HELP)

    @property
    def skills(self) -> list[str]:
        """Their other skills."""
        offered = {fold(entry) for entry in self.can_help}
        return [entry for entry in self.entries(SKILLS) if fold(entry) not in offered]

    @property
    def place(self) -> str:
        """Trade and region on one line."""
        return " · ".join([*self.entries("trade")[:1], *self.entries("region")[:1]])


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter that would find somebody.

    Args:
        name: the parameter.
        title: of the field, translated.
        values: key, label and how many people there are.
    """

    name: str
    title: str
    values: tuple[tuple[str, str, int], ...]


def sight_of(viewer: Viewer, club: Club) -> Sight:
    """What this viewer sees of people in this club."""
    role = viewer.role_in(club.id)
    if role is None:
        return Sight(("site",) if viewer.is_authenticated else (), inside=False)
    if role in ("owner", "moderator") and can(viewer, MANAGE, club):
        return Sight(MODERATORS_SEE, inside=True)
    return Sight(MEMBERS_SEE, inside=True)


def asked_for(text: str, filters: Mapping[str, str]) -> Asked:
    """Words and filters as they were typed, folded; what cannot be stored is left out."""
    words = fold(_printable(text[:200])).split()
    kept = {name[:40]: fold(_printable(value[:120])) for name, value in filters.items() if value}
    return Asked(tuple(dict.fromkeys(words))[:MAX_WORDS], dict(list(kept.items())[:MAX_FILTERS]))


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
    sql = _Sql()
    inner = (
        f"SELECT u.id, u.handle, u.name, u.sort_name, {_headline(sight)} AS headline, u.photo_hash, "
        f"{_rank(sql, sight, asked)} AS rank, {_answers(sql, sight, short=True)} AS answers "
        f"FROM {_listed(sql, club.id, sight)}{_narrowing(sql, sight, asked)}"
    )
    text = f"SELECT * FROM ({inner}) x"
    if after:
        rank, name, number = after
        text += (
            f" WHERE (x.rank > {sql.number(rank)} OR (x.rank = {sql.number(rank)} AND (x.sort_name > {sql.mark(name)} "
            f"OR (x.sort_name = {sql.mark(name)} AND x.id > {sql.number(number)}))))"
        )
    found = await rows(f"{text} ORDER BY x.rank, x.sort_name, x.id LIMIT {int(limit) + 1}", sql.values)
    return [_person(row) for row in found]


async def facets_of(club: Club, sight: Sight, asked: Asked) -> list[Facet]:
    """Filters with their numbers: of the people that are listed, by the answers that the viewer may see."""
    sql = _Sql()
    facet = f"CASE WHEN f.key IN ('{SKILLS}', '{CAN_HELP}') THEN '{SKILL_FACET}' ELSE f.key END"
    counted = (
        f"SELECT {facet} AS facet, t.key AS value, MIN(t.label) AS label, MIN(f.label) AS title, "
        "COUNT(DISTINCT u.id) AS many, MIN(g.position * 1000 + f.position) AS place "
        f"FROM {_listed(sql, club.id, sight, joins=_TAGS)}"
        f"{_narrowing(sql, sight, asked)} AND f.is_facet AND {_seen(sight)} GROUP BY 1, 2"
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
    return [_facet(group) for group in ordered]


async def get_person(club: Club, user: str, sight: Sight) -> Person:
    """One person of the club, by handle or number.

    Raises:
        NotFound: when nobody of this name is listed here for this viewer.
    """
    sql = _Sql()
    number = int(user) if user.isascii() and user.isdigit() and len(user) < 10 else 0
    found = await rows(
        f"SELECT u.id, u.handle, u.name, u.sort_name, {_headline(sight)} AS headline, u.photo_hash, "
        f"{_answers(sql, sight)} AS answers FROM {_listed(sql, club.id, sight)} "
        f"AND (u.handle = {sql.mark(user[:40])} OR u.id = {sql.mark(number)}) ORDER BY u.handle = {sql.mark(user[:40])} DESC",
        sql.values,
    )
    if not found:
        raise NotFound()
    return _person(found[0])


async def newest_people(club: Club, sight: Sight, limit: int = 4) -> list[Person]:
    """Who came last."""
    sql = _Sql()
    found = await rows(
        f"SELECT u.id, u.handle, u.name, u.sort_name, {_headline(sight)} AS headline, u.photo_hash, "
        f"{_answers(sql, sight, short=True)} AS answers FROM {_listed(sql, club.id, sight)} "
        f"ORDER BY m.joined_at DESC, m.id DESC LIMIT {int(limit)}",
        sql.values,
    )
    return [_person(row) for row in found]


async def people_anywhere(viewer: Viewer, words: Sequence[str], limit: int = 6) -> list[tuple[str, str, str, str]]:
    """People in all clubs of a viewer for whom all the words are true: name, headline, handle and the slug of a club.

    One query joins the viewer's memberships with the state and the readers of the directory in each club.
    """
    sight = Sight(MEMBERS_SEE, inside=True)
    sql = _Sql()
    listed = _listed(sql, None, sight, joins=_MINE.format(sql.mark(viewer.id)))
    text = (
        f"SELECT u.name, u.headline, u.handle, MIN(k.slug) AS club FROM {listed}"
        f"{_narrowing(sql, sight, Asked(tuple(words)[:MAX_WORDS]))} GROUP BY u.id, u.name, u.headline, u.handle, u.sort_name "
        f"ORDER BY u.sort_name, u.id LIMIT {int(limit)}"
    )
    return [(row["name"], row["headline"], row["handle"], row["club"]) for row in await rows(text, sql.values)]


async def count_people(club: Club) -> int:
    """How many of the club's members have answered something."""
    found = await rows(
        "SELECT COUNT(DISTINCT m.user_id) AS many FROM spaces_membership m JOIN directory_answer w ON w.user_id = m.user_id "
        f"WHERE w.text <> '' AND m.club_id = {dialect().param(1)}",
        [club.id],
    )
    return int(found[0]["many"])


async def list_groups(*, hidden: bool = False) -> list[tuple[FieldGroup, list[ProfileField]]]:
    """The groups with their fields, in order; groups without a field only together with the hidden ones.

    Args:
        hidden: also what is hidden, for the operator.
    """
    if not hidden:
        asked = await ProfileField.filter(is_hidden=False).order_by("position", "id").select_related("group")
        groups = {one.group.id: one.group for one in asked}
        in_order = sorted(groups.values(), key=lambda group: (group.position, group.id))
        return [(group, [one for one in asked if one.group_id == group.id]) for group in in_order]
    everything = await ProfileField.all().order_by("position", "id")
    known = await FieldGroup.all().order_by("position", "id")
    return [(group, [one for one in everything if one.group_id == group.id]) for group in known]


class _Sql:
    """The values of a statement in the order of their marks."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def mark(self, value: object) -> str:
        """A mark for one more value."""
        self.values.append(value)
        return dialect().param(len(self.values))

    def number(self, text: str) -> str:
        """A whole number of a cursor; 0 for anything else."""
        return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else "0"

    def like(self, column: str, word: str) -> str:
        """Whether a column holds a word anywhere; `%` and `_` are letters."""
        escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return f"{column} LIKE {self.mark(f'%{escaped}%')} ESCAPE '!'"


_OFFERED = f"f.key = '{CAN_HELP}' AND "
_TAGS = (
    "JOIN directory_answer w ON w.user_id = u.id JOIN directory_field f ON f.id = w.field_id "
    "JOIN directory_field_group g ON g.id = f.group_id JOIN directory_tag t ON t.answer_id = w.id "
)
_MINE = (
    "JOIN spaces_membership mine ON mine.club_id = m.club_id AND mine.user_id = {} "
    "AND s.readers LIKE '% ' || mine.role || ' %' AND s.effective IN ('on', 'read_only') "
    "JOIN spaces_club k ON k.id = m.club_id AND k.deleted_at IS NULL "
)


def _listed(sql: _Sql, club_id: int | None, sight: Sight, *, joins: str = "") -> str:
    """Who stands in a club's directory: active members, in a role that may look at it themselves, who did not opt out."""
    text = (
        "spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        "JOIN spaces_club_plugin s ON s.club_id = m.club_id AND s.plugin = 'directory' "
        "AND s.readers LIKE '% ' || m.role || ' %' "
        f"{joins}LEFT JOIN directory_profile p ON p.user_id = u.id "
        "WHERE COALESCE(p.is_listed, TRUE) "
        "AND NOT EXISTS (SELECT 1 FROM directory_absence a WHERE a.club_id = m.club_id AND a.user_id = u.id)"
    )
    if club_id is not None:
        text += f" AND m.club_id = {sql.mark(club_id)}"
    if not sight.inside:
        text += f" AND {_exists('TRUE', sight)}"
    return text


def _seen(sight: Sight) -> str:
    """Whether an answer `w` to the field `f` may be seen."""
    audiences = ", ".join(f"'{audience}'" for audience in sight.audiences) or "''"
    return f"w.audience IN ({audiences}) AND w.text <> '' AND NOT f.is_hidden"


def _exists(condition: str, sight: Sight, *, tags: bool = False) -> str:
    """Whether the person has an answer that may be seen and for which the condition holds."""
    joined = "JOIN directory_tag t ON t.answer_id = w.id " if tags else ""
    return (
        "EXISTS (SELECT 1 FROM directory_answer w JOIN directory_field f ON f.id = w.field_id "
        f"{joined}WHERE w.user_id = u.id AND {_seen(sight)} AND {condition})"
    )


def _narrowing(sql: _Sql, sight: Sight, asked: Asked) -> str:
    text = ""
    for word in asked.words:
        named = sql.like("u.sort_name", word)
        headed = sql.like(_unaccented("u.headline"), word) if sight.inside else "FALSE"
        text += f" AND ({named} OR {headed} OR {_exists(sql.like('w.folded', word), sight)})"
    for name, value in asked.filters.items():
        keys = (SKILLS, CAN_HELP) if name == SKILL_FACET else (name,)
        marks = ", ".join(sql.mark(key) for key in keys)
        text += f" AND {_exists(f'f.key IN ({marks}) AND t.key = {sql.mark(value)}', sight, tags=True)}"
    return text


def _rank(sql: _Sql, sight: Sight, asked: Asked) -> str:
    """0 for a name that was typed, 1 for people who can help, 2 for the others; all are 2 in a list that is not narrowed."""
    whens = []
    if asked.words:
        named = " AND ".join(sql.like("u.sort_name", word) for word in asked.words)
        helps = " AND ".join(sql.like("w.folded", word) for word in asked.words)
        whens += [f"WHEN {named} THEN 0", f"WHEN {_exists(_OFFERED + helps, sight)} THEN 1"]
    if skill := asked.filters.get(SKILL_FACET):
        whens.append(f"WHEN {_exists(f'{_OFFERED}t.key = {sql.mark(skill)}', sight, tags=True)} THEN 1")
    return f"CASE {' '.join(whens)} ELSE 2 END" if whens else "2"


def _answers(sql: _Sql, sight: Sight, *, short: bool = False) -> str:
    words = dialect()
    columns = "g.position, g.id, f.position, f.id, f.key, f.label, f.kind, g.label, w.text, w.audience"
    only = "AND f.kind <> 'long' " if short else ""
    return (
        f"(SELECT {words.json_list}({words.json_row}({columns})) FROM directory_answer w "
        "JOIN directory_field f ON f.id = w.field_id JOIN directory_field_group g ON g.id = f.group_id "
        f"WHERE w.user_id = u.id {only}AND {_seen(sight)})"
    )


def _headline(sight: Sight) -> str:
    return "u.headline" if sight.inside else "''"


def _unaccented(column: str) -> str:
    """A column without the accents of French, in words that both databases know."""
    text = f"LOWER({column})"
    for accented, plain in _ACCENTS.items():
        text = f"REPLACE({text}, '{accented}', '{plain}')"
    return f"REPLACE(REPLACE(REPLACE({text}, 'œ', 'oe'), 'Œ', 'oe'), '’', '''')"


def _person(row: Mapping[str, Any]) -> Person:
    raw = row["answers"]
    answers = sorted(json.loads(raw) if isinstance(raw, str) else raw or [])
    shown = tuple(
        Shown(key, gettext(label), kind, gettext(group), text, audience)
        for *_, key, label, kind, group, text, audience in answers
    )
    return Person(
        row["id"],
        row["handle"],
        row["name"],
        row["sort_name"],
        row["headline"],
        row["photo_hash"],
        shown,
        row.get("rank", 0),
    )


def _facet(group: Iterable[Mapping[str, Any]]) -> Facet:
    values = list(group)
    name = values[0]["facet"]
    title = gettext("Skills") if name == SKILL_FACET else gettext(values[0]["title"])
    return Facet(name, title, tuple((row["value"], row["label"], int(row["many"])) for row in values))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
