"""Presence: who reads or edits something at this moment, for those who may know it."""

from cercle import N_, Part

part = Part(
    name="presence",
    title=N_("Presence"),
    summary=N_("A quiet line beside pages, posts and files: who is here, and who is editing. Nothing of it is stored."),
    version="0.1.0",
    icon="users-round",
    policy="on_by_default",
    order=900,
)
