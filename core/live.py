"""Live pages: one stream of server-sent events for each page that is open (HTML Standard, 9.2), fed by the bus.

An event says that there is something new about a topic and never what it is: the page asks for it, through the same door as
before. Rights are asked when a page begins to listen and again before each event, of the session as it is then, so that nothing
reaches somebody whose access has ended.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from core.bus import GAP, Bus
from core.errors import CercleError, TooMany
from core.i18n import gettext

if TYPE_CHECKING:
    from core.http import Request

MOST_TOPICS = 8
MOST_STREAMS = 20
"""So many pages of one person listen at once, in one process."""
PING = 20  # seconds between two signs of life, so that proxies keep the line
RETRY = 3_000  # milliseconds until a browser comes back whose line broke

FindTopic = Callable[["Request", str], Awaitable[str | None]]
"""Answers the topic of the bus for what a page asks to hear of, None where its viewer may not."""


class Live:
    """What pages may listen to.

    Args:
        bus: of the application.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._kinds: dict[str, FindTopic] = {}
        self._open = Counter[int | None]()

    def provide(self, kind: str, find: FindTopic) -> None:
        """Say who may hear of a kind of topic: `item` in `item:wiki/page/12`.

        Args:
            kind: what stands before the colon.
            find: is given the request, whose viewer is fresh, and what stands after the colon.
        """
        self._kinds[kind] = find

    async def tell(self, topic: str, what: str) -> None:
        """Let everybody who listens know that there is something new; call it after the commit.

        Args:
            topic: of the bus, as `find` answers it.
            what: a word of the part that tells, such as `comments`; pages hear it as the event `live-comments`.
        """
        await self._bus.publish(_on_bus(topic), {"what": what})

    async def topics(self, request: Request, asked: Iterable[str]) -> dict[str, str]:
        """The topics of the bus, and under which words the page knows them; without those that the viewer may not hear of."""
        found = dict[str, str]()
        for words in list(dict.fromkeys(asked))[:MOST_TOPICS]:
            kind, _, about = words.partition(":")
            find = self._kinds.get(kind)
            topic = await find(request, about[:200]) if find else None
            if topic is not None:
                found[_on_bus(topic)] = words
        return found

    async def listen(self, request: Request, topics: Mapping[str, str]) -> AsyncIterator[ServerSentEvent]:
        """The events of these topics, until one of them is not the viewer's any more."""
        with self._seat(request.viewer.id):
            async with self._bus.subscribe(*topics) as messages:
                yield ServerSentEvent(event="open", data="", retry=RETRY)
                async for message in messages:
                    if not await self._may_still(request, topics, message.topic):
                        return
                    words = list(topics.values()) if message.topic == GAP else [topics[message.topic]]
                    yield ServerSentEvent(event="news", data=json.dumps({"on": words, **message.data}))

    async def _may_still(self, request: Request, topics: Mapping[str, str], topic: str) -> bool:
        asked = topics.values() if topic == GAP else [topics[topic]]
        try:
            request.viewer = await request.app.load_viewer(request)
            found = await self.topics(request, asked)
        except CercleError:
            return False
        return set(asked) <= set(found.values())

    @contextmanager
    def _seat(self, user_id: int | None) -> Iterator[None]:
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1

    def refuse_more(self, user_id: int | None) -> None:
        """Refuse another stream where somebody has very many open.

        Raises:
            TooMany: 429.
        """
        if self._open[user_id] >= MOST_STREAMS:
            raise TooMany(gettext("Too many pages of yours are open at once. Close some of them."), retry_after=60)


async def my_topic(request: Request, about: str) -> str | None:
    """What concerns the viewer alone: `me:`."""
    return f"me:{request.viewer.id}" if request.viewer.is_authenticated and not about else None


async def stream(request: Request) -> Response:
    """The stream of a page, for the topics that it names with `on`; 204, after which browsers do not come back, without any."""
    live = request.app.live
    topics = await live.topics(request, request.query_params.getlist("on"))
    if not topics:
        return Response(status_code=204)
    live.refuse_more(request.viewer.id)
    headers = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(live.listen(request, topics), ping=PING, headers=headers)


def _on_bus(topic: str) -> str:
    return f"live:{topic}"
