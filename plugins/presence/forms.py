"""What a page says with each sign of life."""

from typing import Literal

from cercle import Input


class Beat(Input):
    """What somebody does there."""

    doing: Literal["reading", "editing"] = "reading"
