"""The wiki: a tree of Markdown pages with [[links]], history and merging of concurrent edits."""

from cercle import N_, Part

part = Part(
    name="wiki",
    title=N_("Wiki"),
    summary=N_("Pages that members write together, linked to each other, with their whole history."),
    version="0.1.0",
    icon="book-open",
    policy="on_by_default",
    order=10,
    shortcut="w",
    content={"page": N_("Wiki page")},
)
