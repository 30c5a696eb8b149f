"""What an operator sets for all clubs: their kinds, and who may found one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_, gettext

ACCENTS = (
    *("teal", "rust", "plum", "ochre", "azure", "moss"),
    *("rose", "lagoon", "amber", "indigo", "olive", "slate"),
)
VISIBILITIES = ("public", "listed", "hidden")
JOIN_POLICIES = ("open", "request", "invite")


class Kind(BaseModel):
    """A kind of club: the operator's policies about plugins hold for kinds, and a new club begins as its kind says.

    Args:
        name: its word in the database, of a-z, 0-9 and _.
        label: its name for people (source language where it is one of ours).
        summary: a sentence that tells founders what such a club is for.
        visibility, join_policy: what a new club begins with.
        plugins: those that are on in a new club, where the operator's policies say nothing else; None for what plugins propose.
        questions: what a new club asks of whoever wants to join, where people ask.
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")
    label: str = Field(min_length=1, max_length=60)
    summary: str = Field(default="", max_length=200)
    visibility: Literal["public", "listed", "hidden"] = "listed"
    join_policy: Literal["open", "request", "invite"] = "request"
    plugins: tuple[Annotated[str, Field(max_length=40)], ...] | None = Field(default=None, max_length=100)
    questions: tuple[Annotated[str, Field(max_length=200)], ...] = Field(default=(), max_length=5)

    @property
    def shown_label(self) -> str:
        """The label in the reader's language, where it is one of ours. Plain text: an operator may have typed it."""
        return gettext(self.label)

    @property
    def shown_summary(self) -> str:
        """The summary, likewise."""
        return gettext(self.summary) if self.summary else ""

    @property
    def shown_questions(self) -> tuple[str, ...]:
        """The questions, likewise."""
        return tuple(gettext(text) for text in self.questions)


KINDS = (
    Kind(
        name="trade",
        label=N_("Trade club"),
        summary=N_("People of one trade, who keep together what they know and help each other."),
        plugins=("wiki", "blog", "files", "directory"),
        questions=(N_("What do you do, and since when?"), N_("Which of us do you know?")),
    ),
    Kind(
        name="region",
        label=N_("Regional club"),
        summary=N_("People of one region, who meet in person and tell each other what is going on."),
        plugins=("blog", "directory", "files"),
        questions=(N_("Where do you live or work?"), N_("Which of us do you know?")),
    ),
    Kind(
        name="team",
        label=N_("Team"),
        summary=N_("A few people with a task: pages and files, and nobody else looks in."),
        visibility="hidden",
        join_policy="invite",
        plugins=("wiki", "files"),
    ),
)


class SiteSettings(BaseModel):
    """Stored in `core.models.Setting` (scope `site`, part `spaces`).

    Args:
        kinds: the kinds of clubs there are.
        members_create_clubs: whether everybody who is signed in may found a club; operators always may.
    """

    kinds: tuple[Kind, ...] = Field(default=KINDS, min_length=1, max_length=20)
    members_create_clubs: bool = False

    def has_kind(self, name: str) -> bool:
        """Whether there is a kind of this name."""
        return self.kind(name) is not None

    def kind(self, name: str) -> Kind | None:
        """The kind of this name."""
        return next((kind for kind in self.kinds if kind.name == name), None)
