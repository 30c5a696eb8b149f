"""What was changed, in words: subjects, and the values before and after, of rows of the audit log as operators read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core import audit
from core.i18n import N_, gettext, listing, long_datetime, number
from spaces.views.admin.plugins import policy_labels
from spaces.views.choices import role_labels, visibility_options
from spaces.views.moderation import state_labels as case_labels
from spaces.views.plugins import state_labels

if TYPE_CHECKING:
    from core.app import Cercle
    from core.models import AuditEntry

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
    "until": N_("Until"),
    "user": N_("Person"),
    "label": N_("Label"),
    "came_by": N_("Came"),
    "parent": N_("Group of"),
    "inherits_members": N_("Has the members of the club above"),
    "items": N_("First items that wait"),
    "questions": N_("Questions"),
    "successor": N_("Number of the account"),
    "words": N_("In words"),
    "case": N_("Number of the case"),
    "days": N_("Days"),
    "members": N_("Members"),
    "invitations": N_("Invitations"),
    "rights": N_("Rights"),
    "roles": N_("Roles"),
    "plugin": N_("Plugin"),
    "group": N_("Group"),
    "club": N_("Club"),
    "clubs": N_("Clubs"),
    "template": N_("Founded after"),
    "source": N_("Club that goes"),
    "target": N_("Club that stays"),
    "owners_stay": N_("Its owners own the other club too"),
    "characters": N_("Characters"),
    "attempts": N_("Tries"),
    "error": N_("What went wrong"),
    "to": N_("To"),
    "event": N_("Event"),
    "mails": N_("Mails"),
    "deliveries": N_("Events"),
    "inviter_id": N_("Invited by account"),
    "by": N_("By"),
    "summary": N_("What it is for"),
    "plugins": N_("Plugins"),
    "required": N_("Must be answered"),
    "scopes": N_("May"),
    "counts": N_("Numbers"),
    "successor_agreed_at": N_("Agreed"),
    "due_at": N_("Due"),
    "leaving_at": N_("Account is deleted"),
    "leaves_works": N_("What they wrote stays"),
}
_OF_PLUGINS = ("plugin_switched", "policy_set", "plugin_purged", "delivery_dropped")
_OF_ERASURES = ("erasure_asked", "erasure_done", "erasure_withdrawn")
_OF_SETTINGS = ("core.settings_changed", "core.settings_fixed")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a row. `before` or `after` is None where the row does not have it."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class LogWords:
    """How rows read.

    Args:
        sentences: of each act, in the source language.
        subjects: the names of plugins and jobs that stand as subjects, by the act, and how they are called.
    """

    sentences: Mapping[str, str]
    subjects: Mapping[str, Mapping[str, str]]

    def sentence(self, entry: AuditEntry) -> str:
        """What a row says was done, and by whom."""
        name = entry.actor_name or (gettext("Account %(number)s", number=entry.actor_id) if entry.actor_id else "")
        subject = self.subjects.get(entry.action, {}).get(entry.subject, entry.subject)
        return audit.sentence(self.sentences.get(entry.action), entry.action, actor=name, subject=subject)


def log_words(app: Cercle) -> LogWords:
    """How the rows of an application's log read, in the language at hand.

    Args:
        app: knows its parts and jobs.
    """
    return LogWords(audit.known_actions(app.parts.all()), _subjects(app))


def _subjects(app: Cercle) -> Mapping[str, Mapping[str, str]]:
    parts = {loaded.name: gettext(loaded.part.title) for loaded in app.parts.all()}
    jobs = {job.name: gettext(job.title) for job in app.jobs.registered if job.title}
    settings = {f"{name} ({scope})": title for name, title in parts.items() for scope in ("site", "club", "member")}
    return {
        **{f"spaces.{act}": parts for act in (*_OF_PLUGINS, *_OF_ERASURES)},
        **dict.fromkeys(_OF_SETTINGS, settings),
        "spaces.job_started": jobs,
    }


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], own: Mapping[str, Mapping[str, str]] | None = None
) -> list[Change]:
    """What a row says of each value, in its order; what it says twice the same stands under `after` alone.

    Args:
        before: the row's values as they were.
        after: as they are since.
        own: how further stored words read, by their keys, such as the roles of its club under `role`.
    """
    words = {**_words(), **(own or {})}
    made = []
    for key in dict.fromkeys([*before, *after]):
        old = _shown(before[key], words.get(key, {})) if key in before else None
        new = _shown(after[key], words.get(key, {})) if key in after else None
        made.append(Change(_label(key), None if old == new else old, new))
    return made


def _words() -> dict[str, Mapping[str, str]]:
    """How stored words read, by the key they stand under."""
    choices = visibility_options()
    states = state_labels()
    ways = {"parent": gettext("with the club above"), "merge": gettext("with another club")}
    return {
        "role": role_labels(),
        "visibility": {value: label for value, label, _ in choices["visibilities"]},
        "join_policy": {value: label for value, label, _ in choices["join_policies"]},
        "state": {**case_labels(), **states},
        "came_by": ways,
        "by": {"mail": gettext("Mail"), "link": gettext("Link")},
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
        pairs = ((_label(str(key)), _shown(one, words, depth + 1)) for key, one in value.items())
        return "; ".join(gettext("%(label)s: %(value)s", label=label, value=shown) for label, shown in pairs)[:LONGEST]
    if depth < DEEPEST and isinstance(value, Sequence) and not isinstance(value, str):
        return listing(_shown(one, words, depth + 1) for one in value)[:LONGEST]
    text = str(value)
    return words.get(text) or _moment(text) or (text if len(text) <= LONGEST else text[:LONGEST] + "…")


def _label(key: str) -> str:
    return gettext(_KEYS[key]) if key in _KEYS else key


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        return ""
    try:
        found = datetime.fromisoformat(text)
        return long_datetime(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return ""
