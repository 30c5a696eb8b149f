"""Comments: threads under anything that a plugin publishes, with replies, reactions and accepted answers."""

from cercle import N_, Part

part = Part(
    name="comments",
    title=N_("Discussions"),
    summary=N_("Comments under pages, posts, files and all else, with replies, reactions and accepted answers."),
    version="0.1.0",
    icon="messages-square",
    policy="on_by_default",
    order=90,
    content={"comment": N_("Comment")},
)
