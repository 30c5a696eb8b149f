"""Clubs: team spaces with members, roles, plugin switches and the content catalogue. Always on."""

from core.i18n import N_
from core.parts import ENGINE, Part

part = Part(
    name="spaces",
    title=N_("Clubs"),
    summary=N_("Team spaces, their members and what is switched on in them"),
    version=ENGINE.version,
    scope="site",
    icon="users",
    policy="required",
    requires=("accounts",),
)
