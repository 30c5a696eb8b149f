"""The choices of forms about clubs, in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.i18n import gettext
from core.permissions import base_of
from spaces.access import RANK, rank
from spaces.queries.roles import RoleLabels, built_in_labels, columns_of
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


def role_options(
    own_role: str | None, labels: Mapping[str, str] | None = None, *, is_operator: bool = False
) -> list[tuple[str, str, str]]:
    """The roles that somebody may give, with what they are for: none above their own, the lowest first.

    Args:
        own_role: theirs.
        labels: as `labels_in` has them, with the roles of the club's own; only the built-in ones unless given.
        is_operator: whether they run the site.
    """
    hints = {
        "owner": gettext("Decides everything, settings and plugins included."),
        "moderator": gettext("Invites people, answers requests, changes roles."),
        "member": gettext("Takes part: reads and writes."),
        "guest": gettext("Reads along, and little more."),
    }
    shown = built_in_labels() if labels is None else labels
    own = [name for name in shown if base_of(name) != name]
    hints |= {
        name: gettext("Like %(role)s, unless the club decided otherwise.", role=shown[base_of(name)]) for name in own
    }
    reach = len(RANK) if is_operator else rank(own_role or "")
    return [(name, shown[name], hints[name]) for name in reversed(columns_of(own)) if rank(name) <= reach]


def role_labels() -> RoleLabels:
    """The built-in roles in the reader's words; `labels_in` has those of a club besides."""
    return built_in_labels()
