"""What changed, in words: the values before and after of a row of the audit log, as operators read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.i18n import N_, gettext, listing, long_datetime, number
from spaces.views.admin.plugins import policy_labels
from spaces.views.choices import role_labels, visibility_options
from spaces.views.plugins import state_labels

LONGEST = 600  # characters of one value; the export has all of it
DEEPEST = 3
_KEYS = {
    "role": N_("Role"),
    "name": N_("Name"),
    "slug": N_("Address"),
    "kind": N_("Kind"),
    "purpose": N_("Purpose"),
    "visibility": N_("Who sees it"),
    "join_policy": N_("How people come in"),
    "accent": N_("Colour"),
    "state": N_("State"),
    "effective": N_("In effect"),
    "policy": N_("Policy"),
    "reason": N_("Reason"),
    "allowed": N_("Allowed"),
    "archived": N_("Archived"),
    "deleted": N_("Deleted"),
    "needs_factor": N_("Asks for a second factor"),
    "is_active": N_("May sign in"),
    "is_operator": N_("Operator"),
    "is_enabled": N_("Switched on"),
    "email": N_("E-mail address"),
    "provider": N_("Provider"),
    "passkey": N_("Passkey"),
    "authenticator": N_("Authenticator app"),
    "sessions": N_("Sessions"),
    "theme": N_("Theme"),
    "quota": N_("Storage, in bytes"),
    "member_limit": N_("Members at most"),
    "members_create_clubs": N_("Everybody may found clubs"),
    "kinds": N_("Kinds of clubs"),
    "uses": N_("Uses"),
    "tabs": N_("Tabs"),
    "acting_for": N_("On behalf of account"),
    "text": N_("Text"),
    "tone": N_("Tone"),
    "url": N_("Link"),
    "starts_at": N_("From"),
    "ends_at": N_("Until"),
    "message": N_("Message"),
}
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a row. `before` or `after` is None where the row does not have it."""

    label: str
    before: str | None
    after: str | None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What a row says of each value, in its order; what it says twice the same stands under `after` alone."""
    words = _words()
    made = []
    for key in dict.fromkeys([*before, *after]):
        old = _shown(before[key], words.get(key, {})) if key in before else None
        new = _shown(after[key], words.get(key, {})) if key in after else None
        made.append(Change(gettext(_KEYS[key]) if key in _KEYS else key, None if old == new else old, new))
    return made


def _words() -> dict[str, Mapping[str, str]]:
    """How stored words read, by the key they stand under."""
    choices = visibility_options()
    states = state_labels()
    return {
        "role": role_labels(),
        "visibility": {value: label for value, label, _ in choices["visibilities"]},
        "join_policy": {value: label for value, label, _ in choices["join_policies"]},
        "state": states,
        "effective": states,
        "policy": policy_labels(),
        "tone": {"info": gettext("News"), "warning": gettext("Important"), "error": gettext("Urgent")},
    }


def _shown(value: Any, words: Mapping[str, str], depth: int = 0) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int | float):
        return number(value)
    if value in (None, "", [], {}):
        return gettext("nothing")
    if depth < DEEPEST and isinstance(value, Mapping):
        return "; ".join(f"{key}: {_shown(one, words, depth + 1)}" for key, one in value.items())[:LONGEST]
    if depth < DEEPEST and isinstance(value, Sequence) and not isinstance(value, str):
        return listing(_shown(one, words, depth + 1) for one in value)[:LONGEST]
    text = str(value)
    return words.get(text) or _moment(text) or (text if len(text) <= LONGEST else text[:LONGEST] + "…")


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        return ""
    try:
        found = datetime.fromisoformat(text)
        return long_datetime(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return ""
