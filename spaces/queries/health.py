"""How a club is doing, in numbers alone, for the operator's page about it. Only behind `site.operate`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.accounts.sessions import moment
from core.db import dialect, rows
from spaces.models import Club
from spaces.queries.standing import standing

LATELY = timedelta(days=30)
"""What counts as recent."""


@dataclass(frozen=True, slots=True)
class Health:
    """A club in numbers; what is recent is of the last thirty days.

    Args:
        members: who belong to it.
        visitors: of them, who opened it lately.
        joined: who came lately.
        items: what plugins show in it, drafts and the trash left out.
        written: of that, what was made or changed lately.
        requests: who waits to be let in.
        waits_since: since when the first of them does.
        cases: reports and first items that wait for a moderator.
        faults: how often its plugins failed lately.
    """

    members: int
    visitors: int
    joined: int
    items: int
    written: int
    requests: int
    waits_since: datetime | None
    cases: int
    faults: int


async def health_of(club: Club) -> Health:
    """The numbers of one club, in one query."""
    words, values = dialect(), list[object]()

    def mark(value: object) -> str:
        values.append(value)
        return words.param(len(values))

    since = datetime.now(UTC) - LATELY
    members = f"SELECT COUNT(*) FROM spaces_membership m WHERE m.club_id = {{}} AND {standing('m')}"
    items = (
        "SELECT COUNT(*) FROM spaces_content t WHERE t.club_id = {} AND t.state = 'published' AND t.hidden_at IS NULL"
    )
    counted = {
        "members": members.format(mark(club.id)),
        "visitors": f"{members.format(mark(club.id))} AND m.visited_at > {mark(since)}",
        "joined": f"{members.format(mark(club.id))} AND m.joined_at > {mark(since)}",
        "items": items.format(mark(club.id)),
        "written": f"{items.format(mark(club.id))} AND t.updated_at > {mark(since)}",
        "requests": f"SELECT COUNT(*) FROM spaces_join_request r WHERE r.club_id = {mark(club.id)}",
        "waits_since": f"SELECT MIN(r.created_at) FROM spaces_join_request r WHERE r.club_id = {mark(club.id)}",
        "cases": f"SELECT COUNT(*) FROM spaces_case k WHERE k.club_id = {mark(club.id)} AND k.state IN ('open', 'appealed')",
        "faults": f"SELECT COUNT(*) FROM core_fault f WHERE f.club_id = {mark(club.id)} AND f.at > {mark(since)}",
    }
    found = await rows("SELECT " + ", ".join(f"({sql}) AS {name}" for name, sql in counted.items()), values)
    return Health(**{**found[0], "waits_since": moment(found[0]["waits_since"])})
