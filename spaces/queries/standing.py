"""Which memberships count: those without an end, or whose end is still to come.

The row of one that is over stays until a job ends it. Whatever reads memberships adds one of these conditions, so that nobody
is a member for a moment longer than was said.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tortoise.expressions import Q


def standing(alias: str) -> str:
    """The condition for memberships that count, in SQL for both databases; to the second.

    Args:
        alias: of `spaces_membership` in the statement.
    """
    return f"({alias}.expires_at IS NULL OR {alias}.expires_at > CURRENT_TIMESTAMP)"


def stands(path: str = "") -> Q:
    """The same for a query of Tortoise.

    Args:
        path: that leads to the membership, such as `memberships__`; "" for queries of memberships.
    """
    endless: dict[str, Any] = {f"{path}expires_at": None}
    later: dict[str, Any] = {f"{path}expires_at__gt": datetime.now(UTC)}
    return Q(Q(**endless), Q(**later), join_type=Q.OR)
