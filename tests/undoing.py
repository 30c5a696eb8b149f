"""The button of a message that takes back what was just done: found as a browser finds it, and pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import httpx

_FORM = re.compile(r'<form class="toast-undo" method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(frozen=True, slots=True)
class Undo:
    """Where the button posts to, and what."""

    path: str
    fields: dict[str, str]

    async def press(self, client: httpx.AsyncClient) -> httpx.Response:
        """Press it as this person."""
        return await client.post(self.path, data=self.fields)


async def find_undo(client: httpx.AsyncClient, answer: httpx.Response) -> Undo | None:
    """The button on the page that an answer leads to."""
    assert answer.status_code == 303, answer.text
    page = await client.get(answer.headers["location"])
    assert page.status_code == 200
    found = _FORM.search(page.text)
    if found is None:
        return None
    fields = {unescape(name): unescape(value) for name, value in _FIELD.findall(found[2])}
    return Undo(unescape(found[1]), fields)


async def undo_of(client: httpx.AsyncClient, answer: httpx.Response) -> Undo:
    """The button that must be there."""
    undo = await find_undo(client, answer)
    assert undo is not None
    return undo
