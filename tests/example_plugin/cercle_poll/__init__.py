"""Polls: a question, a few answers, one vote for each member."""

from cercle import N_, Part

part = Part(
    name="poll",
    title=N_("Polls"),
    summary=N_("Ask the club a question and see what it thinks"),
    version="1.0.0",
    cercle=">=0.1,<1",
    icon="list-todo",
    order=60,
    shortcut="o",
    content={"poll": N_("Poll")},
)
