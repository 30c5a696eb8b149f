"""Notifications: a page of what people were told, following, messages to their devices, and when all of it comes."""

from cercle import N_, Part

part = Part(
    name="notifications",
    title=N_("Notifications"),
    summary=N_("What you were told, what you follow, and when messages reach you."),
    version="0.1.0",
    scope="site",
    icon="bell",
    policy="required",
    order=6,
)
