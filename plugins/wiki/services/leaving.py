"""What somebody takes along of the wiki, and what goes with them when their account is erased."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from tortoise.functions import Max

from cercle import ExportFile, clubs_read_by, current_app, gettext, readable_page
from plugins.wiki.models import Attachment, Revision
from plugins.wiki.services.waiting import forget_file

BATCH = 200


async def files_of_person(user_id: int) -> list[ExportFile]:
    """Every version that they wrote, the latest one of each page as text, and the files they sent; where they may read."""
    clubs = {club.id: club.slug for club in await clubs_read_by(user_id, "wiki")}
    pages = await _latest(user_id, clubs)
    sent = await Attachment.filter(uploader_id=user_id, club_id__in=list(clubs)).order_by("id")
    if not pages and not sent:
        return []
    read = current_app().storage.read
    return [
        ExportFile("versions.jsonl", _versions(user_id, clubs), gettext("Every version of a page that you wrote")),
        *(file for page in pages for file in _page_files(*page)),
        *(ExportFile(f"files/{clubs[file.club_id]}/{file.name}", read(file.hash), file.name) for file in sent),
    ]


async def forget_person(user_id: int) -> None:
    """Erase the files that wait for a page that they were writing."""
    while waiting := await Attachment.filter(page_id=None, uploader_id=user_id).limit(BATCH):
        for file in waiting:
            await forget_file(file)


async def _latest(user_id: int, clubs: Mapping[int, str]) -> list[tuple[str, str, str, int]]:
    """Club, name and title of each page, and the id of the last version of it that they wrote."""
    newest = Revision.filter(author_id=user_id, club_id__in=list(clubs)).annotate(last=Max("id")).group_by("page_id")
    ids = [int(str(last)) for last in await newest.values_list("last", flat=True)]
    found: list[tuple[str, str, str, int]] = []
    for start in range(0, len(ids), BATCH):
        wanted = Revision.filter(id__in=ids[start : start + BATCH]).order_by("id")
        rows = await wanted.values_list("club_id", "page__slug", "page__trashed_slug", "title", "id")
        found += [(clubs[club], trashed or slug, title, number) for club, slug, trashed, title, number in rows]
    return found


def _page_files(club: str, slug: str, title: str, number: int) -> list[ExportFile]:
    """A page to read, and its source."""
    return [
        ExportFile(f"pages/{club}/{slug}.html", _readable(number), f"{club}: {title}"),
        ExportFile(f"pages/{club}/{slug}.md", _text(number), f"{club}: {title} (Markdown)"),
    ]


async def _readable(number: int) -> AsyncIterator[bytes]:
    revision = await Revision.get(id=number)
    yield (await readable_page(revision.title, revision.body)).encode()


async def _text(number: int) -> AsyncIterator[bytes]:
    revision = await Revision.get(id=number)
    yield f"# {revision.title}\n\n{revision.body}\n".encode()


async def _versions(user_id: int, clubs: Mapping[int, str]) -> AsyncIterator[bytes]:
    last = 0
    names = ("id", "club_id", "page_id", "number", "title", "body", "message", "created_at")
    while rows := await _after(user_id, clubs, last).values(*names):
        for row in rows:
            yield _line({**row, "club": clubs[row.pop("club_id")]})
        last = rows[-1]["id"]


def _after(user_id: int, clubs: Mapping[int, str], last: int) -> Any:
    mine = Revision.filter(author_id=user_id, club_id__in=list(clubs), id__gt=last)
    return mine.order_by("id").limit(BATCH)


def _line(values: Mapping[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, default=str).encode() + b"\n"
