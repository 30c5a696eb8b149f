"""Table of contents of polls."""

from cercle import Route
from cercle_poll import permissions as p
from cercle_poll import views

routes = (
    Route("GET", "/", views.index, "polls.index", permission=p.VIEW),
    Route("GET", "/new", views.new, "polls.new", permission=p.ASK),
    Route("POST", "/new", views.create, "polls.create", permission=p.ASK),
    Route("GET", "/{poll}", views.show, "polls.show", permission=p.VIEW),
    Route("POST", "/{poll}/vote", views.vote, "vote.create", permission=p.VOTE),
    Route("POST", "/{poll}/closing", views.close, "closing.create", permission=p.CLOSE),
)
