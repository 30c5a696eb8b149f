"""What a post invites to: when it begins, when it ends, and where; as somebody wants it to be, and as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cercle import Invalid, etag_of, gettext, time_span
from plugins.blog.models import Post
from plugins.blog.queries.dates import LONGEST


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a post invites to; without a beginning it invites to nothing.

    Args:
        starts_at: with a time zone; seconds do not count.
        ends_at: likewise; None when nobody says.
        place: a text, or an address that begins with `https://`.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""

    @property
    def words(self) -> str:
        """When and where, in the reader's language and time zone."""
        if self.starts_at is None:
            return gettext("No date")
        return " · ".join(word for word in (time_span(self.starts_at, self.ends_at), self.place) if word)

    @property
    def mark(self) -> str:
        """A short text that is another one for every other occasion."""
        moments = (moment and moment.astimezone(UTC) for moment in (self.starts_at, self.ends_at))
        return etag_of(*moments, self.place)


def occasion_of(post: Post) -> Occasion:
    """What a post invites to now."""
    return Occasion(post.starts_at, post.ends_at, post.place)


def checked(occasion: Occasion) -> Occasion:
    """The same to the minute, in UTC.

    Raises:
        Invalid: naming each field that cannot be.
    """
    found = Occasion(_minute(occasion.starts_at), _minute(occasion.ends_at), occasion.place)
    if errors := _errors(found):
        raise Invalid(errors={name: [text] for name, text in errors.items()})
    return found


def _minute(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(second=0, microsecond=0) if moment else None


def _errors(occasion: Occasion) -> dict[str, str]:
    start, end = occasion.starts_at, occasion.ends_at
    if start is None:
        return {"starts_at": gettext("When does it begin?")} if end or occasion.place else {}
    for name, moment in (("starts_at", start), ("ends_at", end)):
        if moment and not 2000 <= moment.year <= 2200:
            return {name: gettext("Please enter a date and a time.")}
    if end and end <= start:
        return {"ends_at": gettext("It must end after it begins.")}
    if end and end - start > LONGEST:
        return {"ends_at": gettext("Please choose an end within a year of the beginning.")}
    return {}
