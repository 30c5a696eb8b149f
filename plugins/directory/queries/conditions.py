"""The conditions under which people and their answers are seen, as SQL that both databases know.

Every list, number, page and card is put together from these: who is listed in a club, and which answers a viewer may see. A
value that may not be seen is not searched, filtered or counted either.
"""

from __future__ import annotations

from cercle import dialect, shown_column, standing
from plugins.directory.models import CAN_HELP, SKILL_FACET, SKILLS
from plugins.directory.queries.results import Asked, Sight

_ACCENTS = dict(zip("àâäçéèêëîïôöûùüñ", "aaaceeeeiioouuun", strict=True))
_OFFERED = f"f.key = '{CAN_HELP}' AND "
TAGS = (
    "JOIN directory_answer w ON w.user_id = u.id JOIN directory_field f ON f.id = w.field_id "
    "JOIN directory_field_group g ON g.id = f.group_id JOIN directory_tag t ON t.answer_id = w.id "
)
MINE = (
    "JOIN spaces_membership mine ON mine.club_id = m.club_id AND mine.user_id = {}{} "
    f"AND {standing('mine')} "
    "AND s.readers LIKE '% ' || mine.role || ' %' AND s.effective IN ('on', 'read_only') "
    "JOIN spaces_club k ON k.id = m.club_id AND k.deleted_at IS NULL "
)


class Sql:
    """The values of a statement in the order of their marks."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self._words = dialect()

    def mark(self, value: object) -> str:
        """A mark for one more value."""
        self.values.append(value)
        return self._words.param(len(self.values))

    def number(self, text: str) -> str:
        """A whole number of a cursor; 0 for anything else."""
        return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 12 else "0"

    def like(self, column: str, word: str) -> str:
        """Whether a column holds a word anywhere; `%` and `_` are letters."""
        escaped = word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return f"{column} LIKE {self.mark(f'%{escaped}%')} ESCAPE '!'"


def listed(sql: Sql, club_id: int | None, sight: Sight, *, joins: str = "") -> str:
    """Who stands in a club's directory: active members, in a role that may look at it themselves, who did not opt out."""
    text = (
        "spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        "JOIN spaces_club_plugin s ON s.club_id = m.club_id AND s.plugin = 'directory' "
        "AND s.readers LIKE '% ' || m.role || ' %' "
        f"{joins}LEFT JOIN directory_profile p ON p.user_id = u.id "
        f"WHERE COALESCE(p.is_listed, TRUE) AND {standing('m')} "
        "AND NOT EXISTS (SELECT 1 FROM directory_absence a WHERE a.club_id = m.club_id AND a.user_id = u.id)"
    )
    if club_id is not None:
        text += f" AND m.club_id = {sql.mark(club_id)}"
    if not sight.inside:
        text += f" AND {_exists('TRUE', sight)}"
    return text


def seen(sight: Sight) -> str:
    """Whether an answer `w` to the field `f` may be seen."""
    audiences = ", ".join(f"'{audience}'" for audience in sight.audiences) or "''"
    return f"w.audience IN ({audiences}) AND w.text <> '' AND NOT f.is_hidden"


def _exists(condition: str, sight: Sight, *, tags: bool = False) -> str:
    """Whether the person has an answer that may be seen and for which the condition holds."""
    joined = "JOIN directory_tag t ON t.answer_id = w.id " if tags else ""
    return (
        "EXISTS (SELECT 1 FROM directory_answer w JOIN directory_field f ON f.id = w.field_id "
        f"{joined}WHERE w.user_id = u.id AND {seen(sight)} AND {condition})"
    )


def narrowing(sql: Sql, sight: Sight, asked: Asked) -> str:
    text = ""
    for word in asked.words:
        named = sql.like("u.sort_name", word)
        headed = _headed(sql, word) if sight.inside else "FALSE"
        text += f" AND ({named} OR {headed} OR {_exists(sql.like('w.folded', word), sight)})"
    for name, value in asked.filters.items():
        keys = (SKILLS, CAN_HELP) if name == SKILL_FACET else (name,)
        marks = ", ".join(sql.mark(key) for key in keys)
        text += f" AND {_exists(f'f.key IN ({marks}) AND t.key = {sql.mark(value)}', sight, tags=True)}"
    return text


def rank_of(sql: Sql, sight: Sight, asked: Asked) -> str:
    """0 for a name that was typed, 1 for people who can help, 2 for the others; all are 2 in a list that is not narrowed."""
    whens = []
    if asked.words:
        named = " AND ".join(sql.like("u.sort_name", word) for word in asked.words)
        helps = " AND ".join(sql.like("w.folded", word) for word in asked.words)
        whens += [f"WHEN {named} THEN 0", f"WHEN {_exists(_OFFERED + helps, sight)} THEN 1"]
    if skill := asked.filters.get(SKILL_FACET):
        whens.append(f"WHEN {_exists(f'{_OFFERED}t.key = {sql.mark(skill)}', sight, tags=True)} THEN 1")
    return f"CASE {' '.join(whens)} ELSE 2 END" if whens else "2"


def answers(sql: Sql, sight: Sight, *, short: bool = False) -> str:
    words = dialect()
    columns = "g.position, g.id, f.position, f.id, f.key, f.label, f.kind, g.label, w.text, w.audience"
    only = "AND f.kind <> 'long' " if short else ""
    return (
        f"(SELECT {words.json_list}({words.json_row}({columns})) FROM directory_answer w "
        "JOIN directory_field f ON f.id = w.field_id JOIN directory_field_group g ON g.id = f.group_id "
        f"WHERE w.user_id = u.id {only}AND {seen(sight)})"
    )


def headline(sight: Sight) -> str:
    return shown_column("headline") if sight.inside else "''"


def photo() -> str:
    return shown_column("photo_hash")


def _headed(sql: Sql, word: str) -> str:
    """Whether the headline holds a word. It belongs to the account and is not stored folded, so accents are met here."""
    shown = shown_column("headline")
    column = f"REPLACE(REPLACE(REPLACE({shown}, 'œ', 'oe'), 'Œ', 'oe'), '’', '''')"
    if dialect().name == "postgres":
        accented, plain = "".join(_ACCENTS), "".join(_ACCENTS.values())
        return sql.like(f"TRANSLATE(LOWER({column}), '{accented}{accented.upper()}', '{plain}{plain}')", word)
    return f"{column} GLOB {sql.mark('*' + ''.join(map(_spellings, word)) + '*')}"


def _spellings(letter: str) -> str:
    """What SQLite's GLOB takes for a folded letter: each way to write it."""
    if letter.isalpha():
        accented = "".join(one + one.upper() for one, plain in _ACCENTS.items() if plain == letter)
        return f"[{letter}{letter.upper()}{accented}]"
    return f"[{letter}]" if letter in "*?[" else letter
