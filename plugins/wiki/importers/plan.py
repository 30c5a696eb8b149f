"""From the files of an archive to the pages they become: places in the tree, names, links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from cercle import Club, clean_filename, gettext
from plugins.wiki.importers.rewriting import Found, Rewriter
from plugins.wiki.importers.sources import Source, folder_source
from plugins.wiki.models import HOME
from plugins.wiki.names import page_url, slug_of
from plugins.wiki.services.files import free_name

ENDINGS = (".md", ".markdown")


@dataclass(slots=True)
class Planned:
    """A page to be.

    Args:
        source: what the file says, its body with links rewritten once `link` was called.
        parent: path of the source of the page above it; None for the top.
        slug: its name.
        files: attachments by their path in the archive.
    """

    source: Source
    parent: str | None
    slug: str = ""
    files: dict[str, str] = field(default_factory=dict)


class Plan:
    """The pages that an archive becomes, those above before those below.

    Args:
        sources: the Markdown files.
        files: paths of all other files.
    """

    def __init__(self, sources: Iterable[Source], files: Iterable[str]) -> None:
        self._sources = {source.path: source for source in sources}
        self._files = set(files)
        self._heads = self._find_heads()
        self.pages = self._in_order()
        self._by_path = {page.source.path: page for page in self.pages}

    @property
    def used(self) -> set[str]:
        """The files that pages refer to."""
        return {path for page in self.pages for path in page.files}

    def name(self, known: Mapping[str, str], taken: set[str]) -> None:
        """Give every page its slug, always the same for the same files.

        Args:
            known: slugs of pages that were imported before, by the path of their source.
            taken: slugs that other pages have.
        """
        taken = taken | set(known.values())
        for page in self.pages:
            path = page.source.path
            if path in known:
                page.slug = known[path]
                continue
            wanted = HOME if path == self._heads.get("") and HOME not in taken else slug_of(page.source.title) or "page"
            page.slug = _free_slug(wanted, taken)
            taken.add(page.slug)
            if page.slug != wanted:
                text = gettext(
                    "The name “%(name)s” is taken; its address ends with “%(slug)s”.", name=wanted, slug=page.slug
                )
                page.source.notes.append(text)

    def link(self, club: Club, existing: set[str]) -> None:
        """Rewrite the links of all pages, once they have their slugs.

        Args:
            club: where they will be.
            existing: slugs of pages that are there already.
        """
        names = self._names()
        for page in self.pages:
            rewriter = Rewriter(
                page.source.path.rstrip("/") if page.source.path.endswith("/") else page.source.folder,
                by_path=self._at,
                by_name=lambda name, page=page: self._named(name, page, names, existing),  # type: ignore[misc]
                file_name=_file_name,
                url=lambda slug: page_url(club, slug),
            )
            made = rewriter.rewrite(page.source.body)
            page.source.body, page.files = made.body, made.files
            page.source.notes += made.notes

    def _find_heads(self) -> dict[str, str]:
        """The path of the source that stands for each folder; a folder without one gets one."""
        folders = {""}
        for source in self._sources.values():
            parents = PurePosixPath(source.path).parents
            folders |= {parent.as_posix() for parent in parents if parent.as_posix() != "."}
        heads: dict[str, str] = {}
        for folder in sorted(folders):
            head = self._head_of(folder)
            if head is None and folder:
                made = folder_source(folder)
                self._sources[made.path] = made
                head = made.path
            if head is not None:
                heads[folder] = head
        return heads

    def _head_of(self, folder: str) -> str | None:
        inside = [s for s in self._sources.values() if s.folder == folder and s.is_index and not s.path.endswith("/")]
        if inside:
            return min(inside, key=lambda source: (source.stem.lower() == "readme", source.path)).path
        beside = [f"{folder}{ending}" for ending in ENDINGS if f"{folder}{ending}" in self._sources]
        return beside[0] if folder and beside else None

    def _parent_of(self, path: str) -> str | None:
        folder = path.rstrip("/") if path.endswith("/") else self._sources[path].folder
        own = [name for name, head in self._heads.items() if head == path]
        if own:
            folder = PurePosixPath(own[0]).parent.as_posix() if own[0] else ""
            folder = "" if folder == "." else folder
        return self._heads.get(folder) if folder else None

    def _in_order(self) -> list[Planned]:
        below: dict[str | None, list[str]] = {}
        for path in self._sources:
            below.setdefault(self._parent_of(path), []).append(path)
        ordered: list[Planned] = []
        waiting: list[tuple[str | None, str]] = [(None, path) for path in self._sorted(below.get(None, []))]
        while waiting:
            parent, path = waiting.pop(0)
            ordered.append(Planned(self._sources[path], parent))
            waiting = [(path, child) for child in self._sorted(below.get(path, []))] + waiting
        return ordered

    def _sorted(self, paths: Iterable[str]) -> list[str]:
        def key(path: str) -> tuple[bool, float, list[tuple[int, str]], str]:
            return path != self._heads.get(""), self._sources[path].order, _natural(path), path

        return sorted(paths, key=key)

    def _at(self, path: str) -> Found | None:
        """What stands at a path: a page, the page of a folder, or a file."""
        for candidate in (path, *(f"{path}{ending}" for ending in ENDINGS), self._heads.get(path, "")):
            if candidate in self._by_path:
                return Found("page", self._by_path[candidate].slug)
        return Found("file", path) if path in self._files else None

    def _named(self, name: str, page: Planned, names: Mapping[str, str], existing: set[str]) -> Found | None:
        """What `[[name]]` means: a path, a file name or a title, as in Obsidian; beside the page before elsewhere."""
        here = f"{page.source.folder}/{name}".lstrip("/")
        for path in (here, name.lstrip("/")):
            if found := self._at(path):
                return found
        slug = names.get(slug_of(name)) or names.get(name.rpartition("/")[2].casefold())
        if slug:
            return None if slug == slug_of(name) else Found("page", slug)
        if slug_of(name) in existing:
            return None
        same = sorted(path for path in self._files if PurePosixPath(path).name == name.rpartition("/")[2])
        return Found("file", same[0]) if same else None

    def _names(self) -> dict[str, str]:
        """Slugs by title and by file name; titles first, and the first page of a title."""
        titles = [(slug_of(page.source.title), page.slug) for page in self.pages]
        stems = [(page.source.stem.casefold(), page.slug) for page in self.pages]
        often = Counter(name for name, _ in stems)
        return dict([*((n, s) for n, s in reversed(stems) if often[n] == 1), *reversed(titles)])


def _file_name(path: str, files: Mapping[str, str]) -> str:
    return free_name(clean_filename(path), set(files.values()))


def _free_slug(wanted: str, taken: set[str]) -> str:
    number, slug = 1, wanted
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def _natural(path: str) -> list[tuple[int, str]]:
    """Sorts `2-start` before `10-end`."""
    parts = re.split(r"([0-9]{1,9})", path.casefold())
    return [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in parts]
