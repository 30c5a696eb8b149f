"""What people send: one input model per action, for pages and API alike."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from core.errors import Invalid
from core.forms import Input, Line, StringConstraints, Text
from core.i18n import gettext

Visibility = Literal["public", "listed", "hidden"]
JoinPolicy = Literal["open", "request", "invite"]
Role = Annotated[
    Line,
    StringConstraints(
        max_length=30, pattern=r"^(owner|moderator|member|guest|(moderator|member|guest)\.[a-z0-9]{1,16})$"
    ),
]
"""A built-in role of members, or one that the club made; whether it did, the service asks."""
State = Literal["on", "read_only", "off"]
Name = Annotated[Line, StringConstraints(min_length=1, max_length=80)]
Purpose = Annotated[Line, StringConstraints(max_length=300)]
Kind = Annotated[Line, StringConstraints(min_length=1, max_length=20)]
Accent = Annotated[Line, StringConstraints(max_length=12)]
Slug = Annotated[Line, StringConstraints(min_length=1, max_length=50, to_lower=True)]
PluginName = Annotated[Line, StringConstraints(max_length=40)]
Email = Annotated[Line, StringConstraints(min_length=3, max_length=254)]
Note = Annotated[Text, StringConstraints(max_length=1000)]
Landing = Annotated[Line, StringConstraints(max_length=500)]
MemberDays = Annotated[int, Field(ge=1, le=3650)] | None  # None for good


class ClubInput(Input):
    """Founding a club."""

    name: Name
    kind: Kind
    visibility: Visibility = "listed"
    join_policy: JoinPolicy = "request"
    purpose: Purpose = ""
    accent: Accent = "teal"
    plugins: list[PluginName] | None = Field(default=None, max_length=100)


class FoundingInput(ClubInput):
    """The same on its page: `offered` are the plugins that could be ticked there, `plugins` those that are; `after` is the
    address of the club that this one is founded after, "" for none.
    """

    plugins: list[PluginName] = Field(default=[], max_length=100)
    offered: list[PluginName] = Field(default=[], max_length=100)
    after: str = Field(default="", max_length=60)


class ClubSettingsInput(Input):
    """What a club says of itself."""

    name: Name
    purpose: Purpose = ""
    accent: Accent
    visibility: Visibility
    join_policy: JoinPolicy


class AddressInput(Input):
    """The word in a club's address."""

    slug: Slug


class FactorsInput(Input):
    """Whether members need a second factor."""

    needed: bool = False


class ClubPatch(Input):
    """The same through the API: what is left out stays."""

    name: Name | None = None
    kind: Kind | None = None
    visibility: Visibility | None = None
    join_policy: JoinPolicy | None = None
    purpose: Purpose | None = None
    accent: Accent | None = None
    slug: Slug | None = None


class ThemeInput(Input):
    """Which theme."""

    theme: Annotated[Line, StringConstraints(min_length=1, max_length=41)]


class JoinInput(Input):
    """Asking to join.

    Args:
        message: a few words.
        answer: to each of the club's questions, in their order.
        seen: what the page asked, as `spaces.services.questions.mark_of` calls it.
    """

    message: Note = ""
    answer: list[Note] = Field(default=[], max_length=5)
    seen: Annotated[Line, StringConstraints(max_length=16)] = ""


class RoleInput(Input):
    """Another role for a member."""

    role: Role


class PlaceInput(Input):
    """Where one of my clubs goes among the others: a step up or down, or before all of them."""

    club: Annotated[Line, StringConstraints(max_length=60)]
    place: Literal["first", "up", "down"]


class MuteInput(Input):
    """One of my clubs that is to be quiet, or not any more."""

    club: Annotated[Line, StringConstraints(max_length=60)]


class PinnedNoteInput(Input):
    """The note on a club's home, as Markdown, "" for none; `seen` is the state of the one that the page showed."""

    note: Annotated[Text, StringConstraints(max_length=2000)] = ""
    seen: Annotated[Line, StringConstraints(max_length=64)]


class SlipInput(Input):
    """The slip that brings a membership back."""

    slip: Annotated[Line, StringConstraints(max_length=1000)]


