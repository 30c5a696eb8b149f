"""What a club chooses about its polls. The form, the API and the log of changes are made from it."""

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    named: bool = Field(
        default=False,
        title=N_("Show who chose what"),
        description=N_("How a new poll begins. Whoever asks may choose otherwise."),
    )
