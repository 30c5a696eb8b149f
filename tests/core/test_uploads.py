"""Uploads pass through piece by piece, and their names are harmless wherever they end up."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from core.errors import CercleError
from core.filenames import clean_filename
from core.uploads import Upload, body_chunks, multipart_files
from tests.core.bare_site import bind_bare_site

pytestmark = pytest.mark.anyio

LIMIT = 1_000_000
FORM = {"content-type": "multipart/form-data; boundary=XX"}


class Taker:
    """Answers with what it took in; `read` says how many bytes it had read when it refused."""

    def __init__(self) -> None:
        self.read = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bind_bare_site()

        async def counting() -> object:
            message = await receive()
            self.read += len(message.get("body", b""))
            return message

        try:
            response = await self._take(Request(scope, counting))  # type: ignore[arg-type]
        except CercleError as error:
            response = JSONResponse({"error": error.message}, error.status)
        await response(scope, receive, send)

    async def _take(self, request: Request) -> Response:
        if request.url.path == "/raw":
            return JSONResponse(sum([len(chunk) async for chunk in body_chunks(request, LIMIT)]))
        parts: list[list[object]] = []
        async for part in multipart_files(request, limit=LIMIT, max_files=3):
            if not isinstance(part, Upload):
                parts.append([part.name, part.value])
                continue
            parts.append([part.name, part.filename, part.content_type])
            if request.url.path == "/read":
                parts[-1].append(b"".join([chunk async for chunk in part.chunks]).decode("latin-1"))
        return JSONResponse(parts)


@pytest.fixture
def taker() -> Taker:
    return Taker()


@pytest.fixture
async def client(taker: Taker) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(taker), base_url="http://test") as client:
        yield client


async def pieces(data: bytes, step: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


def form(*parts: tuple[str, bytes], end: bytes = b"--XX--\r\n") -> bytes:
    sent = [b"--XX\r\n" + headers.encode() + b"\r\n\r\n" + body + b"\r\n" for headers, body in parts]
    return b"".join(sent) + end


def field(name: str, value: bytes) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value


def file(name: str, filename: str, body: bytes, kind: str = "text/plain; charset=utf-8") -> tuple[str, bytes]:
    return (
        f'content-disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}',
        body,
    )


@pytest.mark.parametrize("step", [1, 7, 100, 100_000])
async def test_the_parts_of_a_form_arrive_in_order(client: httpx.AsyncClient, step: int) -> None:
    body = form(
        field("title", "Été".encode()),
        file("files", "../été.txt", b"one\r\n--X two\r\n"),
        field("empty", b""),
        file("files", "b.html", b"", "text/html"),
        file("none", "", b""),
        field("last", b"x"),
    )
    answer = await client.post("/read", content=pieces(body, step), headers=FORM)
    assert answer.json() == [
        ["title", "Été"],
        ["files", "été.txt", "text/plain", "one\r\n--X two\r\n"],
        ["empty", ""],
        ["files", "b.html", "text/html", ""],
        ["last", "x"],
    ]


async def test_a_file_that_nobody_reads_is_skipped(client: httpx.AsyncClient) -> None:
    body = form(file("a", "a.bin", bytes(300_000)), field("after", b"yes"))
    answer = await client.post("/skip", content=pieces(body, 5_000), headers=FORM)
    assert answer.json() == [["a", "a.bin", "text/plain"], ["after", "yes"]]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (form(file("a", "a", b"x"), end=b""), 422, "cut off"),
        (form(field("a", b"x"))[:-9], 422, "cut off"),
        (b"", 422, "cut off"),
        (b"no form at all", 422, "malformed"),
        (form(("Content-Disposition: form-data", b"x")), 422, "malformed"),
        (form(("X: y", b"x")), 422, "malformed"),
        (form(("X" * 20_000 + ": y", b"x")), 422, "malformed"),
        (form(field("a", bytes(64 * 1024 + 1))), 413, "A field"),
        (form(*[field("a", b"")] * 51), 422, "too many fields"),
        (form(*[file("a", "a", b"")] * 4), 422, "At most 3 files"),
        (form(file("a", "a", bytes(LIMIT // 2)), file("a", "a", bytes(LIMIT // 2 + 1))), 413, "limit"),
    ],
)
async def test_a_wrong_form_is_refused(client: httpx.AsyncClient, body: bytes, status: int, words: str) -> None:
    answer = await client.post("/read", content=pieces(body, 60_000), headers=FORM)
    assert answer.status_code == status
    assert words in answer.json()["error"]


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "multipart/mixed; boundary=XX", "", ";;"])
async def test_another_type_of_body_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/read", content=b"x", headers={"content-type": kind})
    assert answer.status_code == 422


async def test_a_raw_body_passes(client: httpx.AsyncClient) -> None:
    assert (await client.put("/raw", content=pieces(bytes(LIMIT), 70_000))).json() == LIMIT


@pytest.mark.parametrize("path", ["/raw", "/read"])
async def test_an_announced_length_over_the_limit_is_refused_unread(
    client: httpx.AsyncClient, taker: Taker, path: str
) -> None:
    answer = await client.post(path, content=bytes(LIMIT + 9 * 1024 * 1024), headers=FORM)
    assert (answer.status_code, taker.read) == (413, 0)
    assert answer.json() == {"error": "This is larger than the limit of 976.6 kB."}


async def test_a_longer_body_than_announced_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.put("/raw", content=pieces(bytes(LIMIT + 1), 70_000))
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\été.txt", "été.txt"),
        ("/", "file"),
        ("", "file"),
        ("..", "file"),
        (" . ", "file"),
        ("a\x00b\r\n\tc.txt", "ab c.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("e\u0301te\u0301.txt", "été.txt"),
        ("name.txt. . ", "name.txt"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.txt", "console.txt"),
        (".htaccess", ".htaccess"),
        ("\ud800.txt", "?.txt"),
        ("a" * 300 + ".jpeg", "a" * 195 + ".jpeg"),
        ("é" * 300 + ".txt", "é" * 98 + ".txt"),
        ("x." + "y" * 300, "x." + "y" * 198),
        ("👩\u200d🚀.png", "👩\u200d🚀.png"),
    ],
)
def test_a_hostile_name_is_cleaned(name: str, clean: str) -> None:
    assert clean_filename(name) == clean


@given(st.text(max_size=300))
def test_any_name_becomes_safe_and_stays_as_it_is(name: str) -> None:
    clean = clean_filename(name)
    assert clean
    assert clean not in (".", "..")
    assert not set("/\\\x00\r\n\u202e\u2066") & set(clean)
    assert not clean.endswith((".", " "))
    assert len(clean.encode()) <= 200
    assert unicodedata.is_normalized("NFC", clean)
    assert clean_filename(clean) == clean