class MemberInput(Input):
    """A new member by address."""

    email: Email
    role: Role = "member"


class MailInvitationInput(Input):
    """An invitation to one address."""

    email: Email
    role: Role = "member"
    note: Note = ""
    landing: Landing = ""
    member_days: MemberDays = None


class LinkInvitationInput(Input):
    """A link for several people, or with `unlimited` for as many as come."""

    role: Role = "member"
    uses: int = Field(default=10, ge=1, le=500)
    unlimited: bool = False
    days: int = Field(default=14, ge=1, le=90)
    landing: Landing = ""
    member_days: MemberDays = None


class NewAccountInput(Input):
    """An account made with an invitation; the address is the invitation's own where it was sent by mail."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=120)]
    email: Annotated[Line, StringConstraints(max_length=254)] = ""
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


class SwitchInput(Input):
    """The state of a plugin."""

    state: State


Place = Annotated[Line, StringConstraints(max_length=40)]
TabLabel = Annotated[Line, StringConstraints(max_length=40)]


class TabsInput(Input):
    """The tabs of a club as a whole, in their order, and where people are led who open it.

    Args:
        place: the name of each tab's plugin.
        label: what each is called, "" for its own title.
        hidden: the names of those without a tab.
        landing, visitor_landing: the place where members, and others, are led; "" for the home.
        move: the name of a tab and `up` or `down`, where it is moved on the way.
        seen: what the page showed, as the club's state was called there.
    """

    place: list[Place] = Field(default=[], max_length=100)
    label: list[TabLabel] = Field(default=[], max_length=100)
    hidden: list[Place] = Field(default=[], max_length=100)
    landing: Place = ""
    visitor_landing: Place | None = None
    move: Annotated[Line, StringConstraints(max_length=60)] = ""
    seen: Annotated[Line, StringConstraints(max_length=64)]


class TabsReturnInput(Input):
    """The tabs as they were before, or as they usually are.

    Args:
        tabs: as `spaces.tabs` writes them.
        seen: as in `TabsInput`.
    """

    tabs: Annotated[str, StringConstraints(max_length=8000)] = ""
    landing: Place = ""
    visitor_landing: Place = ""
    seen: Annotated[Line, StringConstraints(max_length=64)]


class YearInput(Input):
    """The plugins of a club that are opened again after its year was closed."""

    plugins: Annotated[Line, StringConstraints(max_length=2000)]


class EraseInput(Input):
    """Erasing what a plugin keeps in a club: the club's name, typed once more; and whether no export is needed."""

    name: Line
    without_export: bool = False


class DeleteInput(Input):
    """Deleting a club: its name, typed once more."""

    name: Line


Choice = Annotated[Line, StringConstraints(max_length=160)]


class ChoicesInput(Input):
    """A table of choices, sent as a whole: each choice is words with spaces between, the last one being what was chosen.

    Args:
        chosen: every cell as it is sent.
        shown: every cell as the page showed it; what somebody else changed since stays as it is.
    """

    chosen: list[Choice] = Field(default=[], max_length=480)
    shown: list[Choice] = Field(default=[], max_length=480)

    def changes(self, words: int) -> list[list[str]]:
        """The cells that the sender changed, each as so many words.

        Raises:
            Invalid: for a cell of another form.
        """
        found = [cell.split() for cell in self.chosen if cell not in self.shown]
        if any(len(cell) != words for cell in found):
            raise Invalid(gettext("Please choose one of the listed values."))
        return found


class KindInput(Input):
    """A kind of club. `plugins` are those that are on in a new club; `questions` has one on each line."""

    name: Annotated[Line, StringConstraints(max_length=20)] = ""
    label: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    summary: Annotated[Line, StringConstraints(max_length=200)] = ""
    visibility: Visibility = "listed"
    join_policy: JoinPolicy = "request"
    plugins: list[PluginName] = Field(default=[], max_length=100)
    questions: Annotated[Text, StringConstraints(max_length=1200)] = ""


class SiteSettingsInput(Input):
    """Who founds clubs."""

    members_create_clubs: bool = False
