"""Table of contents of the search."""

from cercle import SIGNED_IN, Route
from plugins.search import views

site_routes = (
    Route("GET", "/search", views.index, "index", public=True),
    Route("GET", "/search/people", views.people, "people", permission=SIGNED_IN),
    Route("GET", "/search/quick", views.quick, "quick", permission=SIGNED_IN),
)
