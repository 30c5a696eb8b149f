"""The settings that the parts of an application declare, and the values that this process knows.

What was read is kept, so that a page pays for it once, and dropped when the bus tells of a change.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from tortoise.expressions import Q

from core.bus import GAP, Bus, Message
from core.db import in_atomic
from core.errors import PluginError
from core.models import Setting
from core.parts import LoadedPart
from core.plugin_settings import FIXED, NAMES, PluginSettings, S, Scope, fixed_values, overlaid, settled
from core.plugin_settings.fields import fields_of

TOPIC = "core:plugin_settings"
KEPT = 5_000  # clubs and people whose settings are kept ready
BELIEVED = 60.0  # seconds, where no bus brings word from other processes


@dataclass(slots=True)
class _Kept:
    """What is known of one club, one person or the site: values by part, own and fixed ones, and the settings made of them."""

    own: dict[str, dict[str, Any]]
    fixed: dict[str, dict[str, Any]]
    until: float
    made: dict[type[PluginSettings], PluginSettings] = field(default_factory=dict)


class SettingsBook:
    """The settings that the parts of one application declare, and those values that this process knows.

    Args:
        bus: tells of changes in other processes.
        alone: whether it reaches none; then a command at the terminal is noticed within a minute.
    """

    def __init__(self, bus: Bus, *, alone: bool) -> None:
        self._bus = bus
        self._alone = alone
        self._models: dict[tuple[str, Scope], type[PluginSettings]] = {}
        self._parts: dict[tuple[type[PluginSettings], Scope], str] = {}
        self._kept: OrderedDict[tuple[Scope, int], _Kept] = OrderedDict()
        self._changes = 0

    def declare(self, loaded: LoadedPart) -> None:
        """Take over what a part's `settings.py` declares.

        Raises:
            PluginError: for a model that is none of ours, a field without a default or that no form asks for, a wrong default.
        """
        for scope, name in NAMES.items():
            model = loaded.get("settings", name, None)
            if model is None or (loaded.is_foundation and not issubclass(model, PluginSettings)):
                continue  # what spaces keeps for all clubs has pages of its own
            _check(loaded, scope, model)
            self._models[loaded.name, scope] = model
            self._parts[model, scope] = loaded.name

    def forget(self, part: str) -> None:
        """Take out what a part declared, when it turns out to be broken."""
        self._models = {key: model for key, model in self._models.items() if key[0] != part}
        self._parts = {key: name for key, name in self._parts.items() if name != part}

    def model(self, part: str, scope: Scope) -> type[PluginSettings] | None:
        """What a part declares in a scope, or None."""
        return self._models.get((part, scope))

    def for_operators(self, part: str) -> bool:
        """Whether an operator can choose something in a part: for the site, or what is the same in all clubs."""
        return any(self.model(part, scope) is not None for scope in ("site", "club"))

    def declared(self, scope: Scope) -> dict[str, type[PluginSettings]]:
        """Every declared model of a scope, by the name of its part."""
        return {part: model for (part, one), model in self._models.items() if one == scope}

    def part_of(self, model: type[PluginSettings], scope: Scope) -> str:
        """The part whose settings these are.

        Raises:
            PluginError: when no running part declares them in this scope.
        """
        part = self._parts.get((model, scope))
        if part is None:
            text = f"{model.__module__}.{model.__name__} is not the {NAMES[scope]} of a running plugin"
            raise PluginError(text, plugin=model.__module__)
        return part

    async def read(self, model: type[S], scope: Scope, owner: int) -> S:
        """The settings of the site, a club or a person; without a query when they were read before.

        Args:
            model: declared for the scope.
            scope: `site`, `club` or `member`.
            owner: the id; 0 for the site, and for somebody who is not signed in.
        """
        kept = self._kept.get((scope, owner))
        if kept is None or (self._alone and kept.until < time.monotonic()):
            kept = await self._load(scope, owner)
        made = kept.made.get(model)
        if made is None:
            part = self.part_of(model, scope)
            made = kept.made[model] = overlaid(model, kept.own.get(part, {}), kept.fixed.get(part, {}))
        return cast(S, made)

    def drop(self, scope: str, owner: int) -> None:
        """Forget what is known of one owner; of all clubs when the operator fixed something."""
        self._changes += 1
        if scope == FIXED:
            self._kept.clear()
        else:
            self._kept.pop((cast(Scope, scope), owner), None)

    async def tell(self, scope: str, owner: int) -> None:
        """Forget it here and in every other process; call it after the commit."""
        self.drop(scope, owner)
        await self._bus.publish(TOPIC, {"scope": scope, "owner": owner})

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Hear of changes in other processes until the block is left."""
        async with self._bus.subscribe(TOPIC) as messages:
            task = asyncio.create_task(self._follow(messages))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, messages: AsyncIterator[Message]) -> None:
        async for message in messages:
            if message.topic == GAP:
                self._changes += 1
                self._kept.clear()
            else:
                self.drop(str(message.data["scope"]), int(message.data["owner"]))

    async def _load(self, scope: Scope, owner: int) -> _Kept:
        """Every part's values of one owner, in one query. What changed meanwhile, or may be taken back, is not kept."""
        before = self._changes
        kept = _Kept({}, {}, time.monotonic() + BELIEVED)
        if owner or scope == "site":
            own = Q(scope=scope, owner_id=owner)
            for row in await Setting.filter(own | Q(scope=FIXED, owner_id=0) if scope == "club" else own):
                if row.scope == FIXED:
                    kept.fixed[row.part] = fixed_values(row.values)
                else:
                    kept.own[row.part] = row.values
        if self._changes == before and not in_atomic():
            self._kept[scope, owner] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept


def _check(loaded: LoadedPart, scope: Scope, model: Any) -> None:
    place = f"settings.py: {NAMES[scope]}"
    if not (isinstance(model, type) and issubclass(model, PluginSettings)):
        raise PluginError(f"{place} must be a class on top of cercle.PluginSettings", plugin=loaded.name)
    if scope == "club" and loaded.part.scope != "club":
        raise PluginError(f"{place} is for plugins that are switched per club", plugin=loaded.name)
    fields_of(model)
    missing = [name for name, info in model.model_fields.items() if info.is_required()]
    if missing:
        raise PluginError(f"{place}.{missing[0]} has no default", plugin=loaded.name)
    wrong = settled(model, model.model_construct().model_dump(mode="json"))[1]
    if wrong:
        name, why = next(iter(wrong.items()))
        raise PluginError(f"{place}.{name} refuses its own default: {why}", plugin=loaded.name)
