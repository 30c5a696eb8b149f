"""Places in a list of posts, as cursors carry them."""

from __future__ import annotations

from datetime import datetime

from cercle import Invalid, Request, gettext, read_cursor


def place_of(request: Request) -> tuple[datetime, int] | None:
    """The `published_at` and id of the post after which the wanted page begins; None for the first page.

    Raises:
        Invalid: when the cursor was not made by this list.
    """
    values = read_cursor(request, 2)
    if values is None:
        return None
    try:
        moment, number = datetime.fromisoformat(values[0]), int(values[1])
    except ValueError:
        moment, number = None, 0
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 2200 or not 0 < number < 2**31:
        raise Invalid(gettext("after must be the value of next from the page before."), field="after")
    return moment, number
