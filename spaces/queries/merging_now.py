"""Whether a club goes into another one at the moment, or another one into it."""

from __future__ import annotations

from tortoise.expressions import Q

from spaces.models import ClubMerge


def merging_column() -> str:
    """Whether the club `c` of the gate's query goes into another one at the moment, or another one into it: 1 or 0."""
    return (
        "(SELECT CASE WHEN COUNT(*) > 0 THEN 1 ELSE 0 END FROM spaces_club_merge g "
        "WHERE g.done_at IS NULL AND (g.source_id = c.id OR g.target_id = c.id))"
    )


def merged_column() -> str:
    """Whether another club went into the club `c` of the gate's query: 1 or 0."""
    return (
        "(SELECT CASE WHEN COUNT(*) > 0 THEN 1 ELSE 0 END FROM spaces_club_merge g "
        "WHERE g.done_at IS NOT NULL AND g.target_id = c.id)"
    )


async def is_merging(*club_ids: int) -> bool:
    """Whether one of these clubs goes into another one at the moment, or another one into it."""
    return await ClubMerge.filter(Q(source_id__in=club_ids) | Q(target_id__in=club_ids), done_at=None).exists()
