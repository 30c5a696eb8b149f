"""What an operator sets for all clubs: their kinds, and who may found one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from core.i18n import N_

ACCENTS = (
    *("teal", "rust", "plum", "ochre", "azure", "moss"),
    *("rose", "lagoon", "amber", "indigo", "olive", "slate"),
)
VISIBILITIES = ("public", "listed", "hidden")
JOIN_POLICIES = ("open", "request", "invite")


class Kind(BaseModel):
    """A kind of club: the operator's policies about plugins hold for kinds.

    Args:
        name: its word in the database, of a-z, 0-9 and _.
        label: its name for people (source language where it is one of ours).
    """

    model_config = ConfigDict(frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")
    label: str = Field(min_length=1, max_length=60)


KINDS = (
    Kind(name="trade", label=N_("Trade club")),
    Kind(name="region", label=N_("Regional club")),
    Kind(name="team", label=N_("Team")),
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
        return any(kind.name == name for kind in self.kinds)
