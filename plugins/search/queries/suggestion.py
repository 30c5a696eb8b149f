"""What somebody may have meant where nothing was found: words one letter away, or like one in a title, that this viewer can find.

A word is offered only when a search for it, under the condition of all lists, finds something; so it tells of nothing hidden.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches

from cercle import Viewer, fold, visible_to
from plugins.search.index import index_here
from plugins.search.index.terms import words_of
from plugins.search.queries.asked import MAX_TEXT, Asked, understand
from plugins.search.queries.filters import Filters
from plugins.search.queries.results import has_any

SHORTEST, LONGEST = 4, 24
_TRIED = 8  # candidates for one word that are looked up
_WORDS = 3  # words of one search that are looked at
_TITLES = 1000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


async def suggestion(viewer: Viewer, typed: str, asked: Asked, filters: Filters) -> str:
    """The search with another spelling, for which there is something; "" where there is none.

    Args:
        viewer: who looks.
        typed: what they typed, of which nothing was found.
        asked: the same, understood.
        filters: what narrows it down.
    """
    better = typed[:MAX_TEXT]
    titles: list[str] | None = None
    for group in [one for one in asked.groups if SHORTEST <= len(one.word) <= LONGEST and one.word.isalpha()][:_WORDS]:
        if await has_any(viewer, understand(group.word), filters):
            continue
        titles = await _words_of_titles(viewer) if titles is None else titles
        word = await _like(viewer, group.word, filters, titles)
        better = _replaced(better, group.word, word) if word else better
    changed = better != typed[:MAX_TEXT]
    return better if changed and await has_any(viewer, understand(better), filters) else ""


async def _like(viewer: Viewer, word: str, filters: Filters, titles: list[str]) -> str:
    near = await index_here().known_words(sorted(_one_letter_away(word)))
    candidates = {*near, *get_close_matches(word, titles, n=_TRIED, cutoff=0.75)} - {word}
    for candidate in sorted(candidates, key=lambda one: (-_likeness(word, one), one))[:_TRIED]:
        if await has_any(viewer, understand(f'"{candidate}"'), filters):
            return candidate
    return ""


async def _words_of_titles(viewer: Viewer) -> list[str]:
    titles = await visible_to(viewer).order_by("-updated_at").limit(_TITLES).values_list("title", flat=True)
    return sorted({word for title in titles for word in words_of(fold(str(title))) if len(word) >= SHORTEST})


def _one_letter_away(word: str) -> set[str]:
    """All that one slip of the fingers makes of a word: a letter left out, put in, taken for another, or two changed round."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    made = {left + right[1:] for left, right in cuts if right}
    made |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    made |= {left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS}
    made |= {left + letter + right for left, right in cuts for letter in _LETTERS}
    return {one for one in made if len(one) >= SHORTEST - 1} - {word}


def _likeness(word: str, other: str) -> float:
    return SequenceMatcher(None, word, other).ratio() + (0.1 if word[:1] == other[:1] else 0)


def _replaced(typed: str, word: str, better: str) -> str:
    """The typed text with a word in another spelling; accents and capitals of the old one are gone."""
    return re.sub(r"[^\W_]+", lambda found: better if fold(found[0]) == word else found[0], typed)
