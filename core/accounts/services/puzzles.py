"""Puzzles against robots, made and checked here without any other service (ALTCHA's proof of work, version 2).

A page carries a sealed ticket that says when it was made, and a puzzle that a browser solves in a Worker. Each ticket works once.
Who has no JavaScript waits instead; `core.accounts.views.puzzles` limits how often.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from altcha import Payload, create_challenge, verify_solution
from tortoise.exceptions import IntegrityError

from core import current
from core.accounts.models import SignInStep
from core.accounts.services.secrets_box import seal, unseal
from core.accounts.sessions import digest
from core.errors import Invalid
from core.i18n import gettext as _
from core.i18n import ngettext

LASTS = 3600  # seconds
SOONEST = 1.5  # seconds from the page to its answer, for people who type fast and browsers that fill in
PATIENCE = 20  # seconds, without a solution
ROUNDS = 5000  # of PBKDF2-HMAC-SHA-256 for one try: 1 ms here, some 4 ms on a cheap phone
FEWEST, MOST = 150, 350  # tries until a puzzle is solved; a phone's four cores need about a second at most
LONGEST = 4000  # characters of a ticket or a solution
PURPOSE = "puzzle"


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What a page carries.

    Args:
        ticket: sealed; comes back with the form.
        task: what the browser solves, as JSON.
    """

    ticket: str
    task: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A puzzle as it came back: `is_solved` says whether by work; otherwise its sender waited."""

    nonce: str
    is_solved: bool


def new_puzzle(use: str, ticket: str = "") -> Puzzle:
    """A puzzle for one page.

    Args:
        use: what the page is for; it serves no other.
        ticket: of the page that is shown again, so that its time goes on; ignored unless it is good.
    """
    known = _read(ticket, use)
    if known is None:
        known = {"use": use, "at": time.time(), "nonce": secrets.token_hex(16)}
        ticket = seal(json.dumps(known))
    task = create_challenge(
        "PBKDF2/SHA-256",
        ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        expires_at=int(known["at"]) + LASTS,
        data={"nonce": known["nonce"]},
        hmac_secret=_key("task"),
        hmac_key_secret=_key("answer"),
    )
    return Puzzle(ticket, json.dumps(task.to_dict()))


def check_answer(use: str, ticket: str, solution: str) -> Answer:
    """Whether an answer is good, without using it up.

    Args:
        use: what the page was for.
        ticket: as it came back.
        solution: as it came back, "" from browsers that did not solve the puzzle.

    Raises:
        Invalid: with what to do.
    """
    known = _read(ticket, use)
    if known is None:
        raise Invalid(_("This page was open for too long. Please send it once more."))
    passed = time.time() - known["at"]
    if solution and _is_solved(solution, known["nonce"]):
        if passed < SOONEST:
            raise Invalid(_("That was very fast. Please send it once more."))
        return Answer(known["nonce"], True)
    if passed < PATIENCE:
        wait = math.ceil(PATIENCE - passed)
        raise Invalid(
            ngettext(
                "Your browser did not solve the small puzzle against robots. Please wait %(num)s second, then send again.",
                "Your browser did not solve the small puzzle against robots. Please wait %(num)s seconds, then send again.",
                wait,
            )
        )
    return Answer(known["nonce"], False)


async def spend_answer(answer: Answer) -> None:
    """Use an answer up; of several at the same time one succeeds. Call it outside `atomic()`.

    Raises:
        Invalid: when it was used before.
    """
    now = datetime.now(UTC)
    try:
        await SignInStep.create(
            token_hash=digest(f"{PURPOSE}:{answer.nonce}"),
            purpose=PURPOSE,
            expires_at=now + timedelta(seconds=LASTS),
            used_at=now,
        )
    except IntegrityError:
        raise Invalid(_("This page was sent already. Please send it once more.")) from None


def _read(ticket: str, use: str) -> dict[str, Any] | None:
    """What a good ticket says; None when it is not ours, for something else, or too old."""
    plain = unseal(ticket) if ticket and ticket.isascii() and len(ticket) <= LONGEST else None
    known: dict[str, Any] = json.loads(plain) if plain and plain.startswith("{") else {}
    if known.get("use") != use or time.time() - known["at"] > LASTS:
        return None
    return known


def _is_solved(solution: str, nonce: str) -> bool:
    if len(solution) > LONGEST or not solution.isascii():
        return False
    try:
        payload = Payload.from_base64(solution)
        data = payload.challenge.parameters.data
        if not isinstance(data, dict) or data.get("nonce") != nonce:
            return False
        return verify_solution(payload, _key("task"), hmac_key_secret=_key("answer")).verified
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _key(use: str) -> bytes:
    return hashlib.sha256(f"cercle puzzle {use}\0{current.app().settings.secret_key}".encode()).digest()
