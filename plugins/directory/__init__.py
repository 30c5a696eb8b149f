"""The directory: who belongs to the club, what they do, whom to ask, and what each of them shows to whom."""

from cercle import N_, Part

part = Part(
    name="directory",
    title=N_("Directory"),
    summary=N_("Find a colleague by trade, region or skill; each member decides who sees what."),
    version="0.1.0",
    icon="contact",
    policy="on_by_default",
    order=40,
    shortcut="d",
)
