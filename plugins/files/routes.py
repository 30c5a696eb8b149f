"""The screens of files, below `/c/{club}/files`."""

from cercle import Route
from plugins.files import permissions as p
from plugins.files.views import entries, file, folders, trash, uploads

routes = (
    Route("GET", "/", folders.index, "folders.index", permission=p.VIEW),
    Route("GET", "/folders/{id:int}", folders.show, "folders.show", permission=p.VIEW),
    Route("GET", "/folders/new", folders.new, "folders.new", permission=p.UPLOAD),
    Route("POST", "/folders", folders.create, "folders.create", permission=p.UPLOAD),
    Route("POST", "/uploads", uploads.create, "uploads.create", permission=p.UPLOAD, streams=True),
    Route("GET", "/file/{id:int}", file.show, "file.show", permission=p.VIEW),
    Route("GET", "/file/{id:int}/content", file.content, "content.show", permission=p.VIEW),
    Route("GET", "/file/{id:int}/thumbnail", file.thumbnail, "thumbnail.show", permission=p.VIEW),
    Route(
        "POST",
        "/file/{id:int}/versions",
        uploads.create_version,
        "versions.create",
        permission=p.UPLOAD,
        streams=True,
    ),
    Route(
        "GET",
        "/file/{id:int}/versions/{number:int}/content",
        file.version_content,
        "versions.show",
        permission=p.VIEW,
    ),
    Route(
        "POST",
        "/file/{id:int}/versions/{number:int}/restoration",
        file.restore,
        "version_restoration.create",
        permission=p.ORGANISE,
    ),
    Route("GET", "/entries/{id:int}/name", entries.edit_name, "name.edit", permission=p.ORGANISE),
    Route("POST", "/entries/{id:int}/name", entries.update_name, "name.update", permission=p.ORGANISE),
    Route("GET", "/entries/{id:int}/place", entries.edit_place, "place.edit", permission=p.ORGANISE),
    Route("POST", "/entries/{id:int}/place", entries.update_place, "place.update", permission=p.ORGANISE),
    Route("POST", "/entries/{id:int}/trashing", entries.trash, "trashing.create", permission=p.ORGANISE),
    Route("GET", "/trash", trash.index, "trash.index", permission=p.ORGANISE),
    Route("POST", "/trash/{id:int}/restoration", trash.restore, "restoration.create", permission=p.ORGANISE),
    Route("GET", "/trash/{id:int}/deletion", trash.confirm, "deletion.new", permission=p.DELETE),
    Route("GET", "/trash/deletion", trash.confirm_all, "trash.edit", permission=p.DELETE),
    Route("POST", "/trash/{id:int}/deletion", trash.delete, "deletion.create", permission=p.DELETE),
    Route("POST", "/trash/deletion", trash.empty, "trash.delete", permission=p.DELETE),
)
