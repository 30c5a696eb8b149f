"""Takes uploads in as streams: raw bodies and forms, never a whole file in memory or beside its place."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.downloads import media_type_of
from core.errors import CercleError, Invalid, TooLarge
from core.filenames import clean_filename
from core.i18n import filesize
from core.i18n import gettext as _
from core.settings import KIB, MIB

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELDS = 50
MAX_FIELD = 64 * KIB
MAX_FILES = 100

_AROUND_FILES = 8 * MIB  # fields, headers and boundaries of the largest form that is taken


@dataclass(frozen=True, slots=True)
class Field:
    """A plain field of a form."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form, on its way in.

    Args:
        name: of the form field.
        filename: cleaned by `clean_filename`.
        content_type: what the sender says it is, without parameters; a claim, not a fact.
        chunks: the bytes. They pass once: what has not been read when the next part is asked for is skipped.
    """

    name: str
    filename: str
    content_type: str
    chunks: AsyncIterator[bytes]


def by_script(request: Request) -> bool:
    """Whether a file is sent by the script that shows a bar: it goes on by itself, and wants a word instead of a page."""
    return "application/json" in request.headers.get("accept", "")


def answer_script(refused: CercleError | None = None) -> Response:
    """The answer to a script that sent a file: nothing, or why it was refused."""
    return PlainTextResponse(refused.message, refused.status) if refused else Response(status_code=204)


async def body_chunks(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The raw body of a request, piece by piece.

    Args:
        request: its body has not been read yet.
        limit: the most bytes that are taken.

    Raises:
        TooLarge: from the announced length before anything is read, or as soon as more arrives.
        Invalid: when the announced length is not a number.
    """
    _refuse_announced(request, limit, limit)
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            raise _too_large(limit)
        if chunk:
            yield chunk


async def multipart_files(
    request: Request, *, limit: int, max_files: int = MAX_FILES
) -> AsyncGenerator[Field | Upload, None]:
    """The parts of a `multipart/form-data` body in the order in which they were sent (RFC 7578).

    Each `Upload` is there before its bytes are, so they can go straight into the storage. A file input left
    empty is passed over.

    Args:
        request: its body has not been read yet.
        limit: the most bytes of all files together.
        max_files: the most files.

    Raises:
        TooLarge: when the files, or a field (64 KiB), are larger; by the announced length before reading
            anything.
        Invalid: when the form is malformed, cut off, or has too many fields (50) or files.
    """
    _refuse_announced(request, limit + _AROUND_FILES, limit)
    form = _Form(request, limit)
    fields = files = 0
    while (part := await form.next_part()) is not None:
        if part.filename is None:
            fields += 1
            if fields > MAX_FIELDS:
                raise Invalid(_("This form has too many fields."))
            yield Field(part.name, await form.text())
        elif part.filename:
            files += 1
            if files > max_files:
                raise Invalid(_("At most %(count)s files at once, please.", count=max_files))
            yield Upload(part.name, clean_filename(part.filename), part.content_type, form.chunks())


class _Part:
    """The headers of one part. `filename` is None for a plain field."""

    def __init__(self) -> None:
        self.name = ""
        self.filename: str | None = None
        self.content_type = ""
        self.headers: dict[bytes, bytes] = {}

    def finish(self) -> None:
        kind, options = parse_options_header(self.headers.get(b"content-disposition"))
        if kind != b"form-data" or b"name" not in options:
            raise _malformed()
        self.name = _text(options[b"name"])
        self.filename = _text(options[b"filename"]) if b"filename" in options else None
        self.content_type = media_type_of(self.headers.get(b"content-type", b"").decode("latin-1"))


class _End:
    """The form is over."""


_END = _End()
_Event = _Part | bytes | None | _End  # a part begins, some of its bytes, a part ends, the form ends


class _Form:
    """Pulls the body through the parser, only as fast as its parts are read."""

    def __init__(self, request: Request, limit: int) -> None:
        self._stream = request.stream()
        self._limit = limit
        self._file_bytes = self._other_bytes = 0
        self._events: deque[_Event] = deque()
        self._in_part = self._complete = False
        self._part = _Part()
        self._header_name = self._header_value = b""
        self._parser = _parser_of(request, self)

    async def next_part(self) -> _Part | None:
        """The next part, or None at the end of the form. Skips what is left of the one before."""
        while (event := await self._next_event()) is not _END:
            self._in_part = isinstance(event, _Part)
            if isinstance(event, _Part):
                return event
        return None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The bytes of the part at hand."""
        while self._in_part:
            event = await self._next_event()
            if not isinstance(event, bytes):
                self._in_part = False
                return
            yield event

    async def text(self) -> str:
        """The part at hand as text."""
        value = bytearray()
        async for chunk in self.chunks():
            value += chunk
            if len(value) > MAX_FIELD:
                raise TooLarge(_("A field of this form is larger than %(limit)s.", limit=filesize(MAX_FIELD)))
        return _text(bytes(value))

    async def _next_event(self) -> _Event:
        while not self._events:
            chunk = await anext(self._stream, None)
            if chunk is None and self._complete:
                return _END
            if chunk is None:
                raise Invalid(_("The upload was cut off. Please try again."))
            self._feed(chunk)
        return self._events.popleft()

    def _feed(self, chunk: bytes) -> None:
        before = self._file_bytes
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise _malformed() from None
        self._other_bytes += len(chunk) - (self._file_bytes - before)
        if self._file_bytes > self._limit or self._other_bytes > _AROUND_FILES:
            raise _too_large(self._limit)

    def on_part_begin(self) -> None:
        self._part = _Part()

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        self._part.headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def on_headers_finished(self) -> None:
        self._part.finish()
        self._events.append(self._part)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.filename is not None:
            self._file_bytes += end - start
        self._events.append(data[start:end])

    def on_part_end(self) -> None:
        self._events.append(None)

    def on_end(self) -> None:
        self._complete = True


def _parser_of(request: Request, form: _Form) -> MultipartParser:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise Invalid(_("This must be a form of the type multipart/form-data."))
    callbacks: MultipartCallbacks = {
        "on_part_begin": form.on_part_begin,
        "on_header_field": form.on_header_field,
        "on_header_value": form.on_header_value,
        "on_header_end": form.on_header_end,
        "on_headers_finished": form.on_headers_finished,
        "on_part_data": form.on_part_data,
        "on_part_end": form.on_part_end,
        "on_end": form.on_end,
    }
    try:
        return MultipartParser(boundary, callbacks)
    except FormParserError:
        raise _malformed() from None


def _refuse_announced(request: Request, most: int, limit: int) -> None:
    announced = request.headers.get("content-length")
    if announced is None:
        return
    if not re.fullmatch(r"[0-9]{1,18}", announced):
        raise Invalid(_("The length of the upload is not a number."))
    if int(announced) > most:
        raise _too_large(limit)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(_("This is larger than the limit of %(limit)s.", limit=filesize(limit)))


def _malformed() -> Invalid:
    return Invalid(_("This form is malformed."))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
