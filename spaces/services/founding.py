"""Founding a club as its kind proposes: with plugins that are on from the first day, and questions to whoever asks to join."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import current
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext
from core.parts import LoadedPart
from spaces.access import effective_state
from spaces.decisions import decision_of, rules_of
from spaces.models import Club, PluginPolicy
from spaces.services.actors import Actor, asker
from spaces.services.clubs import create_club
from spaces.services.founding_after import take_over
from spaces.services.questions import Question, set_questions
from spaces.settings import Kind
from spaces.switches import switch_plugins


@dataclass(frozen=True, slots=True)
class Offer:
    """A plugin that a new club of some kind can have.

    Args:
        loaded: the plugin.
        is_fixed: whether the operator requires it, so that there is nothing to choose.
        is_usual: whether a new club of this kind has it unless its founder says otherwise.
        policy: the operator's, as it holds for the kind.
    """

    loaded: LoadedPart
    is_fixed: bool
    is_usual: bool
    policy: str

    @property
    def name(self) -> str:
        """The plugin's name."""
        return self.loaded.name


async def offers_for(kind: Kind) -> list[Offer]:
    """The plugins that a new club of this kind can have, in the order of the tabs."""
    rules = rules_of(await PluginPolicy.filter(kind__in=("", kind.name)))
    found, draft = [], Club(kind=kind.name)
    for loaded in current.app().parts.plugins:
        decision = decision_of(draft, loaded, None, rules)
        if loaded.part.scope != "club" or decision.policy == "unavailable":
            continue
        usual = decision.policy in ("required", "on_by_default")
        if kind.plugins is not None and decision.source == "plugin" and not decision.is_fixed:
            usual = loaded.name in kind.plugins
        found.append(Offer(loaded, decision.is_fixed, usual, decision.policy))
    return found


async def found_club(
    values: Mapping[str, Any],
    *,
    plugins: Collection[str] | None = None,
    questions: Sequence[str] = (),
    template: Club | None = None,
    actor: Actor,
) -> Club:
    """Found a club with these plugins on and the others off; all of it or nothing.

    Args:
        values: for `create_club`, which says what may be wrong with them.
        plugins: names of plugins that the club can have; with them are on those that they need. None for what the operator's
            policies and the plugins propose.
        questions: to whoever asks to join; in the source language where they are ours.
        template: a club that this one is to be arranged as, from `founding_after.get_template`; its questions come before others.
        actor: the founder.

    Raises:
        Invalid: naming the field that is wrong.
    """
    async with atomic():
        club = await create_club(**values, actor=actor)
        if plugins is not None:
            await switch_plugins(club, await _states(club, plugins), actor=asker(actor))
        if template is not None:
            await take_over(club, template, actor=actor)
        elif questions and club.join_policy == "request":
            await set_questions(club, [Question(gettext(text)) for text in questions], actor=actor)
    return club


async def _states(club: Club, plugins: Collection[str]) -> dict[str, str]:
    offers = {offer.name: offer for offer in await offers_for(Kind(name=club.kind, label=club.kind))}
    if not offers.keys() >= set(plugins):
        raise Invalid(gettext("Please choose one of the listed values."), field="plugins")
    wanted = set(plugins).union(*(offers[name].loaded.needs & offers.keys() for name in plugins))
    states = {}
    for name, offer in offers.items():
        state = "on" if name in wanted else "off"
        if not offer.is_fixed and effective_state(offer.policy, None) != state:
            states[name] = state
    return states
