"""Files go out as they came in, in pieces where asked, and never run in anybody's browser."""

from __future__ import annotations

import pytest

from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio

BODY = bytes(range(256)) * 40


async def test_a_download_is_what_was_sent_under_its_own_name(shelf: Shelf) -> None:
    id = (await shelf.file("Éléphant “1”.bin", BODY))["id"]
    answer = await shelf.village.client(shelf.village.guest).get(f"{shelf.base}/file/{id}/content")
    assert (answer.status_code, answer.content) == (200, BODY)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%C3%89l%C3%A9phant" in answer.headers["content-disposition"]
    assert answer.headers["content-length"] == str(len(BODY))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("door", ["page", "api", "path"])
async def test_ranges_and_tags_are_understood_at_every_door(shelf: Shelf, door: str) -> None:
    file = await shelf.file("a.bin", BODY)
    village = shelf.village
    client = village.client(village.member) if door == "page" else village.api(village.member)
    address = {
        "page": f"{shelf.base}/file/{file['id']}/content",
        "api": f"{shelf.api}/{file['id']}/content",
        "path": f"{shelf.api}/content/a.bin",
    }[door]
    part = await client.get(address, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, BODY[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(BODY)}"
    assert (await client.get(address, headers={"range": "bytes=-10"})).content == BODY[-10:]
    beyond = await client.get(address, headers={"range": f"bytes={len(BODY)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(BODY)}")
    tag = part.headers["etag"]
    assert tag == f'"{file["hash"]}"'
    same = await client.get(address, headers={"if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    late = await client.get(address, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (late.status_code, late.content) == (200, BODY)
    head = await client.head(address)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(BODY)))


async def test_every_version_stays_to_be_downloaded(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt", b"first"))["id"]
    await shelf.file("a.txt", b"second")
    guest = shelf.village.client(shelf.village.guest)
    assert (await guest.get(f"{shelf.base}/file/{id}/versions/1/content")).content == b"first"
    assert (await guest.get(f"{shelf.base}/file/{id}/versions/2/content")).content == b"second"
    assert (await guest.get(f"{shelf.base}/file/{id}/versions/3/content")).status_code == 404


@pytest.mark.parametrize(
    ("name", "claimed", "body"),
    [
        ("a.html", "text/html", b"<script>alert(1)</script>"),
        ("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.xhtml", "application/xhtml+xml", b"<html/>"),
        ("a.svg", "", b"<svg onload='alert(1)'/>"),
        ("a.js", "text/javascript", b"alert(1)"),
        ("a.png", "text/html; charset=utf-8", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
    ],
)
async def test_what_a_browser_could_run_is_saved_never_shown(
    shelf: Shelf, name: str, claimed: str, body: bytes
) -> None:
    id = (await shelf.file(name, body, content_type=claimed))["id"]
    member = shelf.village.client(shelf.village.member)
    answer = await member.get(f"{shelf.base}/file/{id}/content?inline=1")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"].split(";")[0] == "application/octet-stream"
    page = await member.get(f"{shelf.base}/file/{id}")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "onload='alert" not in page.text


async def test_a_page_that_claims_to_be_a_picture_is_served_as_a_picture_that_nobody_sniffs(shelf: Shelf) -> None:
    id = (await shelf.file("a.png", b"<script>alert(1)</script>", content_type="image/png"))["id"]
    answer = await shelf.village.client(shelf.village.member).get(f"{shelf.base}/file/{id}/content?inline=1")
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/png", "nosniff")
    assert answer.headers["content-security-policy"].startswith("sandbox")


@pytest.mark.parametrize("page", ["", "/content", "/thumbnail", "/versions/1/content"])
async def test_people_outside_find_no_file(shelf: Shelf, page: str) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt"))["id"]
    for person in (village.outsider, village.removed):
        client = village.client(person)
        there = await client.get(f"{shelf.base}/file/{id}{page}")
        nowhere = await client.get(f"{shelf.base}/file/987654{page}")
        assert (there.status_code, nowhere.status_code) == (404, 404)
    assert (await village.client().get(f"{shelf.base}/file/{id}{page}")).status_code == 303


async def test_a_file_is_not_found_through_another_club(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt"))["id"]
    owner, script = village.client(village.owner), village.api(village.owner)
    for page in ("", "/content", "/thumbnail", "/versions/1/content"):
        assert (await owner.get(f"/c/cave/files/file/{id}{page}")).status_code == 404
    assert (await script.get(f"clubs/cave/files/{id}")).status_code == 404
    assert (await script.get("clubs/cave/files/content/a.txt")).status_code == 404


async def test_nothing_is_served_while_the_plugin_is_off(shelf: Shelf) -> None:
    village = shelf.village
    id = (await shelf.file("a.txt", b"kept"))["id"]
    member, script = village.client(village.member), shelf.script(village.member)
    pages = [f"{shelf.base}/", f"{shelf.base}/file/{id}", f"{shelf.base}/file/{id}/content"]
    await village.switch("files", "off")
    assert [(await member.get(page)).status_code for page in pages] == [404, 404, 404]
    assert (await script.get(f"{shelf.api}/content/a.txt")).status_code == 404
    assert (await shelf.put("b.txt")).status_code == 404
    await village.switch("files", "read_only")
    assert (await shelf.put("b.txt")).status_code == 403
    assert (await member.get(pages[2])).content == b"kept"


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
async def test_a_number_beyond_any_row_is_not_found(shelf: Shelf, number: int) -> None:
    member, script = shelf.village.client(shelf.village.member), shelf.script(shelf.village.member)
    id = (await shelf.file("a.txt"))["id"]
    pages = [f"/file/{number}", f"/folders/{number}", f"/file/{id}/versions/{number}/content"]
    assert [(await member.get(shelf.base + page)).status_code for page in pages] == [404, 404, 404]
    assert (await script.get(f"{shelf.api}/{number}")).status_code == 404


async def test_the_page_of_a_text_shows_its_beginning(shelf: Shelf) -> None:
    id = (await shelf.file("a.md", "# Été <b>".encode() + b"\n" * 40_000 + b"the end"))["id"]
    page = (await shelf.village.client(shelf.village.guest).get(f"{shelf.base}/file/{id}")).text
    assert "# Été &lt;b&gt;" in page
    assert "the end" not in page
    assert "This is the beginning of the file" in page
