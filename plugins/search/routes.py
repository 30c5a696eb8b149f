"""Table of contents of the search."""

from cercle import SIGNED_IN, Route
from plugins.search.views import results, saved

site_routes = (
    Route("GET", "/search", results.index, "index", public=True),
    Route("GET", "/search/people", results.people, "people", permission=SIGNED_IN),
    Route("GET", "/search/quick", results.quick, "quick", permission=SIGNED_IN),
    Route("GET", "/search/saved", saved.index, "saved.index", permission=SIGNED_IN),
    Route("POST", "/search/saved", saved.create, "saved.create", permission=SIGNED_IN),
    Route("POST", "/search/saved/{saved:int}/alert", saved.update, "saved.update", permission=SIGNED_IN),
    Route("POST", "/search/saved/{saved:int}/removal", saved.delete, "saved.delete", permission=SIGNED_IN),
)
