"""A form with a list of people, pasted or as a file."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from core.errors import Invalid
from core.http import Request
from core.i18n import gettext
from spaces.services.people_lists import MOST_BYTES, decoded


async def list_form(request: Request) -> FormData:
    """The fields of such a form.

    Raises:
        Invalid: when it is no form.
    """
    try:
        return await request.form(max_files=1, max_fields=200, max_part_size=MOST_BYTES * 2)
    except (MultiPartException, HTTPException) as error:
        raise Invalid(gettext("This form cannot be read. Load the page again and send it once more.")) from error


async def list_texts(sent: FormData, names: Collection[str]) -> tuple[dict[str, str], Invalid | None]:
    """The texts of the form's fields, with what its file holds in place of what was pasted, and what is wrong with the file.

    Args:
        sent: as `list_form` read it.
        names: of the fields.
    """
    texts = {name: str(sent[name]) for name in names if isinstance(sent.get(name), str)}
    file = sent.get("file")
    try:
        if isinstance(file, UploadFile) and file.filename:
            texts["people"] = decoded(await file.read(MOST_BYTES + 1))
    except Invalid as error:
        return texts, error
    return texts, None
