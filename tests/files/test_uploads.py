"""Files come in whole or not at all, by forms and by the API, and never under a name that could hurt somebody."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import Blob
from plugins.files.models import Entry, Version
from tests.files.conftest import Shelf

pytestmark = pytest.mark.anyio


async def test_a_member_uploads_several_files_with_a_plain_form(shelf: Shelf) -> None:
    member = shelf.village.client(shelf.village.member)
    folder = await shelf.folder("Contrats")
    files = [("file", ("a.txt", b"one", "text/plain")), ("file", ("b.pdf", b"%PDF-", "application/pdf"))]
    answer = await member.post(f"{shelf.base}/uploads", data={"folder": str(folder)}, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{shelf.base}/folders/{folder}")
    assert sorted(await Entry.filter(parent_key=folder).values_list("name", "size", "content_type")) == [
        ("a.txt", 3, "text/plain"),
        ("b.pdf", 5, "application/pdf"),
    ]
    assert await shelf.states() == {"a.txt": "published", "b.pdf": "published"}
    assert await shelf.used() == 8


async def test_a_form_without_a_file_is_refused(shelf: Shelf) -> None:
    member = shelf.village.client(shelf.village.member)
    answer = await member.post(f"{shelf.base}/uploads", data={"folder": "0"}, files={"file": ("", b"")})
    assert answer.status_code == 422
    assert await shelf.counts() == (0, 0, 0)


async def test_an_upload_into_a_folder_of_another_club_finds_no_folder(shelf: Shelf) -> None:
    village = shelf.village
    owner = village.client(village.owner)
    await owner.post("/c/cave/files/folders", data={"name": "Secret", "parent": "0"})
    secret = (await Entry.get(name="Secret")).id
    answer = await owner.post(f"{shelf.base}/uploads", data={"folder": str(secret)}, files={"file": ("a", b"x")})
    assert answer.status_code == 404
    assert await shelf.names() == ["Secret/"]


async def test_the_same_name_again_is_a_new_version(shelf: Shelf) -> None:
    first = await shelf.file("Rapport.txt", b"first")
    answer = await shelf.put("rapport.TXT", b"second!")
    assert (answer.status_code, answer.json()["id"], answer.json()["version"]) == (200, first["id"], 2)
    assert answer.json()["name"] == "Rapport.txt"
    assert await Version.all().order_by("number").values_list("number", "size") == [(1, 5), (2, 7)]
    assert await shelf.used() == 12


async def test_nobody_replaces_the_file_of_somebody_else_without_the_right(shelf: Shelf) -> None:
    village = shelf.village
    await shelf.file("plan.txt", b"mine", by=village.owner)
    answer = await shelf.put("plan.txt", b"yours", by=village.member)
    assert answer.status_code == 403
    assert (await shelf.put("plan.txt", b"ours", by=village.moderator)).status_code == 200
    assert [version.size for version in await Version.all().order_by("number")] == [4, 4]


async def test_folders_on_the_way_are_made_once(shelf: Shelf) -> None:
    await shelf.file("Année 2026/Été/a.txt")
    await shelf.file("année 2026/été/b.txt")
    assert await shelf.names() == ["Année 2026/", "a.txt", "b.txt", "Été/"]


async def test_a_file_is_never_a_folder(shelf: Shelf) -> None:
    await shelf.file("notes")
    await shelf.folder("Photos")
    inside, over = await shelf.put("notes/a.txt"), await shelf.put("photos")
    assert (inside.status_code, over.status_code) == (409, 409)
    assert await shelf.names() == ["Photos/", "notes"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Temp\\plan.doc", "plan.doc"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("nul\x00byte.txt", "nulbyte.txt"),
        ("CON.txt", "_CON.txt"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
        ("   ", "file"),
    ],
)
async def test_hostile_names_are_tamed(shelf: Shelf, sent: str, kept: str) -> None:
    body = (
        b'--XX\r\nContent-Disposition: form-data; name="file"; filename="'
        + sent.replace("\\", "\\\\").encode()
        + b'"\r\n\r\nx\r\n--XX--\r\n'
    )
    member = shelf.village.client(shelf.village.member)
    headers = {"content-type": "multipart/form-data; boundary=XX"}
    answer = await member.post(f"{shelf.base}/uploads", content=body, headers=headers)
    assert answer.status_code == 303
    assert await shelf.names() == [kept]
    page = await member.get(shelf.base + "/")
    assert "<img src=x" not in page.text


@pytest.mark.parametrize("path", ["..", "a/../b", "a//b", "./a", "a/"])
async def test_a_path_that_climbs_is_refused(shelf: Shelf, path: str) -> None:
    status = await raw_put(shelf, f"/api/v1/clubs/atelier/files/content/{path}")
    assert status == 422
    assert await shelf.counts() == (0, 0, 0)


async def test_only_those_who_may_upload_do(shelf: Shelf) -> None:
    village = shelf.village
    assert (await shelf.put("a.txt", by=village.guest)).status_code == 403
    assert (await shelf.put("a.txt", by=village.outsider)).status_code == 404
    assert (await shelf.put("a.txt", by=village.removed)).status_code == 404
    assert (await village.api(None).put(f"{shelf.api}/content/a.txt", content=b"x")).status_code == 401
    assert await shelf.counts() == (0, 0, 0)


async def test_a_broken_raw_upload_leaves_nothing(shelf: Shelf) -> None:
    chunks: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x" * 70_000, "more_body": True},
        {"type": "http.disconnect"},
    ]
    await raw_put(shelf, "/api/v1/clubs/atelier/files/content/Dossier/big.bin", chunks)
    assert await shelf.counts() == (0, 0, 0)
    assert await Blob.all().count() == 0
    assert temporary_files(shelf) == []


async def test_a_broken_form_leaves_nothing_of_all_its_files(shelf: Shelf) -> None:
    part = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\n'
    cut = part % b"whole.txt" + b"all of it\r\n" + part % b"half.txt" + b"only the begin"
    member = shelf.village.client(shelf.village.member)
    headers = {"content-type": "multipart/form-data; boundary=XX"}
    answer = await member.post(f"{shelf.base}/uploads", content=cut, headers=headers)
    assert answer.status_code == 422
    assert await shelf.counts() == (0, 0, 0)
    assert temporary_files(shelf) == []


async def test_an_upload_over_the_limit_is_refused_before_it_is_read(shelf: Shelf) -> None:
    limit = shelf.village.app.settings.max_upload
    read: list[int] = []
    status = await raw_put(shelf, "/api/v1/clubs/atelier/files/content/a", length=limit + 1, read=read)
    assert (status, read) == (413, [])


async def test_the_note_of_a_known_version_is_honoured(shelf: Shelf) -> None:
    first = await shelf.put("a.txt", b"one")
    assert (await shelf.put("a.txt", b"two", if_none_match="*")).status_code == 412
    assert (await shelf.put("b.txt", b"new", if_none_match="*")).status_code == 201
    assert (await shelf.put("a.txt", b"two", if_match=first.headers["etag"])).status_code == 200
    stale = await shelf.put("a.txt", b"three", if_match=first.headers["etag"])
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, 2)
    assert (await shelf.put("none.txt", b"x", if_match="*")).status_code == 412
    assert await Version.all().count() == 3


async def test_the_tag_of_the_json_is_honoured_too(shelf: Shelf) -> None:
    id = (await shelf.file("a.txt"))["id"]
    script = shelf.script(shelf.village.member)
    tag = (await script.get(f"{shelf.api}/{id}")).headers["etag"]
    assert (await script.put(f"{shelf.api}/{id}/content", content=b"2", headers={"if-match": tag})).status_code == 200
    assert (await script.put(f"{shelf.api}/{id}/content", content=b"3", headers={"if-match": tag})).status_code == 412


async def test_a_browser_puts_a_file_into_the_folder_it_shows(shelf: Shelf) -> None:
    village = shelf.village
    folder = await shelf.folder("Photos")
    member = village.client(village.member)
    page = await member.get(f"{shelf.base}/folders/{folder}")
    address = f"/api/v1/{shelf.api}/folders/{folder}/content/"
    assert f'data-put-url="{address}{{name}}"' in page.text
    answer = await member.put(f"{address}été.jpg", content=b"x", headers={"content-type": "image/jpeg"})
    assert answer.status_code == 201
    assert (await Entry.get(parent_key=folder)).name == "été.jpg"


async def test_a_new_version_keeps_the_name_of_the_file(shelf: Shelf) -> None:
    id = (await shelf.file("plan.txt", b"one"))["id"]
    member = shelf.village.client(shelf.village.member)
    sent = {"file": ("plan final (3).txt", b"two", "text/plain")}
    answer = await member.post(f"{shelf.base}/file/{id}/versions", files=sent)
    assert answer.status_code == 303
    assert (await shelf.names(), (await Entry.get(id=id)).version) == (["plan.txt"], 2)


async def test_an_older_version_becomes_the_current_one_again(shelf: Shelf) -> None:
    id = (await shelf.file("plan.txt", b"good"))["id"]
    await shelf.file("plan.txt", b"bad!!")
    member = shelf.village.client(shelf.village.member)
    assert (await member.post(f"{shelf.base}/file/{id}/versions/1/restoration")).status_code == 303
    assert (await member.get(f"{shelf.base}/file/{id}/content")).content == b"good"
    assert "version 1 again" in (await member.get(f"{shelf.base}/file/{id}")).text
    assert (await Entry.get(id=id)).version == 3
    assert await shelf.used() == 13


async def raw_put(
    shelf: Shelf,
    path: str,
    messages: list[dict[str, Any]] | None = None,
    *,
    length: int | None = None,
    read: list[int] | None = None,
) -> int:
    """A PUT as the server hands it on, with a path that no client tidies; answers the status, 0 for none."""
    script = shelf.script(shelf.village.member)
    await script.get("me")
    waiting = list(messages or [{"type": "http.request", "body": b"x", "more_body": False}])
    sent: list[int] = []
    headers = [(b"host", b"127.0.0.1:8000"), (b"authorization", script.headers["authorization"].encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))

    async def receive() -> dict[str, Any]:
        if read is not None:
            read.append(1)
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "PUT",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 1),
    }
    await shelf.village.app(scope, receive, send)
    return sent[0] if sent else 0


def temporary_files(shelf: Shelf) -> list[str]:
    folder = shelf.village.app.settings.data_dir / "blobs" / "tmp"
    return [path.name for path in folder.iterdir()]
