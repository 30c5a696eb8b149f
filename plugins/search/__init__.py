"""Search: one box over everything that the viewer may see, in all clubs."""

from cercle import N_, Part

part = Part(
    name="search",
    title=N_("Search"),
    summary=N_("One box over everything you may see, in all your clubs."),
    version="0.1.0",
    scope="site",
    icon="search",
    policy="required",
    order=5,
)
