"""The choices of forms about clubs, in the reader's words."""

from __future__ import annotations

from typing import Any

from core.i18n import gettext
from spaces.access import MEMBER_ROLES, RANK, ROLE_LABELS
from spaces.settings import ACCENTS, SiteSettings


def kind_options(settings: SiteSettings) -> list[tuple[str, str]]:
    """The kinds of clubs."""
    return [(kind.name, kind.shown_label) for kind in settings.kinds]


def visibility_options() -> dict[str, Any]:
    """Who sees a club, how people come in, and its colours."""
    return {
        "visibilities": [
            (
                "listed",
                gettext("Listed"),
                gettext("Everybody finds the club in the list; only members see what is in it."),
            ),
            ("hidden", gettext("Hidden"), gettext("Only members know that the club exists.")),
            ("public", gettext("Public"), gettext("Everybody finds it, and reads what the club opens to visitors.")),
        ],
        "join_policies": [
            ("request", gettext("By request"), gettext("People ask, and an owner or moderator answers.")),
            ("invite", gettext("By invitation"), gettext("Only people who are invited.")),
            ("open", gettext("Open"), gettext("Everybody who is signed in joins with one click.")),
        ],
        "accents": ACCENTS,
    }


def role_options(own_role: str | None, *, is_operator: bool = False) -> list[tuple[str, str, str]]:
    """The roles that somebody may give: none above their own."""
    hints = {
        "owner": gettext("Decides everything, settings and plugins included."),
        "moderator": gettext("Invites people, answers requests, changes roles."),
        "member": gettext("Takes part: reads and writes."),
        "guest": gettext("Reads along, and little more."),
    }
    reach = len(RANK) if is_operator else RANK.get(own_role or "", -1)
    return [(r, gettext(ROLE_LABELS[r]), hints[r]) for r in reversed(MEMBER_ROLES) if RANK[r] <= reach]


def role_labels() -> dict[str, str]:
    """All roles in the reader's words."""
    return {role: gettext(label) for role, label in ROLE_LABELS.items()}
