"""What people and programs may send. One model for the form and for the API; anything else is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from cercle import N_, Input, Line, Text


def _answers(texts: list[str]) -> list[str]:
    """A form sends one text with a line for each answer, a program one text for each."""
    answers = [" ".join(line.split()) for text in texts for line in text.splitlines() if line.strip()]
    if not 2 <= len(answers) <= 10:
        raise ValueError(N_("Give two to ten answers, each on a line of its own."))
    if max(map(len, answers)) > 100:
        raise ValueError(N_("An answer has at most 100 characters."))
    if len({answer.casefold() for answer in answers}) < len(answers):
        raise ValueError(N_("Two answers are the same."))
    return answers


def _soon(day: date) -> date:
    today = datetime.now(UTC).date()
    if not today - timedelta(days=1) <= day <= today + timedelta(days=366):
        raise ValueError(N_("Choose a day within the next year."))
    return day


class PollInput(Input):
    """A new poll. `closes_on` is the last day on which it takes votes, where whoever asks lives."""

    question: Annotated[Line, Field(min_length=1, max_length=200)]
    answers: Annotated[list[Text], Field(max_length=20), AfterValidator(_answers)]
    several: bool = False
    named: bool = False
    closes_on: Annotated[date, AfterValidator(_soon)] | None = None

    def closes_at(self, zone: str) -> datetime | None:
        """The end of that day.

        Args:
            zone: the name of a time zone, as in `Viewer.timezone`.
        """
        return datetime.combine(self.closes_on, time(23, 59), ZoneInfo(zone)) if self.closes_on else None


class VoteInput(Input):
    """A vote: the numbers of the answers, counted from 0."""

    chosen: Annotated[list[int], Field(default_factory=list, max_length=10)]
