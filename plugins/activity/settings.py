"""What a club chooses about its activity."""

from __future__ import annotations

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    keep_days: int = Field(
        default=365,
        ge=7,
        le=3650,
        title=N_("Days that it is remembered who did what"),
        description=N_("Older lines are deleted. What they were about stays."),
    )
