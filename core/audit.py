"""The audit log: each change of a right, membership, switch or setting is a row with actor, time, before and after.

A part says in the `actions` of its `audit.py` how each of its acts reads; this one says it for the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.i18n import N_, gettext
from core.models import AuditEntry
from core.parts import LoadedPart
from core.permissions import Asker

actions = {
    "core.theme_chosen": N_("%(actor)s chose the theme %(subject)s"),
    "core.settings_changed": N_("%(actor)s changed the settings of %(subject)s"),
    "core.settings_fixed": N_("%(actor)s fixed settings of %(subject)s for all clubs"),
    "core.site_settings_chosen": N_("%(actor)s changed how the site is set up"),
    "core.maintenance_begun": N_("%(actor)s closed the site for maintenance"),
    "core.maintenance_ended": N_("%(actor)s opened the site again"),
}


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


def known_actions(parts: Iterable[LoadedPart]) -> dict[str, str]:
    """The acts that the engine and the parts have a sentence for, by name; a name that is not the part's own is left out."""
    return actions | {
        name: text
        for loaded in parts
        for name, text in loaded.get("audit", "actions", {}).items()
        if str(name).startswith(f"{loaded.name}.")
    }


def sentence(text: str | None, action: str, *, actor: str, subject: str) -> str:
    """What was done, as a sentence in the language at hand.

    Args:
        text: the sentence of `known_actions`; None where no running part has one, so that the action's own name stands there.
        action: as it was recorded.
        actor: who did it, as it is to be read; "" for the machine.
        subject: what it was done to.
    """
    by = actor or gettext("The machine")
    try:
        return gettext(text, actor=by, subject=subject) if text else f"{by}: {action} {subject}".rstrip()
    except (KeyError, TypeError, ValueError):  # a plugin's sentence has a placeholder that nobody fills
        return f"{by}: {action} {subject}".rstrip()
