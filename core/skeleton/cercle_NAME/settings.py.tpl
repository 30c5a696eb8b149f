"""What a club chooses about its notes. The form is made from it; `club_settings` reads it."""

from pydantic import Field

from cercle import N_, PluginSettings


class ClubSettings(PluginSettings):
    """What a club chooses."""

    notes_per_page: int = Field(
        default=50,
        ge=5,
        le=200,
        title=N_("Notes on a page"),
        description=N_("Older notes are on the next pages."),
    )
