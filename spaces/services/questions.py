"""The questions that a club asks of whoever wants to join, and the answers that stand in a request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core import audit
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext
from spaces.models import Club
from spaces.services.actors import Actor, asker

MOST = 5
LENGTH = 200
ANSWER_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        text: at most 200 characters.
        required: whether nobody can ask to join without an answer.
    """

    text: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, with the question as it was then."""

    question: str
    text: str


def read_questions(stored: str) -> tuple[Question, ...]:
    """The questions of `Club.questions`; what cannot be understood is left out."""
    found = [
        Question(one["text"][:LENGTH], one.get("required") is True)
        for one in _listed(stored)
        if isinstance(one.get("text"), str) and one["text"]
    ]
    return tuple(found[:MOST])


def read_answers(stored: str) -> tuple[Answer, ...]:
    """The answers of `JoinRequest.answers`."""
    return tuple(
        Answer(one["question"], one["answer"])
        for one in _listed(stored)
        if isinstance(one.get("question"), str) and isinstance(one.get("answer"), str)
    )


def mark_of(questions: Sequence[Question]) -> str:
    """A short word that is another one when the questions are others, "" for none."""
    return hashlib.sha256(_stored(questions).encode()).hexdigest()[:16] if questions else ""


def checked_answers(questions: Sequence[Question], texts: Sequence[str]) -> str:
    """The answers as `JoinRequest.answers` stores them.

    Args:
        questions: the club's.
        texts: an answer to each, in their order; "" for none, as are those that are missing at the end.

    Raises:
        Invalid: naming `answer-0` … for a required answer that is missing and one above 1,000 characters.
    """
    given = [text.strip() for text in texts[: len(questions)]]
    given += [""] * (len(questions) - len(given))
    errors: dict[str, list[str]] = {}
    for number, (question, text) in enumerate(zip(questions, given, strict=True)):
        if question.required and not text:
            errors[f"answer-{number}"] = [gettext("Please answer this question.")]
        elif len(text) > ANSWER_LENGTH:
            errors[f"answer-{number}"] = [
                gettext("At most %(max_length)s characters, please.", max_length=ANSWER_LENGTH)
            ]
    if errors:
        raise Invalid(errors=errors)
    facts = [{"question": q.text, "answer": text} for q, text in zip(questions, given, strict=True) if text]
    return json.dumps(facts, ensure_ascii=False) if facts else ""


async def set_questions(club: Club, questions: Sequence[Question], *, actor: Actor | None) -> None:
    """Ask these questions of whoever wants to join from now on. Requests that wait keep the answers that they have.

    Args:
        club: the club; answered with its new questions.
        questions: at most five; those without words are left out.
        actor: who does it.

    Raises:
        Invalid: for more than five, or one above 200 characters, naming `text-0` ….
    """
    kept = [Question(" ".join(one.text.split()), one.required) for one in questions if one.text.strip()]
    long = {
        f"text-{number}": [gettext("At most %(max_length)s characters, please.", max_length=LENGTH)]
        for number, one in enumerate(questions)
        if len(" ".join(one.text.split())) > LENGTH
    }
    if long:
        raise Invalid(errors=long)
    if len(kept) > MOST:
        raise Invalid(gettext("At most %(most)s questions, please.", most=MOST))
    async with atomic():
        before = (await Club.get(id=club.id).only("id", "questions")).questions
        after = _stored(kept) if kept else ""
        if before != after:
            await Club.filter(id=club.id).update(questions=after)
            await audit.record(
                "spaces.questions_set",
                actor=asker(actor),
                subject=club.slug,
                club_id=club.id,
                before={"questions": _listed(before)},
                after={"questions": _listed(after)},
            )
    club.questions = after


def _stored(questions: Sequence[Question]) -> str:
    return json.dumps([{"text": one.text, "required": one.required} for one in questions], ensure_ascii=False)


def _listed(stored: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(stored or "[]")
    except ValueError:
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
