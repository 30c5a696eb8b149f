"""Mentions on pages: `@handle` in a stored text becomes a person's name and a link when the page is sent.

Stored texts hold no more than what was typed. Whom a handle stands for, and whether this reader may know, is asked for each
page anew, in one query and only where somebody is mentioned; so a new name shows everywhere at once, and none outlives its
account or membership.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from markupsafe import Markup

MOST = 200
"""So many people of one page are named; what mentions others stays as it was typed."""

_MENTION = re.compile(r'<span class="mention">@([A-Za-z0-9-]{1,40})</span>')


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A person whom the reader may know: their name, and the path of a page about them."""

    name: str
    url: str


FindPeople = Callable[[Collection[str]], Awaitable[Mapping[str, Mentioned]]]
"""Answers whom handles stand for; a door gives one to requests whose viewer may see the people of the place."""


def mentioned_in(html: str) -> list[str]:
    """The handles that a stored HTML mentions, in lower case, each once, in their order."""
    return list(dict.fromkeys(handle.lower() for handle in _MENTION.findall(html)))


async def name_people(html: str, find: FindPeople) -> str:
    """Return a page with the people named whom it mentions.

    Args:
        html: the page.
        find: asked once, when there is somebody to ask for.
    """
    handles = mentioned_in(html)
    if not handles:
        return html
    people = await find(handles[:MOST])
    return _MENTION.sub(lambda match: _shown(match, people.get(match[1].lower())), html)


def _shown(match: re.Match[str], person: Mentioned | None) -> str:
    if person is None:
        return match[0]
    return Markup('<a class="mention" href="{}">@{}</a>').format(person.url, person.name)
