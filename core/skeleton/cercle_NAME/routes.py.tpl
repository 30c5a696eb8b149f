"""Table of contents, below /c/{club}/<< name >>. Every route names its permission."""

from cercle import Route
from cercle_<< name >> import views
from cercle_<< name >>.permissions import REMOVE, VIEW, WRITE

routes = (
    Route("GET", "/", views.index, "notes.index", VIEW),
    Route("GET", "/new", views.new, "notes.new", WRITE),
    Route("POST", "/new", views.create, "notes.create", WRITE),
    Route("GET", "/{note:int}", views.show, "notes.show", VIEW),
    Route("POST", "/{note:int}/removal", views.remove, "removal.create", REMOVE),
    Route("POST", "/{note:int}/return", views.bring_back, "removal.delete", REMOVE),
)
