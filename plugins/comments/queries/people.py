"""Whom somebody may mention in a comment: members who can see the item."""

from __future__ import annotations

from typing import Any

from cercle import Club, Content, dialect, fold, item_readers, rows, standing

OFFERED, LOOKED_AT = 8, 60


async def people_to_mention(club: Club, content: Content, typed: str) -> list[dict[str, str]]:
    """Members whose name or handle begins so and who can see the item, as `[{"label": name, "value": handle}]`.

    Args:
        club: where.
        content: the item.
        typed: the first letters of a name; accents and capitals do not count.
    """
    found = await _named(club, fold(typed).split()[:5])
    readers = await item_readers(content, [row["id"] for row in found]) if found else frozenset()
    able = [row for row in found if row["id"] in readers][:OFFERED]
    return [{"label": row["name"], "value": row["handle"]} for row in able]


async def _named(club: Club, begun: list[str]) -> list[dict[str, Any]]:
    words, values = dialect(), list[object]([club.id])
    conditions = [f"m.club_id = {words.param(1)}", standing("m")]
    for word in begun:
        plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        marks = [words.param(len(values) + place) for place in (1, 2, 3)]
        values += [f"{plain}%", f"% {plain}%", f"{plain}%"]
        name = f"u.sort_name LIKE {marks[0]} ESCAPE '\\' OR u.sort_name LIKE {marks[1]} ESCAPE '\\'"
        conditions.append(f"({name} OR u.handle LIKE {marks[2]} ESCAPE '\\')")
    return await rows(
        "SELECT u.id, u.name, u.handle FROM spaces_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active "
        f"WHERE {' AND '.join(conditions)} ORDER BY u.sort_name, u.id LIMIT {LOOKED_AT}",
        values,
    )
