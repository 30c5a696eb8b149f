"""Table of contents of the wiki, below /c/{club}/wiki."""

from cercle import Route
from plugins.wiki.permissions import DELETE, EDIT, ORGANISE, VIEW
from plugins.wiki.views import attachments, new_attachments, organising, pages, revisions

routes = (
    Route("GET", "/", pages.home, "pages.home", VIEW),
    Route("GET", "/pages", pages.index, "pages.index", VIEW),
    Route("POST", "/pages", pages.create, "pages.create", EDIT),
    Route("GET", "/pages/new", pages.new, "pages.new", EDIT),
    Route("GET", "/pages/new/attachments", new_attachments.index, "new_attachments.index", EDIT),
    Route("POST", "/pages/new/attachments", new_attachments.create, "new_attachments.create", EDIT, streams=True),
    Route("GET", "/pages/{slug}", pages.show, "pages.show", VIEW),
    Route("POST", "/pages/{slug}", pages.update, "pages.update", EDIT),
    Route("GET", "/pages/{slug}/edit", pages.edit, "pages.edit", EDIT),
    Route("GET", "/pages/{slug}/history", revisions.index, "revisions.index", VIEW),
    Route("GET", "/pages/{slug}/revisions/{number:int}", revisions.show, "revisions.show", VIEW),
    Route("POST", "/pages/{slug}/revisions/{number:int}/restoration", revisions.restore, "restorations.create", EDIT),
    Route("GET", "/pages/{slug}/comparison", revisions.compare, "comparisons.show", VIEW),
    Route("GET", "/pages/{slug}/name", organising.edit_name, "names.edit", ORGANISE),
    Route("POST", "/pages/{slug}/name", organising.update_name, "names.update", ORGANISE),
    Route("GET", "/pages/{slug}/place", organising.edit_place, "places.edit", ORGANISE),
    Route("POST", "/pages/{slug}/place", organising.update_place, "places.update", ORGANISE),
    Route("POST", "/pages/{slug}/trash", organising.put_into_trash, "trash.create", DELETE),
    Route("GET", "/trash", organising.trash, "trash.index", EDIT),
    Route("POST", "/trash/{id:int}/restoration", organising.take_out_of_trash, "trash.delete", DELETE),
    Route("GET", "/pages/{slug}/attachments", attachments.index, "attachments.index", VIEW),
    Route("POST", "/pages/{slug}/attachments", attachments.create, "attachments.create", EDIT, streams=True),
    Route("GET", "/attachments/{key}/{file}", attachments.show, "attachments.show", VIEW),
    Route("POST", "/attachments/{key}/removal", attachments.delete, "attachments.delete", EDIT),
    Route("POST", "/attachments/{key}/return", attachments.put_back, "attachments.update", EDIT),
    Route("GET", "/changes", revisions.changes, "changes.index", VIEW),
    Route("GET", "/titles", pages.titles, "titles.index", VIEW),
)
