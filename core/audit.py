"""The audit log: each change of a right, membership, switch or setting is a row with actor, time, before and after."""

from __future__ import annotations

from collections.abc import Mapping

from core.models import AuditEntry
from core.permissions import Asker


async def record(
    action: str,
    *,
    actor: Asker | None,
    subject: str = "",
    club_id: int | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write one row in the running transaction.

    Args:
        action: `part.noun_verb`, such as `spaces.plugin_switched`.
        actor: who did it; None for the machine. Where an operator acts as somebody, it is the operator, and the number of whom
            they act as stands under `acting_for`.
        subject: what it was done to, in words that stay readable when the thing is gone.
        club_id: the club it concerns.
        before: the values that changed, as they were.
        after: the same values, as they are now.
    """
    number, name = actor.id if actor else None, str(getattr(actor, "name", ""))
    if operator := getattr(actor, "operator_id", None):
        after = {**(after or {}), "acting_for": number}
        number, name = operator, str(getattr(actor, "operator_name", ""))
    await AuditEntry.create(
        actor_id=number,
        actor_name=name[:120],
        club_id=club_id,
        action=action,
        subject=subject[:200],
        before=dict(before or {}),
        after=dict(after or {}),
    )
