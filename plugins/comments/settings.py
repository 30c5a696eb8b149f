"""What a club chooses about its comments. Who may write them stands in its permissions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    order: Literal["old", "new"] = Field(
        default="old",
        title=N_("Order of the comments"),
        description=N_("Replies always stand in the order in which they were written."),
        json_schema_extra={"labels": {"old": N_("Oldest first"), "new": N_("Newest first")}},
    )
