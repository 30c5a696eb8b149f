"""Attachments: sent as they stream, shown in the text, removed and put back."""

from datetime import UTC, datetime

from cercle import Club
from cercle.testing import Village
from core.models import Blob
from plugins.wiki.models import Attachment, Page
from plugins.wiki.services.trash import empty_trash
from tests.wiki.steps import BASE, get, mend, post, write

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


async def attach(village: Village, name: str, content: bytes, content_type: str) -> None:
    """A member sends a file."""
    answer = await village.client(village.member).post(
        f"{BASE}/pages/agenda/attachments", files={"file": (name, content, content_type)}
    )
    assert answer.status_code == 303, answer.text


async def test_a_picture_is_stored_and_shown_where_the_text_names_it(village: Village) -> None:
    await write(village, "Agenda", "![Plan](plan%20du%20site.png)")
    await attach(village, "plan du site.png", PNG, "image/png")
    await mend(village)

    file = await Attachment.get()
    page = await Page.get()
    assert (file.name, file.size, file.uploader_id) == ("plan du site.png", len(PNG), village.member.id)
    assert (await Blob.get(hash=file.hash)).references == 1
    address = f"{BASE}/attachments/{file.key}/plan%20du%20site.png"
    assert f'src="{address}"' in page.body_html
    answer = await village.client(village.guest).get(address)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (await village.client(village.outsider).get(address)).status_code == 404
    assert "plan du site.png" in await get(village, "/pages/agenda")


async def test_html_is_only_ever_downloaded(village: Village) -> None:
    await write(village, "Agenda", "text")
    await attach(village, "page.html", b"<script>alert(1)</script>", "text/html")
    file = await Attachment.get()
    answer = await village.client(village.member).get(f"{BASE}/attachments/{file.key}/page.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_a_text_box_that_sends_a_file_gets_what_to_write(village: Village) -> None:
    await write(village, "Agenda", "text")
    client = village.client(village.member, accept="application/json")
    for expected in ("![image.png](image.png)", "![image-2.png](image-2.png)"):
        answer = await client.post(f"{BASE}/pages/agenda/attachments", files={"file": ("image.png", PNG, "image/png")})
        assert (answer.status_code, answer.json()) == (201, {"markdown": expected})
    refused = await client.post(f"{BASE}/pages/agenda/attachments", data={"no": "file"}, files={})
    assert refused.status_code == 422
    assert "detail" in refused.json()


async def test_a_file_is_removed_and_put_back(village: Village) -> None:
    await write(village, "Agenda", "[r](r.pdf)")
    await attach(village, "r.pdf", b"%PDF", "application/pdf")
    file = await Attachment.get()
    address = f"{BASE}/attachments/{file.key}/r.pdf"
    await post(village, f"/attachments/{file.key}/removal")
    await mend(village)
    assert (await village.client(village.member).get(address)).status_code == 404
    assert file.key not in (await Page.get()).body_html
    await post(village, f"/attachments/{file.key}/return")
    await mend(village)
    assert (await village.client(village.member).get(address)).status_code == 200
    assert file.key in (await Page.get()).body_html


async def test_files_of_a_trashed_page_are_not_served(village: Village) -> None:
    await write(village, "Agenda", "text")
    await attach(village, "r.pdf", b"%PDF", "application/pdf")
    file = await Attachment.get()
    await post(village, "/pages/agenda/trash")
    answer = await village.client(village.member).get(f"{BASE}/attachments/{file.key}/r.pdf")
    assert answer.status_code == 404


async def test_a_file_of_another_club_is_not_found_here(village: Village) -> None:
    await write(village, "Agenda", "text")
    await attach(village, "r.pdf", b"%PDF", "application/pdf")
    file = await Attachment.get()
    owner = village.client(village.owner)
    assert (await owner.get(f"/c/cave/wiki/attachments/{file.key}/r.pdf")).status_code == 404
    assert (await owner.post(f"/c/cave/wiki/attachments/{file.key}/removal")).status_code == 404
    assert (await Attachment.get()).trashed_at is None


async def test_a_guest_sends_and_removes_nothing(village: Village) -> None:
    await write(village, "Agenda", "text")
    await attach(village, "r.pdf", b"%PDF", "application/pdf")
    file = await Attachment.get()
    guest = village.client(village.guest)
    assert (await guest.post(f"{BASE}/attachments/{file.key}/removal")).status_code == 403
    sent = await guest.post(f"{BASE}/pages/agenda/attachments", files={"file": ("x.png", PNG, "image/png")})
    assert sent.status_code == 403
    assert await Attachment.all().count() == 1


async def test_a_file_that_does_not_fit_into_the_club_is_refused(village: Village) -> None:
    await write(village, "Agenda", "text")
    await Club.filter(id=village.club.id).update(quota=150)
    await attach(village, "small.png", PNG, "image/png")
    answer = await village.client(village.member).post(
        f"{BASE}/pages/agenda/attachments", files={"file": ("second.png", PNG, "image/png")}
    )
    assert answer.status_code == 413
    assert [file.name for file in await Attachment.all()] == ["small.png"]
    assert (await Club.get(id=village.club.id)).storage_used == len(PNG)
    await Attachment.all().update(trashed_at=datetime(2020, 1, 1, tzinfo=UTC))
    await empty_trash()
    assert (await Club.get(id=village.club.id)).storage_used == 0
    assert await Attachment.all().count() == 0
