"""`cercle import wiki --format markdown`: a folder or .zip of Markdown becomes a tree of pages.

One transaction for each page, and each page remembers its file and what of it was imported: an import that was killed
can be run again, and a second run changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import AsyncGenerator
from pathlib import Path

from cercle import (
    Archive,
    CercleError,
    ImportRequest,
    Invalid,
    TooLarge,
    current_app,
    filesize,
    gettext,
    listing,
    open_archive,
    require,
    store,
)
from plugins.wiki.importers.plan import ENDINGS, Plan, Planned
from plugins.wiki.importers.sources import MAX_FRONT, Source, read_source
from plugins.wiki.models import Page, Redirect
from plugins.wiki.permissions import EDIT
from plugins.wiki.services.drafts import Draft, EditConflict, Origin
from plugins.wiki.services.files import MAX_FILE, NewFile
from plugins.wiki.services.links import render_stale
from plugins.wiki.services.pages import create_page, save_page

MAX_TEXT = 1024 * 1024


def looks_like_markdown(path: Path) -> bool:
    """Whether this is a .zip archive, or a folder with a Markdown file somewhere in it."""
    if path.is_dir():
        return any(file.suffix.lower() in ENDINGS for file in path.rglob("*"))
    return path.suffix.lower() == ".zip"


async def import_markdown(request: ImportRequest) -> None:
    """Bring a folder or .zip of Markdown files in.

    Raises:
        Invalid: when it cannot be read at all.
        Forbidden: when the actor may not write here.
    """
    require(request.actor, EDIT, request.club)
    with open_archive(request.path) as archive:
        await _Run(request, archive).run()


class _Run:
    """One import."""

    def __init__(self, request: ImportRequest, archive: Archive) -> None:
        self._request, self._archive, self._report = request, archive, request.report
        self._root, self._prefix = _root_of(request.path, archive)
        self._done: dict[str, Page] = {}

    async def run(self) -> None:
        for refusal in self._archive.refused:
            self._skip(refusal.name, gettext(refusal.reason))
        texts, files = self._listed()
        plan = Plan([source for name in texts if (source := self._read(name))], files)
        known = await self._known()
        own = {path: page.slug for path, page in known.items() if page.trashed_at is None}
        others = await self._slugs(besides=set(own.values()))
        plan.name(own, others)
        plan.link(self._request.club, others)
        for name in sorted(set(files) - plan.used):
            self._skip(name, gettext("No page refers to it."))
        for number, page in enumerate(plan.pages, 1):
            await self._take(page, known.get(page.source.path))
            self._request.progress(number, len(plan.pages), page.source.path)
        await render_stale()

    def _listed(self) -> tuple[list[str], list[str]]:
        """The Markdown files and all others, by their paths below the root."""
        names = [entry.name.removeprefix(self._prefix) for entry in self._archive.entries()]
        hidden = {name: _hidden_part(name) for name in names}
        for part in sorted({part for part in hidden.values() if part}):
            self._skip(part, gettext("Hidden files are left out."))
        seen = [name for name in names if not hidden[name]]
        texts = [name for name in seen if name.lower().endswith(ENDINGS)]
        return texts, [name for name in seen if not name.lower().endswith(ENDINGS)]

    def _read(self, name: str) -> Source | None:
        try:
            return read_source(name, self._archive.read(self._prefix + name, MAX_TEXT + MAX_FRONT))
        except CercleError as error:
            self._skip(name, gettext(error.message))
            return None

    async def _known(self) -> dict[str, Page]:
        start = f"{self._root}/"
        pages = await Page.filter(club_id=self._request.club.id, source__startswith=start)
        return {str(page.source).removeprefix(start): page for page in pages}

    async def _slugs(self, *, besides: set[str]) -> set[str]:
        club_id = self._request.club.id
        slugs = await Page.filter(club_id=club_id, trashed_at=None).values_list("slug", flat=True)
        former = await Redirect.filter(club_id=club_id).values_list("slug", flat=True)
        return {str(slug) for slug in (*slugs, *former)} - besides

    async def _take(self, page: Planned, present: Page | None) -> None:
        path = page.source.path
        try:
            if page.parent is not None and page.parent not in self._done:
                raise Invalid(gettext("The page above it could not be imported."))
            if present is not None and present.trashed_at is not None:
                raise Invalid(gettext("It is in the trash of the wiki."))
            await (self._update(page, present) if present else self._create(page))
        except EditConflict:
            self._skip(
                path, gettext("It was changed here and in the file, in the same places; the page was left as it is.")
            )
            if present is not None:
                self._done[path] = present
        except CercleError as error:
            self._skip(path, gettext(error.message))
        else:
            self._report.notes += [(path, note) for note in page.source.notes]

    async def _create(self, page: Planned) -> None:
        self._done[page.source.path] = await create_page(
            self._request.club,
            self._draft(page),
            actor=self._request.actor,
            parent=self._done.get(page.parent or ""),
            origin=await self._origin(page, self._digest(page)),
        )
        self._report.created.append(page.source.path)

    async def _update(self, page: Planned, present: Page) -> None:
        path, digest = page.source.path, self._digest(page)
        if digest == present.source_hash:
            self._done[path] = present
            self._report.unchanged.append(path)
            page.source.notes.clear()
            return
        saved = await save_page(
            self._request.club,
            present,
            self._draft(page),
            actor=self._request.actor,
            base=present.source_version,
            origin=await self._origin(page, digest),
        )
        self._done[path] = saved.page
        self._report.updated.append(path)
        if saved.merged_with:
            names = listing(saved.merged_with)
            page.source.notes.append(gettext("Merged with what %(names)s changed here.", names=names))

    def _draft(self, page: Planned) -> Draft:
        message = gettext("Imported from %(source)s", source=page.source.path)[:200]
        return Draft(page.source.title, page.source.body, message)

    def _digest(self, page: Planned) -> str:
        """Of everything that is imported; files that cannot be taken are left out of the page."""
        hashes = {}
        for path, name in sorted(page.files.items()):
            try:
                hashes[name] = self._hash(path)
            except CercleError as error:
                self._skip(path, gettext(error.message))
                del page.files[path]
        facts = [page.source.title, page.source.body, sorted(hashes.items())]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def _hash(self, path: str) -> str:
        found, size = hashlib.sha256(), 0
        for chunk in self._archive.open(self._prefix + path):
            size += len(chunk)
            if size > MAX_FILE:
                raise TooLarge(gettext("This is larger than the limit of %(limit)s.", limit=filesize(MAX_FILE)))
            found.update(chunk)
        return found.hexdigest()

    async def _origin(self, page: Planned, digest: str) -> Origin:
        files = [await self._stored(path, name) for path, name in sorted(page.files.items())]
        source = page.source
        return Origin(f"{self._root}/{source.path}", digest, page.slug, source.created_at, files)

    async def _stored(self, path: str, name: str) -> NewFile:
        blob = await store(current_app().storage, self._chunks(path), limit=MAX_FILE)
        content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return NewFile(name, blob.hash, blob.size, content_type)

    async def _chunks(self, path: str) -> AsyncGenerator[bytes, None]:
        for chunk in self._archive.open(self._prefix + path):
            yield chunk

    def _skip(self, name: str, reason: str) -> None:
        if (name, reason) not in self._report.skipped:
            self._report.skipped.append((name, reason))


def _root_of(path: Path, archive: Archive) -> tuple[str, str]:
    """The name by which this import is known, and the folder in a .zip that holds everything."""
    tops = {entry.name.partition("/")[0] for entry in archive.entries() if not _hidden_part(entry.name)}
    if path.is_dir() or len(tops) != 1 or any("/" not in e.name for e in archive.entries() if not _hidden_part(e.name)):
        return (path.resolve().name if path.is_dir() else path.stem)[:200] or "import", ""
    (top,) = tops
    return top[:200], f"{top}/"


def _hidden_part(name: str) -> str | None:
    """The first part of a path that says that people do not see it: `.git`, `.obsidian`, `__MACOSX`."""
    steps = name.split("/")
    for depth, step in enumerate(steps, 1):
        if step.startswith(".") or step == "__MACOSX":
            return "/".join(steps[:depth])
    return None
