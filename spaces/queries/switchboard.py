"""Reads about plugins in a club: what is switched how, who decided, what they hold, whom a change touches."""

from __future__ import annotations

from dataclasses import dataclass

from core import current
from core.errors import NotFound
from core.parts import LoadedPart
from spaces.access import effective_state
from spaces.decisions import Decision, Rules, decision_of, rules_of
from spaces.hookspecs import Holding
from spaces.models import Club, ClubPlugin, PluginPolicy


@dataclass(frozen=True, slots=True)
class Switch:
    """A plugin's switch in a club.

    Args:
        loaded: the plugin.
        policy: the operator's, as it holds here.
        state: what the switch amounts to by itself.
        decision: the operator's with whose word it is, why and since when; `policy` is the same in one word.
        paused_because: why it was paused after faults, or "".
        effective: the same with what it needs: it is off while one of those is.
    """

    loaded: LoadedPart
    policy: str
    state: str
    paused_because: str
    decision: Decision
    effective: str

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.loaded.name

    @property
    def is_available(self) -> bool:
        """Whether the club may have it at all."""
        return self.policy != "unavailable"

    @property
    def choices(self) -> tuple[str, ...]:
        """The states that the club can choose instead of the present one."""
        if not self.is_available:
            return ()
        states = ("on", "read_only") if self.policy == "required" else ("on", "read_only", "off")
        return tuple(state for state in states if state != self.state)


async def list_switches(club: Club) -> list[Switch]:
    """Every plugin's switch in a club, in the order of the tabs."""
    rows = {row.plugin: row for row in await ClubPlugin.filter(club_id=club.id)}
    rules = rules_of(await PluginPolicy.filter(kind__in=("", club.kind)))
    return [_switch(club, loaded, rows.get(loaded.name), rules) for loaded in current.app().parts.plugins]


async def get_switch(club: Club, plugin: str) -> Switch:
    """One plugin's switch.

    Raises:
        NotFound: when it is not installed, or not available to the club.
    """
    found = next((switch for switch in await list_switches(club) if switch.name == plugin), None)
    if found is None or not found.is_available:
        raise NotFound()
    return found


async def holdings(club: Club, plugin: str) -> list[Holding]:
    """What a plugin keeps in a club, by its own word."""
    answers = await current.app().hooks.collect("plugin_holdings", plugins={plugin}, club_id=club.id, club=club)
    return [holding for answer in answers if answer.plugin == plugin for holding in answer.value]


def _switch(club: Club, loaded: LoadedPart, row: ClubPlugin | None, rules: Rules) -> Switch:
    decision = decision_of(club, loaded, row, rules)
    paused = bool(row and row.paused_at)
    state = effective_state(decision.policy, row.state if row else None, paused=paused)
    because = row.paused_because if row and paused else ""
    return Switch(loaded, decision.policy, state, because, decision, row.effective if row else "off")
