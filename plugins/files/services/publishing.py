"""Files in the catalogue: what they are found by."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence

from cercle import FOLDED_END, Club, Content, atomic, current_app, lacks_field, publish_content
from plugins.files.models import Entry

BATCH = 100
TYPES = mimetypes.MimeTypes()
TYPES.add_type("text/markdown", ".md")
TYPES.add_type("image/webp", ".webp")
TYPES.add_type("image/avif", ".avif")


async def publish(club: Club, file: Entry, *, text: str | None = None, touch: bool = True) -> bool:
    """Bring a file's row of the catalogue in step; inside `atomic()`. False for one that waits for a moderator.

    Args:
        club: the club.
        file: with what it is called and where it stands now.
        text: what stands in the file; None to keep what was read of it before.
        touch: False when it is no news.
    """
    return await publish_content(
        file,
        plugin="files",
        kind="file",
        title=file.name,
        words=await _text_so_far(file.id) if text is None else text,
        url=current_app().urls.path("files:file.show", club=club.slug, id=file.id),
        author_id=file.author_id,
        fields={"type": types_of(file.name)},
        state="trashed" if file.slot else "published",
        touch=touch,
    )


async def some_wait(club: Club, ids: Sequence[int]) -> bool:
    """Whether one of these files waits for a moderator."""
    found = Content.filter(club_id=club.id, plugin="files", kind="file", object_id__in=ids, is_on_trial=True)
    return await found.exists()


def types_of(name: str) -> tuple[str, ...]:
    """What `type:` finds a file by: its ending and the family of its media type, such as `jpg` and `image`; `file` finds all."""
    ending = name.rpartition(".")[2].lower() if "." in name.strip(".") else ""
    family = (TYPES.guess_type(name, strict=True)[0] or "").partition("/")[0]
    return tuple(dict.fromkeys(word for word in (ending[:20], family, "file") if word and word != "application"))


async def publish_types() -> None:
    """Give their types to files that were published before there were any; doing it twice changes nothing."""
    old = Content.filter(lacks_field("type"), plugin="files", kind="file").limit(BATCH).prefetch_related("club")
    while rows := await old:
        files = await Entry.filter(id__in=[row.object_id for row in rows], is_file=True)
        clubs = {row.object_id: row.club for row in rows}
        async with atomic():
            for file in files:
                await publish(clubs[file.id], file, touch=False)
        if len(rows) < BATCH or not files:
            return


async def _text_so_far(file_id: int) -> str:
    """What was read of a file already, as the catalogue keeps it: the part that is there as it was written."""
    found = await Content.get_or_none(plugin="files", kind="file", object_id=file_id).values_list("words", flat=True)
    return str(found or "").rpartition(FOLDED_END)[2]
