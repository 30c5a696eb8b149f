"""Table of contents: every address below /c/{club}/poll, and the permission it asks for."""

from cercle import Route
from cercle_poll import views
from cercle_poll.permissions import ASK, CLOSE, REMOVE, VIEW, VOTE

routes = (
    Route("GET", "/", views.index, "polls.index", VIEW),
    Route("GET", "/closed", views.closed, "closed.index", VIEW),
    Route("GET", "/new", views.new, "polls.new", ASK),
    Route("POST", "/new", views.create, "polls.create", ASK),
    Route("GET", "/{poll:int}", views.show, "polls.show", VIEW),
    Route("POST", "/{poll:int}/vote", views.vote, "vote.create", VOTE),
    Route("POST", "/{poll:int}/closing", views.close, "closing.create", CLOSE),
    Route("POST", "/{poll:int}/closing/delete", views.reopen, "closing.delete", CLOSE),
    Route("POST", "/{poll:int}/removal", views.remove, "removal.create", REMOVE),
    Route("POST", "/{poll:int}/removal/delete", views.bring_back, "removal.delete", REMOVE),
)
