"""A value from the database that every page needs: each process keeps it, and reads it anew when it has changed.

The bus tells of changes. Where no bus reaches, as from a command at the terminal, a look every few seconds does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from tortoise.exceptions import BaseORMException

from core.bus import Bus

logger = logging.getLogger("cercle")

LOOK = 3.0  # seconds between two looks
V = TypeVar("V")


class Followed(Generic[V]):
    """One value.

    Args:
        bus: of the application.
        topic: on which changes are told.
        value: until it is read for the first time.
    """

    def __init__(self, bus: Bus, topic: str, value: V) -> None:
        self.value = value
        self._bus = bus
        self._topic = topic
        self._read: Callable[[], Awaitable[V]] | None = None

    def read_by(self, read: Callable[[], Awaitable[V]]) -> None:
        """Say how it is read."""
        self._read = read

    async def refresh(self) -> None:
        """Read it now."""
        if self._read is not None:
            self.value = await self._read()

    async def tell(self) -> None:
        """Read it here, and let every other process read it; call it after the commit."""
        await self.refresh()
        await self._bus.publish(self._topic, {})

    @asynccontextmanager
    async def following(self, look: float = LOOK) -> AsyncIterator[None]:
        """Keep it as it is in the database until the block is left.

        Args:
            look: seconds between two looks without word from the bus.
        """
        await self.refresh()
        async with self._bus.subscribe(self._topic) as messages:
            tasks = (asyncio.create_task(self._listen(messages)), asyncio.create_task(self._look(look)))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, messages: AsyncIterator[object]) -> None:
        async for _ in messages:  # also after a gap, in which a change may have been missed
            await self._try()

    async def _look(self, look: float) -> None:
        while True:
            await asyncio.sleep(look)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.refresh()
        except (BaseORMException, OSError, TimeoutError) as error:
            logger.warning("%s could not be read and stays as it was: %s", self._topic, error)
