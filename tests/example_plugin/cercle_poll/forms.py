"""What people type."""

from typing import Annotated

from pydantic import Field, field_validator

from cercle import Input, Line, Text, gettext

Choice = Annotated[Line, Field(min_length=1, max_length=100)]


class PollInput(Input):
    """A new poll, with one answer on each line."""

    question: Annotated[Line, Field(min_length=1, max_length=200)]
    choices: Annotated[Text, Field(max_length=2000)]

    @field_validator("choices")
    @classmethod
    def _a_few(cls, value: str) -> str:
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if not 2 <= len(lines) <= 10:
            raise ValueError(gettext("Give two to ten answers, each on a line of its own."))
        if any(len(line) > 100 for line in lines):
            raise ValueError(gettext("An answer has at most 100 characters."))
        return "\n".join(lines)


class PollBody(Input):
    """A new poll, through the API."""

    question: Annotated[Line, Field(min_length=1, max_length=200)]
    choices: Annotated[list[Choice], Field(min_length=2, max_length=10)]


class VoteInput(Input):
    """A vote: the number of the answer, counted from 0."""

    choice: int
