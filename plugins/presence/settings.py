"""What each person chooses about presence."""

from __future__ import annotations

from pydantic import Field

from cercle import N_, PluginSettings


class MemberSettings(PluginSettings):
    """What each person chooses."""

    show_me: bool = Field(
        default=True,
        title=N_("Show others where I am"),
        description=N_("Members of your clubs see that you are on the same page, or edit it, while it is open."),
    )
