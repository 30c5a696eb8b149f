"""Solving the puzzle against robots as a browser does, and waiting without losing time."""

import html
import json
import re
import time

import httpx
from altcha import Challenge, Payload, solve_challenge

from core.accounts.services.secrets_box import seal, unseal


async def filled(client: httpx.AsyncClient, path: str, *, solve: bool = True, aged: float = 5) -> dict[str, str]:
    """The hidden fields of a page's form, as they come back.

    Args:
        client: of the visitor.
        path: of the page.
        solve: whether the browser solves the puzzle.
        aged: seconds that the page was open; 0 where the site runs in another process.
    """
    return answers((await client.get(path)).text, solve=solve, aged=aged)


def answers(page: str, *, solve: bool = True, aged: float = 5) -> dict[str, str]:
    """As `filled`, of a page that is there."""
    ticket = _value(page, r'name="_ticket" value="([^"]+)"')
    fields = {"_ticket": older(ticket, aged) if aged else ticket, "_solution": "", "_homepage": ""}
    if solve:
        challenge = Challenge.from_dict(json.loads(_value(page, r'data-puzzle="([^"]+)"')))
        solution = solve_challenge(challenge)
        assert solution is not None
        fields["_solution"] = Payload(challenge, solution).to_base64()
    return fields


def older(ticket: str, seconds: float) -> str:
    """The ticket of a page that was made earlier."""
    known = json.loads(unseal(ticket) or "{}")
    return seal(json.dumps({**known, "at": min(known["at"], time.time()) - seconds}))


def _value(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    assert found is not None
    return html.unescape(found.group(1))
