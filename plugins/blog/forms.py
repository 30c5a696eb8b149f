"""What people and scripts send: posts, their publication, their covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from cercle import MAX_SOURCE, N_, Input, Invalid, Line, Text, gettext
from plugins.blog.services.drafts import Draft
from plugins.blog.services.names import parse_tags
from plugins.blog.services.occasions import Occasion
from plugins.blog.services.publication import Plan


def _with_zone(value: datetime) -> datetime:
    try:
        value.astimezone(UTC)
    except OverflowError:
        raise ValueError(N_("Please enter a date and a time.")) from None
    if value.tzinfo is None:
        raise ValueError(N_("Give the time zone too, as in 2030-05-01T09:00:00+02:00."))
    return value


Title = Annotated[Line, StringConstraints(min_length=1, max_length=200)]
Summary = Annotated[Line, StringConstraints(max_length=400)]
Body = Annotated[Text, StringConstraints(max_length=MAX_SOURCE)]
Address = Annotated[Line, StringConstraints(max_length=100)]
Moment = Annotated[datetime, AfterValidator(_with_zone)]
Audience = Literal["club", "site", "public"]
Place = Annotated[Line, StringConstraints(max_length=200)]


class PostInput(Input):
    """The form in which a post is written. `version` and `known_date` are those that the writer had before them; `starts_at`
    and `ends_at` are in their time zone.
    """

    title: Title
    summary: Summary = ""
    body: Body = ""
    tags: Annotated[Line, StringConstraints(max_length=500)] = ""
    address: Address = ""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] = 1
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: Place = ""
    known_date: Annotated[Line, StringConstraints(max_length=64)] = Occasion().mark
    then: Literal["show", "publish"] = "show"

    def draft(self, zone: str, present: Occasion | None = None) -> Draft:
        """What the post shall say.

        Args:
            zone: the name of the time zone in which the moments are meant.
            present: what the post invites to as yet.

        Raises:
            Invalid: for tags that cannot be, and for a moment that does not exist there.
        """
        present = present or Occasion()
        start = _kept_moment("starts_at", self.starts_at, zone, present.starts_at)
        end = _kept_moment("ends_at", self.ends_at, zone, present.ends_at)
        tags, occasion = parse_tags(self.tags.split(",")), Occasion(start, end, self.place)
        return Draft(self.title, self.body, self.summary, tags, occasion, self.known_date)


class PublicationInput(Input):
    """The form that says when a post is out, and for whom. `publish_at` is in the member's time zone."""

    audience: Audience = "club"
    moment: Literal["now", "later"] = "now"
    publish_at: datetime | None = None

    def plan(self, zone: str, present: datetime | None = None) -> Plan:
        """The plan for a post.

        Args:
            zone: the name of the time zone in which the moment is meant.
            present: the moment for which the post is scheduled already.

        Raises:
            Invalid: for a moment that does not exist there, or a new one together with `now`.
        """
        moment = local_moment(self.publish_at, zone) if self.publish_at else None
        if self.moment == "later":
            return Plan("scheduled", self.audience, moment)
        if moment is not None and (present is None or moment != present.replace(second=0, microsecond=0)):
            text = gettext("You gave a moment, but chose to publish now. Choose “Later”, or remove the moment.")
            raise Invalid(text, field="publish_at")
        return Plan("published", self.audience)


class PreviewInput(Input):
    """A text to be shown as it will look; what else the form of a post holds does not matter."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    body: Body = ""


class CoverInput(Input):
    """What a cover shows, in words."""

    alt: Annotated[Line, StringConstraints(max_length=200)] = ""


class NewPost(Input):
    """A post as a script writes it."""

    title: Title
    body: Body = ""
    summary: Summary = ""
    tags: Annotated[
        list[Annotated[Line, StringConstraints(max_length=100)]], Field(default_factory=list, max_length=50)
    ]
    state: Literal["draft", "scheduled", "published"] = "draft"
    audience: Audience = "club"
    publish_at: Moment | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    place: Place = ""

    def draft(self) -> Draft:
        """What the post shall say."""
        occasion = Occasion(self.starts_at, self.ends_at, self.place)
        return Draft(self.title, self.body, self.summary, parse_tags(self.tags), occasion)

    def plan(self) -> Plan:
        """When it shall be out, and for whom."""
        return Plan(self.state, self.audience, self.publish_at)


class ChangedPost(Input):
    """A post as a script changes it; what is left out stays as it is."""

    title: Title | None = None
    body: Body | None = None
    summary: Summary | None = None
    tags: Annotated[list[Annotated[Line, StringConstraints(max_length=100)]], Field(max_length=50)] | None = None
    state: Literal["draft", "scheduled", "published"] | None = None
    audience: Audience | None = None
    publish_at: Moment | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    place: Place | None = None

    def draft(self, before: Draft) -> Draft:
        """What the post shall say, from what it says."""
        return Draft(
            title=before.title if self.title is None else self.title,
            body=before.body if self.body is None else self.body,
            summary=before.summary if self.summary is None else self.summary,
            tags=before.tags if self.tags is None else parse_tags(self.tags),
            occasion=self._occasion(before.occasion or Occasion()),
        )

    def _occasion(self, before: Occasion) -> Occasion:
        """What it shall invite to; `null` as its beginning takes the rest away too, `null` elsewhere that alone."""
        names = {"starts_at", "ends_at", "place"} & self.model_fields_set
        sent = {name: getattr(self, name) for name in names}
        if "place" in sent:
            sent["place"] = self.place or ""
        start = Occasion() if "starts_at" in sent and self.starts_at is None else before
        return replace(start, **sent)

    def plan(self) -> Plan | None:
        """The new state and audience; None when neither changes."""
        if self.state is None and self.audience is None and self.publish_at is None:
            return None
        state = self.state or ("scheduled" if self.publish_at else None)
        return Plan(state, self.audience, self.publish_at)


def as_typed(moment: datetime | None, zone: str) -> str:
    """A moment as a browser shows it in a field of this time zone; "" for none."""
    return moment.astimezone(zone_of(zone)).strftime("%Y-%m-%dT%H:%M") if moment else ""


def _kept_moment(name: str, typed: datetime | None, zone: str, present: datetime | None) -> datetime | None:
    """The moment that is typed; the present one where the field shows that, also when it is in an hour that comes twice."""
    if typed is None or (present and typed.isoformat(timespec="minutes") == as_typed(present, zone)):
        return present if typed else None
    return local_moment(typed, zone, field=name)


def local_moment(moment: datetime, zone: str, *, field: str = "publish_at") -> datetime:
    """A moment as a clock on the wall of this time zone shows it; of an hour that comes twice, the first.

    Args:
        moment: without a time zone, as a browser sends it; one with a zone stays.
        zone: an IANA name; UTC counts where there is none of this name.
        field: of which the moment is, for what is wrong with it.

    Raises:
        Invalid: when the clocks go forward over this moment, or it is beyond any calendar.
    """
    if not 2000 <= moment.year <= 2200:
        raise Invalid(gettext("Please enter a date and a time."), field=field)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    known = zone_of(zone)
    found = moment.replace(tzinfo=known).astimezone(UTC)
    if found.astimezone(known).replace(tzinfo=None) != moment:
        text = gettext("This time does not exist on that day: the clocks go forward. Choose another hour.")
        raise Invalid(text, field=field)
    return found


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name, or UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
