"""What people and programs send: a search to keep, and whether it is to tell of what is new."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from cercle import N_, Input, Line
from plugins.search.queries.asked import MAX_TEXT, understand
from plugins.search.queries.filters import Filters, read_filters

Short = Annotated[Line, Field(max_length=60)]


class SavedInput(Input):
    """A search to keep; `from` and `to` are days such as 2026-01-31."""

    query: Annotated[Line, Field(min_length=1, max_length=MAX_TEXT)]
    club: Short = ""
    plugin: Short = ""
    kind: Short = ""
    author: Short = ""
    since: Annotated[Short, Field(alias="from")] = ""
    until: Annotated[Short, Field(alias="to")] = ""
    tag: Short = ""
    alert: bool = False

    @field_validator("query")
    @classmethod
    def _finds(cls, value: str) -> str:
        if not understand(value).can_be_found:
            raise ValueError(N_("There must be a word to look for."))
        return value

    @property
    def filters(self) -> Filters:
        """What narrows it down."""
        return read_filters(self.model_dump(by_alias=True))


class AlertInput(Input):
    """Whether a saved search tells of what is new."""

    alert: bool = False
