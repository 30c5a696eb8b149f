"""The plain text inside PDF, office and text files, for the search; read in a child process, never here.

Readers of such files are where hostile ones strike: `core.text_worker` reads, with its own limits on memory, time and
size, and is killed when it takes too long.
"""

from __future__ import annotations

from collections.abc import AsyncIterable

from core.children import MIB, SLOW, STALLED, ChildFailed, run_child
from core.errors import Invalid, Unavailable
from core.i18n import N_
from core.i18n import gettext as _

SECONDS = 40.0  # for the bytes to arrive, and once more for the work
CPU_SECONDS = 15
LONGEST_TEXT = 50_000
LARGEST_FILE = 64 * MIB
"""Larger ones are not read, unless their beginning is enough."""

_WORKER = "core.text_worker"
_ENDINGS = {
    **dict.fromkeys(("txt", "text", "md", "markdown", "csv", "tsv", "rst", "org", "log"), "plain"),
    **dict.fromkeys(("html", "htm", "xhtml"), "html"),
    **dict.fromkeys(("docx", "docm", "dotx"), "docx"),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "potx"), "pptx"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx"), "xlsx"),
    **dict.fromkeys(("odt", "ods", "odp", "ott", "ots", "otp", "odg"), "odf"),
    "pdf": "pdf",
}
_TYPES = {
    "text/plain": "plain",
    "text/markdown": "plain",
    "text/csv": "plain",
    "text/html": "html",
    "application/pdf": "pdf",
}
_FROM_THE_BEGINNING = ("plain", "html")
_LARGE = N_("This file is too large for its text to be read.")
_REASONS = {
    "format": N_("This is not what its name says that it is."),
    "locked": N_("This file is protected by a password."),
    "large": _LARGE,
    "empty": N_("There is no text in this file."),
    SLOW: N_("The text of this file takes too long to read."),
    "broken": N_("This file is damaged and its text cannot be read."),
}


def text_kind(name: str, content_type: str = "") -> str:
    """How the text of a file is read, for `text_of`; "" for a file of which no text is read, such as a picture.

    Args:
        name: of the file; its ending decides.
        content_type: decides where the name has no ending.
    """
    stem, _dot, ending = name.rpartition(".")
    if stem and len(ending) <= 10:
        return _ENDINGS.get(ending.lower(), "")
    return _TYPES.get(content_type, "")


async def text_of(source: AsyncIterable[bytes], kind: str, *, size: int) -> str:
    """The first 50,000 characters of the text in a file, with single spaces and line ends and no control characters.

    Args:
        source: the bytes, such as `storage.read(hash)`.
        kind: from `text_kind`.
        size: how many bytes there are.

    Raises:
        Invalid: when there is no text in it or it cannot be read; trying again changes nothing.
        Unavailable: when the bytes do not arrive; later they may.
    """
    if size > LARGEST_FILE and kind not in _FROM_THE_BEGINNING:
        raise Invalid(_(_LARGE))
    wanted = {"kind": kind, "most": LONGEST_TEXT, "seconds": CPU_SECONDS}
    try:
        found = await run_child(_WORKER, source, wanted, seconds=SECONDS, most=4 * LONGEST_TEXT)
    except ChildFailed as failure:
        if failure.reason == STALLED:
            raise Unavailable(_("The file did not arrive in time. It is tried again later.")) from None
        raise Invalid(_(_REASONS.get(failure.reason, _REASONS["broken"]))) from None
    return found.decode(errors="replace")
