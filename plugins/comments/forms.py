"""What people and programs send: comments, changes of them, signs, and what holds for an item."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from cercle import N_, Input, Line, Text
from plugins.comments.models import AROUND, EXACT, LONGEST, SIGNS


def _known(sign: str) -> str:
    if sign not in SIGNS:
        raise ValueError(N_("There is no such sign."))
    return sign


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError(N_("Please write something."))
    return text


Body = Annotated[Text, StringConstraints(max_length=LONGEST), AfterValidator(_said)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Exact = Annotated[Line, StringConstraints(max_length=EXACT)]
Around = Annotated[Line, StringConstraints(max_length=AROUND)]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=40)]


class CommentInput(Input):
    """The form in which a comment is written."""

    body: Body
    reply_to: Number | None = None
    exact: Exact = ""
    prefix: Around = ""
    suffix: Around = ""


class EditInput(Input):
    """The form in which its author changes a comment; `version` is the one that they had before them."""

    body: Body
    version: Number


class SignInput(Input):
    """A sign, put or taken back."""

    sign: Annotated[Line, AfterValidator(_known)]


class ItemStateInput(Input):
    """What shall hold for all comments of an item."""

    state: Literal["open", "locked", "off"]


class Passage(BaseModel):
    """The words that a comment is about, and those around them, as the text quote selector of the W3C has them."""

    exact: Exact
    prefix: Around = ""
    suffix: Around = ""


class NewComment(Input):
    """A comment as a program writes it."""

    plugin: Name
    kind: Name
    item: Annotated[int, Field(ge=1, le=2**53)]
    body: Body
    reply_to: Number | None = None
    passage: Passage | None = None


class ChangedComment(Input):
    """A comment as a program changes it."""

    body: Body
