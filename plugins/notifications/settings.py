"""What an operator chooses about messages."""

from __future__ import annotations

from pydantic import Field

from cercle import N_, PluginSettings


class SiteSettings(PluginSettings):
    """How long messages wait for each other, and where push services are."""

    wait_minutes_direct: int = Field(
        default=2,
        ge=0,
        le=60,
        title=N_("Minutes that a mention waits"),
        description=N_("What is said to somebody waits so long for more of it. All that comes then is one message."),
    )
    wait_minutes: int = Field(
        default=10,
        ge=0,
        le=240,
        title=N_("Minutes that other messages wait"),
        description=N_("News of what somebody follows waits so long for more of it."),
    )
    push_service: str = Field(
        default="",
        max_length=300,
        title=N_("Push service of your own"),
        description=N_(
            "Its address, where it lies in your own network. Leave it empty for those that browsers bring along."
        ),
    )
