"""What people and programs may send."""

from typing import Annotated

from pydantic import Field

from cercle import Input, Line, Text


class NoteInput(Input):
    """A new note."""

    title: Annotated[Line, Field(min_length=1, max_length=120)]
    body: Annotated[Text, Field(min_length=1, max_length=20_000)]
