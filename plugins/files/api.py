"""The API of files, below `/api/v1/clubs/{club}/files`: folders, files by id and by path, raw bytes in and out."""

from __future__ import annotations

from cercle import Items, api_route
from plugins.files import permissions as p
from plugins.files.forms import EntryPatch, FolderInput
from plugins.files.views import api as views
from plugins.files.views.api import EntryOut

api = (
    api_route(
        "GET",
        "",
        views.index,
        "index",
        permission=p.VIEW,
        summary="What is in a folder, folders first; the top unless `folder` names one by its id",
        returns=Items[EntryOut],
        query=("folder", "sort", "limit", "after"),
    ),
    api_route(
        "POST",
        "/folders",
        views.create_folder,
        "folders.create",
        permission=p.UPLOAD,
        summary="Make a folder",
        body=FolderInput,
        returns=EntryOut,
        status=201,
    ),
    api_route(
        "PUT",
        "/folders/{id:int}/content/{filename}",
        views.put_into_folder,
        "folders.put",
        permission=p.UPLOAD,
        summary="Send the bytes of a file into a folder (0 is the top); a name that is there gets a new version",
        returns=EntryOut,
        status=201,
        streams=True,
        raw=True,
    ),
    api_route(
        "GET",
        "/content/{path:path}",
        views.path_content,
        "content.show",
        permission=p.VIEW,
        summary="The bytes of the file at a path of names, with Range and ETag",
        raw=True,
    ),
    api_route(
        "PUT",
        "/content/{path:path}",
        views.put_at_path,
        "content.put",
        permission=p.UPLOAD,
        summary="Send the bytes of the file at a path of names; missing folders are made, a file there gets a new version",
        returns=EntryOut,
        status=201,
        streams=True,
        raw=True,
    ),
    api_route(
        "GET",
        "/{id:int}",
        views.show,
        "show",
        permission=p.VIEW,
        summary="A file or folder",
        returns=EntryOut,
    ),
    api_route(
        "PATCH",
        "/{id:int}",
        views.update,
        "update",
        permission=p.ORGANISE,
        summary="Rename or move a file or folder",
        body=EntryPatch,
        returns=EntryOut,
    ),
    api_route(
        "DELETE",
        "/{id:int}",
        views.delete,
        "delete",
        permission=p.ORGANISE,
        summary="Put a file, or a folder with everything in it, into the trash",
        status=204,
    ),
    api_route(
        "GET",
        "/{id:int}/content",
        views.content,
        "entries.content",
        permission=p.VIEW,
        summary="The bytes of a file, with Range and ETag",
        raw=True,
    ),
    api_route(
        "PUT",
        "/{id:int}/content",
        views.put_version,
        "entries.put",
        permission=p.UPLOAD,
        summary="Send the bytes of a new version of a file",
        returns=EntryOut,
        streams=True,
        raw=True,
    ),
)
