"""What people and programs may enter about files and folders."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from cercle import N_, Input, Line

MAX_ID = 2**53


def _without_slashes(name: str) -> str:
    if "/" in name or "\\" in name:
        raise ValueError(N_("A name cannot contain / or \\."))
    return name


Name = Annotated[Line, AfterValidator(_without_slashes), StringConstraints(min_length=1, max_length=200)]
FolderId = Annotated[int, Field(ge=0, le=MAX_ID)]


class FolderInput(Input):
    """A new folder; `parent` is the id of the folder it goes into, 0 for the top."""

    name: Name
    parent: FolderId | None = 0


class NameInput(Input):
    """Another name."""

    name: Name


class PlaceInput(Input):
    """Another folder; 0 is the top."""

    folder: FolderId


class EntryPatch(Input):
    """What to change about a file or folder; what is left out stays. `folder` 0 is the top."""

    name: Name | None = None
    folder: FolderId | None = None
