"""What the door asks: one query for the login session, the person, their clubs, the club, the role in it, switches, matrix
and locks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from core.accounts.sessions import Credential, moment
from core.accounts.viewer import ClubLink
from core.collation import sort_key
from core.db import Dialect, dialect, rows
from spaces.models import Club
from spaces.queries.club_groups import parent_column
from spaces.queries.merging_now import merged_column, merging_column
from spaces.queries.orphans import orphan_column
from spaces.queries.standing import standing

_TIMES = ("created_at", "archived_at", "deleted_at", "purge_at", "active_at", "note_at", "successor_agreed_at")


async def load_row(
    credential: Credential, slug: str, failed: tuple[str, ...], user_id: int | None = None
) -> dict[str, Any]:
    """The row that decides; its columns of the club are empty where there is none.

    Args:
        credential: what the person showed.
        slug: the word in the address, that of today or one of before.
        failed: the plugins that failed at the start.
        user_id: the person, where nobody showed anything.
    """
    found = await rows(_sql(dialect(), credential.kind, failed), [credential.digest or (user_id or 0), slug, slug])
    return found[0]


@lru_cache(maxsize=32)
def _sql(words: Dialect, kind: str, failed: tuple[str, ...]) -> str:
    credential = Credential(kind)
    person = (
        f"LEFT JOIN {credential.table} s ON s.token_hash = {words.param(1)} LEFT JOIN accounts_user u ON u.id = s.user_id"
        if kind != "none"
        else f"LEFT JOIN accounts_user u ON u.id = CAST({words.param(1)} AS INTEGER)"
    )
    columns = credential.columns if kind != "none" else "u.id AS user_id, u.has_factor"
    club = ", ".join(f'c."{column}" AS "c_{column}"' for column in sorted(Club._meta.db_fields))
    gone = f"p.plugin IN ({', '.join(repr(name) for name in failed)}) AND p.effective <> 'off'" if failed else "1 = 0"
    readers = f"CASE WHEN p.effective = 'paused' OR {gone} THEN p.readers ELSE '' END"
    switch = f"p.plugin || ':' || p.effective || ':' || {readers}"
    return (
        f"SELECT {columns}, {clubs_column(words)} AS clubs, {club}, m.role AS role, "
        f"(SELECT {words.join_text}({switch}, ',') FROM spaces_club_plugin p WHERE p.club_id = c.id) "
        f"AS switches, {parent_column(words)} AS parent, {merging_column()} AS merging, {merged_column()} AS merged, "
        f"{_cells(words, 'spaces_grant_override', 'WHERE g.club_id = c.id')} AS overrides, "
        f"{_cells(words, 'spaces_grant_lock', '')} AS locks, {_erasures(words)} AS erasures, {orphan_column()} AS orphan "
        f"FROM (SELECT 1 AS one) x {person} LEFT JOIN spaces_club c ON c.id = COALESCE("
        f"(SELECT k.id FROM spaces_club k WHERE k.slug = {words.param(2)}), "
        f"(SELECT a.club_id FROM spaces_club_address a WHERE a.slug = {words.param(3)})) "
        f"LEFT JOIN spaces_membership m ON m.club_id = c.id AND m.user_id = u.id AND {standing('m')}"
    )


def clubs_column(words: Dialect) -> str:
    """The clubs of the person `u`, for `club_links`."""
    facts = (
        "k.id, k.slug, k.name, k.accent, n.role, k.cover_hash, n.visited_at, k.needs_factor, n.is_muted, n.position, "
    )
    facts += "CASE WHEN k.archived_at IS NULL THEN 0 ELSE 1 END"
    row = f"{words.json_row}({facts})"
    return (
        f"(SELECT {words.json_list}({row}) FROM spaces_membership n JOIN spaces_club k ON k.id = n.club_id "
        f"WHERE n.user_id = u.id AND k.deleted_at IS NULL AND {standing('n')})"
    )


def _erasures(words: Dialect) -> str:
    """Those that somebody asked for; where there is only an export so far, the time is that of the year 9999."""
    return (
        f"(SELECT {words.json_list}({words.json_row}(e.plugin, e.due_at, e.asked_by, e.begun_at)) FROM spaces_erasure e "
        "WHERE e.club_id = c.id AND e.done_at IS NULL AND e.withdrawn_at IS NULL AND e.due_at < '9998-01-01')"
    )


def _cells(words: Dialect, table: str, where: str) -> str:
    value = "CASE WHEN g.allowed THEN '1' ELSE '0' END"
    return f"(SELECT {words.join_text}(g.role || ' ' || g.permission || ' ' || {value}, ',') FROM {table} g {where})"


@lru_cache(maxsize=4096)
def club_links(text: str | None) -> tuple[ClubLink, ...]:
    """The clubs of a viewer, from the JSON that the query aggregates: as they put them, those without a place first, by name;
    archived ones last.
    """
    listed = json.loads(text or "[]")
    made = [
        replace(
            ClubLink(*facts),
            visited_at=moment(visited),
            needs_factor=bool(needs),
            is_muted=bool(muted),
            position=position,
            is_archived=bool(archived),
        )
        for *facts, visited, needs, muted, position, archived in listed
    ]
    return tuple(sorted(made, key=lambda club: (club.is_archived, club.position, sort_key(club.name))))


def club_of(row: Mapping[str, Any]) -> Club | None:
    """The club of a row of the door, None where there is none."""
    if row["c_id"] is None:
        return None
    values = {column: row[f"c_{column}"] for column in Club._meta.db_fields}
    times = {column: moment(values[column]) for column in _TIMES}  # three times as fast as Tortoise reads them
    return Club._init_from_db(**{**values, **times})
