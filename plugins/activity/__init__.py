"""Activity: what happened in clubs, for those who may see it, with feeds."""

from cercle import N_, Part

part = Part(
    name="activity",
    title=N_("Activity"),
    summary=N_("What happened in the club: who published, changed or joined, and what is new since your last visit."),
    version="0.1.0",
    after=("comments",),
    icon="activity",
    policy="on_by_default",
    order=80,
    shortcut="a",
)
