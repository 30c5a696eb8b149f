"""What a person takes with them: an archive of all that the site keeps of them, written file by file in flat memory."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.accounts.hookspecs import ExportFile
from core.accounts.models import User
from core.errors import Conflict
from core.filenames import clean_filename
from core.i18n import direction, gettext, language, language_tag, speaking

if TYPE_CHECKING:
    from core.app import Cercle

logger = logging.getLogger("cercle.accounts")

INDEX = "index.html"
DEEPEST = 6  # folders below that of the part


@dataclass(frozen=True, slots=True)
class Taken:
    """What was written.

    Args:
        files: how many, the table of contents not counted.
        size: bytes of the archive.
        lacking: titles of the parts that could not answer.
        damaged: paths of files that could not be read to their end.
    """

    files: int
    size: int
    lacking: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything is in it."""
        return not self.lacking and not self.damaged


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of contents."""

    path: str
    label: str
    size: int
    is_whole: bool


@dataclass(slots=True)
class Section:
    """What one part gave."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)


async def export_person(app: Cercle, user: User, target: Path) -> Taken:
    """Write all that the parts keep of a person into a ZIP archive: JSON for programs, `index.html` for people.

    Args:
        app: the application.
        user: whose.
        target: a file that does not exist; it gets its name when it is complete, and only its owner can read it.

    Raises:
        Conflict: when the file exists.
    """
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    if target.exists():
        raise Conflict(gettext("%(path)s exists already.", path=target))
    with speaking(user.locale or language(), user.timezone):
        answers = await app.hooks.collect("person_exported", user=user)
        given = [answer for answer in answers if all(isinstance(file, ExportFile) for file in answer.value)]
        lacking = set(app.hooks.implementers("person_exported")) - {answer.plugin for answer in given}
        try:
            with os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                    sections = [
                        await _section(archive, answer.plugin, _title(app, answer.plugin), answer.value)
                        for answer in given
                    ]
                    absent = tuple(sorted(_title(app, name) for name in lacking))
                    archive.writestr(INDEX, _index(app, user, sections, absent))
                size = file.tell()
            os.link(unfinished, target)
        except FileExistsError:
            raise Conflict(gettext("%(path)s exists already.", path=target)) from None
        finally:
            unfinished.unlink(missing_ok=True)
    rows = [row for section in sections for row in section.rows]
    return Taken(len(rows), size, absent, tuple(row.path for row in rows if not row.is_whole))


async def _section(archive: zipfile.ZipFile, name: str, title: str, files: Sequence[ExportFile]) -> Section:
    section, taken = Section(name, title), set[str]()
    for file in files:
        path = _free(f"{name}/{_clean(file.path)}", taken)
        size, whole = await _write(archive, path, _chunks(file.content))
        section.rows.append(Row(path, file.label or path.partition("/")[2], size, whole))
    return section


async def _write(archive: zipfile.ZipFile, path: str, chunks: AsyncIterator[bytes]) -> tuple[int, bool]:
    """How many bytes were written, and whether they were all; writing happens beside the event loop."""
    size = 0
    with archive.open(path, "w", force_zip64=True) as entry:
        while True:
            try:
                chunk = await anext(chunks, None)
            except Exception:  # a plugin may raise anything; the rest of the archive is written
                logger.exception("%s is not whole", path)
                return size, False
            if chunk is None:
                return size, True
            await asyncio.to_thread(entry.write, chunk)
            size += len(chunk)


async def _chunks(content: object) -> AsyncIterator[bytes]:
    if isinstance(content, AsyncIterable):
        async for chunk in content:
            yield chunk
    elif isinstance(content, bytes):
        yield content
    elif isinstance(content, str):
        yield content.encode()
    else:
        yield json.dumps(content, ensure_ascii=False, indent=2, default=str).encode()


def _clean(path: str) -> str:
    """A path that leads nowhere but down, whatever people called their things."""
    steps = [clean_filename(step) for step in path.split("/") if step.strip(". ")]
    return "/".join(steps[-DEEPEST:]) or "file"


def _free(path: str, taken: set[str]) -> str:
    """The path, numbered when it is taken; letter case does not count, since it does not on every system."""
    found, number = path, 2
    folder, slash, name = path.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    while found.casefold() in taken:
        shown = f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"
        found, number = f"{folder}{slash}{shown}", number + 1
    taken.add(found.casefold())
    return found


def _title(app: Cercle, name: str) -> str:
    loaded = app.parts.get(name)
    return gettext(loaded.part.title) if loaded else name


def _index(app: Cercle, user: User, sections: Sequence[Section], lacking: Sequence[str]) -> str:
    return app.pages.render(
        "accounts/export/index.html",
        person=user,
        sections=[section for section in sections if section.rows],
        lacking=lacking,
        now=datetime.now(UTC),
        locale=language_tag(),
        direction=direction(),
    )
