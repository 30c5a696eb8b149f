"""Static files go out small, and last; what search engines are told."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village
from core.assets import IMMUTABLE, StaticFiles
from core.errors import NotFound

pytestmark = pytest.mark.sqlite_only
STYLE = b"body { color: rebeccapurple }\n" * 100


@pytest.fixture
def files(tmp_path: Path) -> httpx.AsyncClient:
    """A part's folder with a style sheet, and one that was built and lies there packed, too."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "part.css").write_bytes(STYLE)
    (tmp_path / "small.css").write_bytes(b"a{}")
    (tmp_path / "picture.png").write_bytes(STYLE)
    (tmp_path / "dist" / "app-AB12.js").write_bytes(STYLE)
    (tmp_path / "dist" / "app-AB12.js.br").write_bytes(b"packed by brotli")
    (tmp_path / "dist" / "app-AB12.js.gz").write_bytes(gzip.compress(STYLE))
    transport = httpx.ASGITransport(StaticFiles({"core": tmp_path}))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/static/core/")


@pytest.mark.parametrize(
    "accepted, coding",
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("gzip;q=0, br; q=0.0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_built_file_is_sent_in_the_smallest_form_the_browser_takes(
    files: httpx.AsyncClient, accepted: str, coding: str | None
) -> None:
    async with files.stream("GET", "dist/app-AB12.js", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.status_code == 200
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Accept-Encoding", IMMUTABLE)


async def test_each_form_has_its_own_tag_which_is_not_sent_twice(files: httpx.AsyncClient) -> None:
    tags = set()
    for path in ("dist/app-AB12.js", "part.css"):
        for accepted in ("br", "gzip", "identity"):
            headers = {"Accept-Encoding": accepted}
            async with files.stream("GET", path, headers=headers) as answer:
                tags.add((path, answer.headers["etag"]))
                headers["If-None-Match"] = answer.headers["etag"]
            again = await files.get(path, headers=headers)
            assert (again.status_code, again.content) == (304, b"")
    assert len(tags) == 5  # the style sheet of a part is packed in one way only


async def test_a_style_sheet_of_a_part_is_packed_when_it_is_asked_for(files: httpx.AsyncClient) -> None:
    packed = await files.get("part.css?v=1", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == STYLE
    assert int(packed.headers["content-length"]) < len(STYLE) / 10


async def test_a_changed_style_sheet_is_packed_anew(files: httpx.AsyncClient, tmp_path: Path) -> None:
    await files.get("part.css", headers={"Accept-Encoding": "gzip"})
    (tmp_path / "part.css").write_bytes(STYLE.replace(b"rebeccapurple", b"teal"))
    packed = await files.get("part.css", headers={"Accept-Encoding": "gzip"})
    assert b"teal" in packed.content


@pytest.mark.parametrize("path", ["picture.png", "small.css"])
async def test_what_packing_does_not_make_smaller_goes_as_it_is(files: httpx.AsyncClient, path: str) -> None:
    answer = await files.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert (answer.status_code, "content-encoding" in answer.headers) == (200, False)


@pytest.mark.parametrize("path", ["nothing.css", "dist/", "../test_assets.py", "dist/app-AB12.js%00"])
async def test_what_is_not_there_is_not_found(files: httpx.AsyncClient, path: str) -> None:
    with pytest.raises(NotFound):
        await files.get(path, headers={"Accept-Encoding": "gzip, br"})


async def test_pages_name_the_rules_of_what_may_be_fetched_ahead(village: Village) -> None:
    member = village.client(village.member)
    page = await member.get("/c/atelier/wiki/")
    rules = await member.get(page.headers["speculation-rules"].strip('"'))
    assert (rules.status_code, rules.headers["content-type"]) == (200, "application/speculationrules+json")
    assert rules.json()["prefetch"][0]["eagerness"] == "moderate"


async def test_fetching_ahead_leaves_no_trace(village: Village) -> None:
    member = village.client(village.member)
    ahead = {"Sec-Purpose": "prefetch"}
    for headers, noted in ((ahead, False), ({}, True)):
        assert (await member.get("/c/atelier/", headers=headers)).status_code == 200
        viewer = await village.viewer(village.member)
        assert (viewer.clubs[0].visited_at is not None) is noted


async def test_search_engines_are_told_what_is_closed(village: Village) -> None:
    answer = await village.client().get("/robots.txt")
    lines = answer.text.splitlines()
    assert (answer.status_code, lines[0]) == (200, "User-agent: *")
    assert {"Disallow: /api/", "Disallow: /admin/", "Disallow: /account/"} <= set(lines)
    assert "Disallow: /" not in lines


async def test_a_page_says_what_it_is_about(village: Village) -> None:
    assert '<meta name="description" content="' in (await village.client().get("/")).text
