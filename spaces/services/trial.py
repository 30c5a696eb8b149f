"""Letting out what waited because its author is new, and how much of what new members make waits."""

from __future__ import annotations

from datetime import UTC, datetime

from core import audit
from core.accounts.viewer import Viewer
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext
from spaces.hiding import show_item
from spaces.models import Case, Club, Content
from spaces.services.actors import Actor, asker

MOST = 10


async def let_out(club: Club, case: Case, *, actor: Viewer) -> None:
    """Bring an item that waited into sight, as one that was made just now.

    Args:
        club: where.
        case: of the item.
        actor: the moderator, or an operator.

    Raises:
        Conflict: when it is gone for good, or its plugin does not bring it back.
    """
    async with atomic():
        await show_item(club, case.plugin, case.kind, case.object_id or 0, actor=actor, is_new=True)
        item = Content.filter(plugin=case.plugin, kind=case.kind, object_id=case.object_id)
        await item.update(updated_at=datetime.now(UTC))


async def leave_hidden(case: Case) -> None:
    """Note that an item waits no longer: it stays hidden, as a moderator decided."""
    await Content.filter(plugin=case.plugin, kind=case.kind, object_id=case.object_id).update(is_on_trial=False)


async def set_trial(club: Club, items: int, *, actor: Actor | None) -> None:
    """Decide how many of the first items of a new member wait for a moderator. What waits already waits on.

    Args:
        club: the club; answered with its new number.
        items: 0 for none, 10 at most.
        actor: who does it.

    Raises:
        Invalid: for another number, naming `items`.
    """
    if not 0 <= items <= MOST:
        raise Invalid(gettext("A number from 0 to %(most)s, please.", most=MOST), field="items")
    async with atomic():
        before = (await Club.get(id=club.id).only("id", "trial_items")).trial_items
        if before != items:
            await Club.filter(id=club.id).update(trial_items=items)
            await audit.record(
                "spaces.trial_set",
                actor=asker(actor),
                subject=club.slug,
                club_id=club.id,
                before={"items": before},
                after={"items": items},
            )
    club.trial_items = items
