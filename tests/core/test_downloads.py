"""Downloads keep to RFC 9110, name the file as it is called, and run nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from core.downloads import content_disposition, parse_range
from core.errors import Unavailable
from core.storage import INLINE_TYPES, BlobResponse, LocalStorage, Written
from tests.core.bare_site import bind_bare_site

pytestmark = pytest.mark.anyio

DATA = os.urandom(3_000_000)


class Downloads:
    """Answers every request with one blob."""

    def __init__(self, storage: LocalStorage, written: Written) -> None:
        self.storage, self.written = storage, written
        self.options: dict[str, Any] = {"filename": "data.bin"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bind_bare_site()
        response = BlobResponse(self.storage, self.written.hash, size=self.written.size, **self.options)
        await response(scope, receive, send)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


@pytest.fixture
async def downloads(tmp_path: Path) -> Downloads:
    storage = LocalStorage(tmp_path)
    return Downloads(storage, await storage.write(pieces(DATA), limit=len(DATA)))


@pytest.fixture
async def client(downloads: Downloads) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(downloads), base_url="http://test") as client:
        yield client


async def test_the_whole_file(client: httpx.AsyncClient, downloads: Downloads) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.content) == (200, DATA)
    assert dict(answer.headers) == {
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "content-disposition": 'attachment; filename="data.bin"',
        "content-length": "3000000",
        "content-security-policy": "sandbox; default-src 'none'",
        "content-type": "application/octet-stream",
        "etag": f'"{downloads.written.hash}"',
        "x-content-type-options": "nosniff",
    }


async def test_head_answers_without_bytes_and_ignores_ranges(client: httpx.AsyncClient) -> None:
    answer = await client.head("/", headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "3000000")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-", 10, 3_000_000),
        ("bytes=-5", 2_999_995, 3_000_000),
        ("BYTES=1000000-2500000", 1_000_000, 2_500_001),
        ("bytes=2999999-99999999", 2_999_999, 3_000_000),
        ("bytes=-99999999", 0, 3_000_000),
    ],
)
async def test_a_range(client: httpx.AsyncClient, asked: str, start: int, end: int) -> None:
    answer = await client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/3000000"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=3000000-", "bytes=-0", "bytes=9999999-99999999"])
async def test_a_range_beyond_the_end_is_refused(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == "bytes */3000000"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "bytes=5-1", "bytes=-", "bytes=a-b", "items=0-1", "bytes", ""])
async def test_a_range_that_is_not_understood_gets_the_whole_file(client: httpx.AsyncClient, asked: str) -> None:
    answer = await client.get("/", headers={"range": asked})
    assert (answer.status_code, answer.content) == (200, DATA)


async def test_a_range_only_of_the_version_that_the_reader_has(client: httpx.AsyncClient, downloads: Downloads) -> None:
    etag = f'"{downloads.written.hash}"'
    answers = {
        known: (await client.get("/", headers={"range": "bytes=0-1", "if-range": known})).status_code
        for known in (etag, f"W/{etag}", '"other"', "Wed, 21 Oct 2026 07:28:00 GMT")
    }
    assert list(answers.values()) == [206, 200, 200, 200]


@pytest.mark.parametrize("known", ["{}", "W/{}", '"a", {}, "b"', "*", ' "x,y" ,{}'])
async def test_what_the_reader_has_is_not_sent_again(
    client: httpx.AsyncClient, downloads: Downloads, known: str
) -> None:
    etag = f'"{downloads.written.hash}"'
    headers = {"if-none-match": known.format(etag), "range": "bytes=0-1"}
    answer = await client.get("/", headers=headers)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert "content-length" not in answer.headers
    assert "cache-control" in answer.headers


async def test_another_version_is_sent(client: httpx.AsyncClient) -> None:
    assert (await client.get("/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_an_empty_file(client: httpx.AsyncClient, downloads: Downloads) -> None:
    downloads.written = await downloads.storage.write(pieces(b""), limit=0)
    assert (await client.get("/")).content == b""
    assert (await client.get("/", headers={"range": "bytes=0-"})).status_code == 416


async def test_missing_bytes_are_known_before_anything_is_sent(client: httpx.AsyncClient, downloads: Downloads) -> None:
    await downloads.storage.delete(downloads.written.hash)
    with pytest.raises(Unavailable):
        await client.get("/")


async def test_a_file_cut_short_on_the_disk_breaks_off(client: httpx.AsyncClient, downloads: Downloads) -> None:
    hash = downloads.written.hash
    (downloads.storage.folder / hash[:2] / hash).write_bytes(DATA[:-1])
    with pytest.raises(RuntimeError, match="damaged"):
        await client.get("/")


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("text/html", "application/octet-stream"),
        ("IMAGE/SVG+XML", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("text/javascript; charset=utf-8", "application/octet-stream"),
        ("text/css", "application/octet-stream"),
        ("multipart/x-mixed-replace", "application/octet-stream"),
        ("image/png\r\nX-Evil: 1", "application/octet-stream"),
        ("nonsense", "application/octet-stream"),
        ("application/pdf", "application/pdf"),
        ("video/mp4", "video/mp4"),
    ],
)
async def test_only_harmless_types_are_shown(
    client: httpx.AsyncClient, downloads: Downloads, content_type: str, sent: str
) -> None:
    downloads.options |= {"content_type": content_type, "inline": True}
    answer = await client.get("/")
    assert answer.headers["content-type"] == sent
    assert answer.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize("content_type", sorted(INLINE_TYPES))
async def test_pictures_and_text_are_shown_when_wanted(
    client: httpx.AsyncClient, downloads: Downloads, content_type: str
) -> None:
    downloads.options |= {"content_type": content_type, "inline": True}
    shown = await client.get("/")
    downloads.options |= {"inline": False}
    saved = await client.get("/")
    assert shown.headers["content-type"].startswith(content_type)
    kinds = [answer.headers["content-disposition"].split(";")[0] for answer in (shown, saved)]
    assert kinds == ["inline", "attachment"]


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("plain name.txt", 'attachment; filename="plain name.txt"'),
        ("été.txt", "attachment; filename=\"ete.txt\"; filename*=UTF-8''%C3%A9t%C3%A9.txt"),
        ('a"b\\c%d', "attachment; filename=\"a_b_c_d\"; filename*=UTF-8''a%22b%5Cc%25d"),
        ("日本", "attachment; filename=\"file\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"),
    ],
)
def test_the_name_is_written_for_old_and_new_readers(filename: str, header: str) -> None:
    assert content_disposition(filename, "attachment") == header


@given(st.text())
def test_any_name_makes_one_well_formed_header(filename: str) -> None:
    header = content_disposition(filename, "inline")
    match = re.fullmatch(r"""inline; filename="([ !#-\[\]-~]+)"(?:; filename\*=UTF-8''([\x21-\x7e]+))?""", header)
    assert match is not None or not filename
    if match and match[2]:
        assert unquote(match[2]) == filename.encode("utf-8", "replace").decode()


@given(st.integers(0, 100), st.integers(0, 120), st.integers(0, 120))
def test_ranges_are_within_the_file(size: int, first: int, last: int) -> None:
    found = parse_range(f"bytes={first}-{last}", size)
    if last < first:
        assert found is None
    elif first >= size:
        assert found == "unsatisfiable"
    else:
        assert found == (first, min(last + 1, size))
