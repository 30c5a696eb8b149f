"""The blog: posts with drafts, a schedule, history and feeds, for the club or for everybody."""

from cercle import N_, Part, SearchField

part = Part(
    name="blog",
    title=N_("Blog"),
    summary=N_("News and articles with drafts, a schedule and feeds; for the club alone, or for everybody."),
    version="0.1.0",
    icon="newspaper",
    policy="available",
    order=20,
    shortcut="b",
    content={"post": N_("Blog post")},
    search_fields=(SearchField("tag", N_("Tag of a post"), (N_("news"),)),),
)
