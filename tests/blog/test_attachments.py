"""Pictures and files in posts: sent while writing, tied to the post when it is saved, seen by its readers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import httpx
from PIL import Image

from cercle import Club
from cercle.testing import Village
from core.accounts.models import User
from core.models import Blob
from plugins.blog.hooks import plugin_holdings
from plugins.blog.models import Attachment, Post
from plugins.blog.services.attachments import MAX_FILE, MAX_UNTIED, remove_untied
from tests.blog.writing import write

BASE = "/c/atelier/blog"


def picture(colour: str = "teal") -> bytes:
    """A small PNG."""
    written = BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "PNG")
    return written.getvalue()


async def send(
    village: Village,
    name: str = "plan du site.png",
    content: bytes | None = None,
    content_type: str = "image/png",
    *,
    by: User | None = None,
    base: str = BASE,
) -> httpx.Response:
    """What the editor does with a file that is pasted."""
    client = village.client(by or village.member, accept="application/json")
    sent = picture() if content is None else content
    return await client.post(f"{base}/attachments", files={"file": (name, sent, content_type)})


async def pasted(village: Village, name: str = "plan du site.png", *, by: User | None = None) -> tuple[str, str]:
    """The Markdown for a pasted picture, and its address."""
    answer = await send(village, name, by=by)
    assert answer.status_code == 201, answer.text
    markdown = str(answer.json()["markdown"])
    return markdown, markdown.partition("](")[2].removesuffix(")")


async def status(village: Village, address: str, person: User | None = None) -> int:
    """How the address of a file is answered."""
    return (await village.client(person).get(address)).status_code


async def test_a_pasted_picture_is_in_the_new_post_and_its_readers_see_it(village: Village) -> None:
    markdown, address = await pasted(village)
    file = await Attachment.get()
    assert markdown == f"![plan du site.png]({BASE}/attachments/{file.key}/plan%20du%20site.png)"
    assert (file.size, file.post_id, file.uploader_id) == (len(picture()), None, village.member.id)
    sent = {"title": "News", "body": f"Look:\n\n{markdown}", "then": "show"}
    assert (await village.client(village.member).post(f"{BASE}/posts", data=sent)).status_code == 303
    post = await Post.get()
    assert (await Attachment.get()).post_id == post.id
    assert f'src="{address}"' in post.body_html
    assert (await Blob.get(hash=file.hash)).references == 1
    assert [await status(village, address, one) for one in (village.member, village.owner)] == [200, 200]
    assert [await status(village, address, one) for one in (village.guest, village.outsider, None)] == [404, 404, 404]
    await village.client(village.member).post(f"{BASE}/posts/news/publication", data={"audience": "club"})
    assert [await status(village, address, one) for one in (village.guest, village.outsider, None)] == [200, 404, 404]


async def test_everybody_sees_the_pictures_of_a_public_post_and_they_run_nothing(village: Village) -> None:
    markdown, address = await pasted(village)
    await write(village, "News", body=markdown, audience="public")
    with village.queries() as seen:
        answer = await village.client().get(address)
    assert (answer.status_code, answer.content, seen.count <= 3) == (200, picture(), True)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert address in (await village.client().get(f"{BASE}/feed.atom")).text
    assert await status(village, address.replace("plan", "other")) == 404
    await village.switch("blog", "off")
    assert await status(village, address, village.member) == 404


async def test_a_picture_is_its_uploaders_alone_until_the_post_is_saved(village: Village) -> None:
    _, address = await pasted(village)
    assert await status(village, address, village.member) == 200
    others = (village.owner, village.moderator, village.operator, village.guest, village.outsider, None)
    assert [await status(village, address, one) for one in others] == [404] * 6


async def test_what_is_added_to_a_post_later_stays_with_its_old_versions(village: Village) -> None:
    await write(village, "News", body="Words")
    markdown, address = await pasted(village)
    client = village.client(village.member)
    for version, body in ((1, markdown), (2, "Words again")):
        sent = {"title": "News", "body": body, "version": str(version)}
        assert (await client.post(f"{BASE}/posts/news", data=sent)).status_code == 303
    await Attachment.all().update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    await remove_untied()
    assert (await Attachment.get()).post_id == (await Post.get()).id
    assert await status(village, address, village.guest) == 200


async def test_a_trashed_post_hides_its_pictures_until_it_is_back(village: Village) -> None:
    markdown, address = await pasted(village)
    await write(village, "News", body=markdown, audience="public")
    client = village.client(village.member)
    await client.post(f"{BASE}/posts/news/delete")
    people = (village.member, village.owner, None)
    assert [await status(village, address, one) for one in people] == [404, 404, 404]
    await client.post(f"{BASE}/posts/news/restoration")
    assert [await status(village, address, one) for one in people] == [200, 200, 200]


async def test_nobody_makes_the_file_of_another_person_or_club_theirs(village: Village) -> None:
    markdown, _ = await pasted(village, by=village.owner)
    await write(village, "Of the member", body=markdown, audience="public")
    await write(village, "Of the other club", club=village.public, body=markdown, audience="public")
    assert (await Attachment.get()).post_id is None
    theirs = await write(village, "Of the owner", author=village.owner, body=markdown)
    await write(village, "Copied", body=markdown, audience="public")
    file = await Attachment.get()
    assert file.post_id == theirs.id
    assert await status(village, f"/c/place/blog/attachments/{file.key}/plan%20du%20site.png", village.owner) == 404


async def test_the_editor_lists_what_waits_and_what_the_post_has(village: Village) -> None:
    markdown, tied = await pasted(village, "tied.png")
    await write(village, "News", body=markdown)
    _, waiting = await pasted(village, "waiting.png")
    await pasted(village, "foreign.png", by=village.owner)
    client = village.client(village.member, accept="application/json")
    mine = {"name": "waiting.png", "url": waiting}
    assert (await client.get(f"{BASE}/attachments")).json() == [mine]
    with_post = await client.get(f"{BASE}/attachments?post=news")
    assert with_post.json() == [mine, {"name": "tied.png", "url": tied}]
    await write(village, "Hers", author=village.owner, state="draft")
    assert (await client.get(f"{BASE}/attachments?post=hers")).status_code == 404
    assert f'data-attach-url="{BASE}/attachments"' in (await client.get(f"{BASE}/posts/new")).text
    assert f'data-attach-url="{BASE}/attachments?post=news"' in (await client.get(f"{BASE}/posts/news/edit")).text


async def test_what_no_post_was_saved_with_goes_after_two_days(village: Village) -> None:
    await pasted(village, "forgotten.png")
    await pasted(village, "fresh.png")
    old = datetime.now(UTC) - timedelta(days=2, minutes=1)
    await Attachment.filter(name="forgotten.png").update(created_at=old)
    assert (await Club.get(id=village.club.id)).storage_used == 2 * len(picture())
    await remove_untied()
    left = await Attachment.get()
    assert left.name == "fresh.png"
    assert (await Blob.get(hash=left.hash)).references == 1
    assert (await Club.get(id=village.club.id)).storage_used == len(picture())


async def test_a_post_that_is_gone_for_good_leaves_its_files_to_the_job(village: Village) -> None:
    markdown, _ = await pasted(village)
    post = await write(village, "News", body=markdown)
    await Attachment.all().update(created_at=datetime(2020, 1, 1, tzinfo=UTC))
    await Post.filter(id=post.id).delete()
    await remove_untied()
    assert await Attachment.all().count() == 0
    assert await Blob.filter(references__gt=0).count() == 0


async def test_other_files_are_links_and_only_ever_downloaded(village: Village) -> None:
    answer = await send(village, "page [1].html", b"<script>alert(1)</script>", "text/html")
    file = await Attachment.get()
    address = f"{BASE}/attachments/{file.key}/page%20%5B1%5D.html"
    assert answer.json() == {"markdown": f"[page \\[1\\].html]({address})"}
    shown = await village.client(village.member).get(address)
    assert shown.headers["content-disposition"].startswith("attachment")
    assert shown.headers["content-type"] == "application/octet-stream"


async def test_what_cannot_be_taken_is_refused_with_the_reason(village: Village) -> None:
    broken = await send(village, "photo.png", b"<svg onload=alert(1)>")
    assert broken.status_code == 422
    assert broken.json()["detail"].startswith("This is not an image of a known kind.")
    nothing = await village.client(village.member).post(f"{BASE}/attachments", data={"no": "file"}, files={})
    assert (nothing.status_code, "detail" in nothing.json()) == (422, True)
    large = await send(village, "film.mp4", b"\0" * (MAX_FILE + 1), "video/mp4")
    assert (large.status_code, large.json()) == (413, {"detail": "This is larger than the limit of 50 MB."})
    await Club.filter(id=village.club.id).update(quota=10)
    full = await send(village)
    assert (full.status_code, "There is no room for this" in full.json()["detail"]) == (413, True)
    assert (await send(village, by=village.guest)).status_code == 403
    assert await Attachment.all().count() == 0
    assert (await Club.get(id=village.club.id)).storage_used == 0


async def test_files_that_wait_for_a_post_are_limited_in_number(village: Village) -> None:
    waiting = [
        Attachment(
            club_id=village.club.id,
            key=f"key-{number}",
            name="a.txt",
            hash="0" * 64,
            size=1,
            content_type="text/plain",
            uploader_id=village.member.id,
        )
        for number in range(MAX_UNTIED)
    ]
    await Attachment.bulk_create(waiting)
    refused = await send(village)
    assert refused.status_code == 422
    assert refused.json()["detail"].endswith("Save your post first.")


async def test_the_club_counts_the_files_of_its_posts(village: Village) -> None:
    await pasted(village)
    held = await plugin_holdings(village.club)
    assert [(one.label, one.count, one.size) for one in held] == [("posts", 0, 0), ("attachment", 1, len(picture()))]
