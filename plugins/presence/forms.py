"""What a page says with each sign of life, and when it is left."""

from typing import Annotated, Literal

from pydantic import Field

from cercle import Input

Visit = Annotated[str, Field(max_length=20, pattern="^[a-z0-9]*$")]


class Beat(Input):
    """What somebody does there.

    Args:
        doing: what.
        visit: in which of their tabs; one that was left is not heard any more.
    """

    doing: Literal["reading", "editing"] = "reading"
    visit: Visit = ""


class Absence(Input):
    """Somebody has left.

    Args:
        visit: in which of their tabs; "" for all.
    """

    visit: Visit = ""
