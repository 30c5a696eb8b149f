"""Work beside the requests: the index in step with the catalogue, and owners of saved searches told."""

from datetime import timedelta

from cercle import N_, Job
from plugins.search.services.indexing import look_around
from plugins.search.services.keeping import tell_finds

jobs = (
    Job(
        "search.look_around",
        look_around,
        every=timedelta(minutes=1),
        timeout=300,
        title=N_("Index what is not in the search yet"),
    ),
    Job(
        "search.tell_finds",
        tell_finds,
        every=timedelta(minutes=5),
        timeout=300,
        title=N_("Tell of what is new for saved searches"),
    ),
)
