"""What the operator decided about a plugin, as it holds in one club: the policy, whose word it is, why and since when.

`spaces.switches` takes decisions, so that what follows from them is written in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.errors import Invalid
from core.i18n import gettext
from core.parts import LoadedPart
from core.permissions import Asker
from spaces.access import POLICIES
from spaces.models import Club, ClubPlugin, PluginPolicy
from spaces.queries.clubs import load_site_settings

REASON_LENGTH = 300
Source = Literal["club", "kind", "site", "plugin"]
Rules = Mapping[tuple[str, str], PluginPolicy]
"""The operator's policies for kinds of clubs, by (kind, plugin); kind "" stands for all kinds."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which policy holds for a plugin in a club, and where it comes from.

    Args:
        policy: one of the four.
        source: whose rule it is: this club's alone, its kind's, that of all clubs, or the plugin's own default.
        reason: what the operator wrote, "" when nothing.
        by: the operator's name at that time; "" for a command on the machine, or when nobody decided.
        at: when it was decided; None for the plugin's own default, and for a rule from before this was kept.
    """

    policy: str
    source: Source
    reason: str = ""
    by: str = ""
    at: datetime | None = None

    @property
    def is_fixed(self) -> bool:
        """Whether it leaves the owners of the club no choice between on and off."""
        return self.policy in ("unavailable", "required")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision that the operator takes.

    Args:
        plugin: the plugin's name.
        policy: one of the four, or None to fall back to the next wider rule.
        kind: the kind of club it holds for; "" for all kinds.
        club: one club, above its kind.
    """

    plugin: str
    policy: str | None
    kind: str = ""
    club: Club | None = None


def decision_of(club: Club, loaded: LoadedPart, row: ClubPlugin | None, rules: Rules) -> Decision:
    """The decision that holds for a plugin in a club: its own, its kind's, everybody's, the plugin's.

    Args:
        club: the club.
        loaded: the plugin.
        row: its switch there, None when there is none yet.
        rules: the operator's policies for kinds, at least for "" and the club's.
    """
    if row is not None and row.policy:
        return Decision(row.policy, "club", row.policy_reason, row.policy_by, row.policy_at)
    if found := rules.get((club.kind, loaded.name)):
        return Decision(found.policy, "kind", found.reason, found.decided_by, found.decided_at)
    if found := rules.get(("", loaded.name)):
        return Decision(found.policy, "site", found.reason, found.decided_by, found.decided_at)
    return Decision(loaded.part.policy, "plugin")


async def policy_for(club: Club, loaded: LoadedPart, row: ClubPlugin | None) -> str:
    """The policy that holds for a plugin in a club: its own, its kind's, everybody's, the plugin's."""
    rules = rules_of(await PluginPolicy.filter(plugin=loaded.name, kind__in=("", club.kind)))
    return decision_of(club, loaded, row, rules).policy


def rules_of(policies: list[PluginPolicy]) -> Rules:
    """Loaded policies, found by kind and plugin."""
    return {(policy.kind, policy.plugin): policy for policy in policies}


def checked_reason(text: str) -> str:
    """A reason as it is kept: one line, at most 300 characters.

    Raises:
        Invalid: naming the field `reason`, when it is longer.
    """
    reason = " ".join(text.split())
    if len(reason) > REASON_LENGTH:
        raise Invalid(gettext("At most %(max_length)s characters, please.", max_length=REASON_LENGTH), field="reason")
    return reason


async def keep_ruling(ruling: Ruling, reason: str, actor: Asker | None) -> dict[str, object]:
    """Write a decision in the running transaction, which holds the rules; answers policy and reason as they were.

    Raises:
        Invalid: naming the field that is wrong: `policy` or `kind`.
    """
    if ruling.policy is not None and ruling.policy not in POLICIES:
        raise Invalid(gettext("There is no such policy."), field="policy")
    if ruling.club is not None:
        return await _keep_for_club(ruling.club, ruling, reason, actor)
    return await _keep_for_kind(ruling, reason, actor)


async def _keep_for_club(club: Club, ruling: Ruling, reason: str, actor: Asker | None) -> dict[str, object]:
    row, _ = await ClubPlugin.get_or_create(club=club, plugin=ruling.plugin)
    before: dict[str, object] = {"policy": row.policy, "reason": row.policy_reason}
    row.policy = ruling.policy
    row.policy_reason, row.policy_by, row.policy_at = ("", "", None) if ruling.policy is None else signed(reason, actor)
    await row.save(update_fields=["policy", "policy_reason", "policy_by", "policy_at", "changed_at"])
    return before


async def _keep_for_kind(ruling: Ruling, reason: str, actor: Asker | None) -> dict[str, object]:
    row = await PluginPolicy.get_or_none(plugin=ruling.plugin, kind=ruling.kind)
    before: dict[str, object] = {"policy": row.policy if row else None, "reason": row.reason if row else ""}
    if ruling.policy is None:
        await PluginPolicy.filter(plugin=ruling.plugin, kind=ruling.kind).delete()
        return before
    if ruling.kind and not (await load_site_settings()).has_kind(ruling.kind):
        raise Invalid(gettext("There is no such kind of club."), field="kind")
    row = row or PluginPolicy(plugin=ruling.plugin, kind=ruling.kind)
    row.policy, (row.reason, row.decided_by, row.decided_at) = ruling.policy, signed(reason, actor)
    await row.save()
    return before


def signed(reason: str, actor: Asker | None) -> tuple[str, str, datetime]:
    """A reason with who gave it and when."""
    return reason, str(getattr(actor, "name", ""))[:120], datetime.now(UTC)
