"""What people and programs may send to the wiki."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from cercle import MAX_SOURCE, N_, Input, Line, Text

MAX_TITLE = 200
MAX_MESSAGE = 200
_MARKER = re.compile(r"^(<<<<<<< |>>>>>>> )", re.MULTILINE)


def _within_limit(value: str) -> str:
    if len(value.encode()) > MAX_SOURCE:
        raise ValueError(N_("The text is too long. At most 256 KiB are possible; make two pages of it."))
    return value


Title = Annotated[Line, Field(min_length=1, max_length=MAX_TITLE)]
Body = Annotated[Text, AfterValidator(_within_limit)]
Message = Annotated[Line, Field(max_length=MAX_MESSAGE)]
Slug = Annotated[Line, Field(max_length=120)]


class NewPageInput(Input):
    """A new page."""

    title: Title
    body: Body = ""
    message: Message = ""
    parent: Slug = ""
    home: bool = False


class PageInput(Input):
    """A new version of a page. `resolving` says that it answers to a conflict, so that no marker is left by mistake."""

    title: Title
    body: Body = ""
    message: Message = ""
    version: int = Field(ge=1)
    resolving: bool = False

    @model_validator(mode="after")
    def _without_markers(self) -> PageInput:
        if self.resolving and _MARKER.search(self.body):
            raise ValueError(N_("Some places are still marked with <<<<<<< and >>>>>>>. Decide there, then save."))
        return self


class NameInput(Input):
    """Another title."""

    title: Title


class PlaceInput(Input):
    """Another place in the tree; position 0 is the last."""

    parent: Slug = ""
    position: int = Field(default=0, ge=0, le=100_000)


class ReturnInput(Input):
    """A page comes out of the trash: its place among its neighbours, 0 for the last, and which pages stood below it."""

    position: int = Field(default=0, ge=0, le=100_000)
    below: Annotated[str, Field(max_length=1000, pattern=r"^([0-9]{1,15}(,[0-9]{1,15})*)?$")] = ""

    @property
    def children(self) -> list[int]:
        """The ids of the pages that stood below it."""
        return [int(id) for id in self.below.split(",") if id]


class NewPageBody(Input):
    """A new page, through the API; `parent` is the slug of the page above it."""

    title: Title
    body: Body = ""
    parent: Slug | None = None
    message: Message = ""


class PageBody(Input):
    """A new version of a page, through the API. What is left out stays as it is."""

    title: Title | None = None
    body: Body | None = None
    parent: Slug | None = None
    message: Message = ""
