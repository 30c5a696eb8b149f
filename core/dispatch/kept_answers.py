"""Answers to hooks that follow from nothing but the plugins that are asked, their settings for the site, and the language.

They are kept, so that a page pays for them once, and dropped when the bus tells of a change of settings, or when a plugin is
taken out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.bus import Bus
from core.i18n import language

TOPIC = "core:plugin_settings"  # on which `core.plugin_settings.book` tells of changes
SCOPES = ("site", "fixed")
ROOM = 1000  # sets of answers
BELIEVED = 60.0  # seconds, for changes of which the bus brings no word, such as those of a command at the terminal

Question = tuple[str, frozenset[str] | None, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one plugin answered to a hook."""

    plugin: str
    value: Any


class KeptAnswers:
    """The answers that one process keeps."""

    def __init__(self) -> None:
        self._kept: dict[Question, tuple[tuple[Answer, ...], float]] = {}
        self.edition = 0

    def question(self, hook: str, plugins: Collection[str] | None) -> Question:
        """Under what the answers of these plugins are kept, in the language at hand."""
        return hook, None if plugins is None else frozenset(plugins), language()

    def get(self, question: Question) -> list[Answer] | None:
        """The answers, or None when they have to be asked for."""
        answers, until = self._kept.get(question, ((), 0.0))
        return list(answers) if until > time.monotonic() else None

    def put(self, question: Question, answers: Sequence[Answer], edition: int) -> None:
        """Keep answers, unless something changed since.

        Args:
            question: as it was asked.
            answers: of all who were asked, without a fault.
            edition: what `edition` was before.
        """
        if edition != self.edition:
            return
        if len(self._kept) >= ROOM:
            self._kept.clear()
        self._kept[question] = tuple(answers), time.monotonic() + BELIEVED

    def drop(self) -> None:
        """Ask everybody anew."""
        self.edition += 1
        self._kept.clear()

    @asynccontextmanager
    async def following(self, bus: Bus) -> AsyncIterator[None]:
        """Hear of changes, in this process and in others, until the block is left."""
        async with bus.subscribe(TOPIC) as messages:

            async def follow() -> None:
                async for message in messages:  # also after a gap, in which a change may have been missed
                    if message.data.get("scope", "site") in SCOPES:
                        self.drop()

            task = asyncio.create_task(follow())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
