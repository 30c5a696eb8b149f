"""Answers with the bytes of a stored file: whole or a range, cached by hash, and harmless to the reader.

RFC 9110 for ranges and conditions, RFC 6266 and 8187 for the file name. Bytes that members upload run
nowhere: the answer is sandboxed, never sniffed, and an attachment unless its type is one of `INLINE_TYPES`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Literal
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from core.stores import Storage

# A browser shows these without running anything. Not PDF: browsers refuse to open their viewer in a sandbox.
INLINE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain"})
"""The media types that `BlobResponse` lets a browser show; all others it is told to save."""
ANY_TYPE = "application/octet-stream"

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}")
_ACTIVE_TYPE = re.compile(r"html|xml|svg|script|css|wasm|multipart|manifest|shockwave|xpinstall")
_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.IGNORECASE)
_ETAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_RFC_8187_PLAIN = "!#$&+-.^_`|~"


class BlobResponse(StreamingResponse):
    """The bytes of a blob, for GET and HEAD.

    A single range is honoured; several at once, and ranges that are not understood, get the whole file. An
    absent blob raises `Unavailable` before anything is sent.

    Args:
        storage: where the bytes are.
        hash: which bytes.
        size: how many; the row knows.
        filename: what the reader's file is to be called; any text.
        content_type: what the uploader said it is. Active types become `application/octet-stream`.
        inline: show instead of download, where `INLINE_TYPES` allows it.
        etag: what identifies this version, without quotes; the hash unless given.
        cache_control: who may keep the answer.
    """

    def __init__(
        self,
        storage: Storage,
        hash: str,
        *,
        size: int,
        filename: str,
        content_type: str = ANY_TYPE,
        inline: bool = False,
        etag: str | None = None,
        cache_control: str = "private, no-cache",
    ) -> None:
        media_type = _harmless(media_type_of(content_type))
        shown = inline and media_type in INLINE_TYPES
        headers = {
            "Accept-Ranges": "bytes",
            "Cache-Control": cache_control,
            "Content-Disposition": content_disposition(filename, "inline" if shown else "attachment"),
            "Content-Length": str(size),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "ETag": f'"{etag or hash}"',
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(_nothing(), headers=headers, media_type=media_type)
        self._storage = storage
        self._hash = hash
        self._size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start, end = self._answer(scope["method"], Headers(scope=scope))
        if scope["method"] == "HEAD" or start == end:
            await super().__call__(scope, receive, send)
            return
        async with aclosing(self._storage.read(self._hash, start, end)) as chunks:
            first = await anext(chunks, b"")
            self.body_iterator = _exactly(end - start, first, chunks)
            await super().__call__(scope, receive, send)

    def _answer(self, method: str, headers: Headers) -> tuple[int, int]:
        """Sets status and headers in the order of RFC 9110, 13.2.2; answers which bytes go out."""
        etag = self.headers["etag"]
        if _matches(headers.get("if-none-match"), etag):
            self.status_code = 304
            for name in ("content-length", "content-type", "content-disposition"):
                del self.headers[name]
            return 0, 0
        asked = headers.get("range")
        if asked is None or method != "GET" or headers.get("if-range", etag) != etag:
            return 0, self._size
        found = parse_range(asked, self._size)
        if found is None:
            return 0, self._size
        if found == "unsatisfiable":
            self.status_code = 416
            self.headers["content-range"] = f"bytes */{self._size}"
            self.headers["content-length"] = "0"
            return 0, 0
        start, end = found
        self.status_code = 206
        self.headers["content-range"] = f"bytes {start}-{end - 1}/{self._size}"
        self.headers["content-length"] = str(end - start)
        return start, end


def parse_range(header: str, size: int) -> tuple[int, int] | Literal["unsatisfiable"] | None:
    """The single range that a `Range` header asks for, as start and (exclusive) end; None to ignore it.

    Args:
        header: the value of the header.
        size: of the whole file, in bytes.
    """
    match = _RANGE.fullmatch(header.strip(" \t"))
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return (size - length, size) if length else "unsatisfiable"
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        return "unsatisfiable"
    return int(first), min(int(last) + 1, size) if last else size


def content_disposition(filename: str, kind: Literal["attachment", "inline"]) -> str:
    """The header that names a download: an ASCII name and, where that differs, the true one."""
    plain = unicodedata.normalize("NFKD", filename).encode("ascii", "ignore").decode()
    plain = re.sub(r'[^ -~]|["\\%]', "_", plain).strip() or "file"
    header = f'{kind}; filename="{plain}"'
    if plain == filename:
        return header
    return f"{header}; filename*=UTF-8''{quote(filename, safe=_RFC_8187_PLAIN, errors='replace')}"


def media_type_of(content_type: str) -> str:
    """The media type in lower case, without parameters; `application/octet-stream` when malformed."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else ANY_TYPE


def _harmless(media_type: str) -> str:
    return ANY_TYPE if _ACTIVE_TYPE.search(media_type) else media_type


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _ETAG.findall(if_none_match)


async def _exactly(length: int, first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Passes on the promised number of bytes; breaks off when there are fewer, so that the reader notices."""
    sent = len(first)
    yield first
    async for chunk in rest:
        sent += len(chunk)
        yield chunk
    if sent != length:
        raise RuntimeError(f"a blob is damaged: {sent} bytes instead of {length}")


async def _nothing() -> AsyncGenerator[bytes, None]:
    return
    yield b""
