"""Exporters of the wiki: what the importer reads, it writes."""

from __future__ import annotations

import zipfile

import yaml

from cercle import N_, Exporter, ExportRequest, current_app
from plugins.wiki.models import HOME, Attachment, Page, path_ids


async def export_markdown(request: ExportRequest) -> None:
    """Write a .zip archive: a folder for each page, with its text in `index.md` and its attachments beside it."""
    pages = await Page.filter(club_id=request.club.id, trashed_at=None).order_by("path")
    slugs = {page.id: page.slug for page in pages}
    with zipfile.ZipFile(request.path, "x", zipfile.ZIP_DEFLATED) as archive:
        for number, page in enumerate(pages):
            request.progress(number, len(pages), page.title)
            folder = _folder(page, slugs)
            archive.writestr(f"{folder}index.md", _text(page))
            request.report.created.append(f"{folder}index.md")
            for file in await Attachment.filter(page_id=page.id, trashed_at=None).order_by("name"):
                await _attach(archive, f"{folder}{file.name}", file)
                request.report.created.append(f"{folder}{file.name}")
    request.progress(len(pages), len(pages), "")


def _folder(page: Page, slugs: dict[int, str]) -> str:
    """The home page is the top; every other page has a folder below that of the page above it."""
    if page.slug == HOME:
        return ""
    above = [slugs[number] for number in path_ids(page.path) if number in slugs]
    return "".join(f"{slug}/" for slug in above if slug != HOME)


def _text(page: Page) -> str:
    front = yaml.safe_dump({"title": page.title}, allow_unicode=True, sort_keys=False)
    return f"---\n{front}---\n\n{page.body}\n"


async def _attach(archive: zipfile.ZipFile, name: str, file: Attachment) -> None:
    with archive.open(name, "w", force_zip64=True) as target:
        async for chunk in current_app().storage.read(file.hash):
            target.write(chunk)


exporters = (Exporter("markdown", N_("A .zip archive of Markdown files"), export_markdown),)
