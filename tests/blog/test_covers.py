"""Covers: taken in, made harmless, shown to who may read the post, given back."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from cercle.testing import Village
from core.models import Blob
from plugins.blog.models import Post
from tests.blog.writing import write

COVER = "/c/atelier/blog/posts/news/cover"


def picture(colour: str = "teal", width: int = 2000) -> bytes:
    """A JPEG with something in its metadata."""
    written = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    Image.new("RGB", (width, 900), colour).save(written, "JPEG", exif=exif)
    return written.getvalue()


async def test_a_cover_is_made_small_and_harmless(village: Village) -> None:
    await write(village, "News")
    sent = {"file": ("photo.jpg", picture(), "image/jpeg")}
    assert (await village.client(village.member).post(COVER, files=sent)).status_code == 303
    shown = await village.client(village.guest).get(COVER)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    with Image.open(BytesIO(shown.content)) as image:
        assert image.size == (1600, 720)
    assert b"secret" not in shown.content
    page = await village.client(village.guest).get("/c/atelier/blog/")
    assert f'src="{COVER}?v=' in page.text


async def test_a_cover_is_seen_by_who_may_read_the_post(village: Village) -> None:
    await write(village, "News", state="draft")
    sent = {"file": ("photo.jpg", picture(), "image/jpeg")}
    await village.client(village.member).post(COVER, files=sent)
    assert (await village.client(village.guest).get(COVER)).status_code == 404
    publication = "/c/atelier/blog/posts/news/publication"
    await village.client(village.member).post(publication, data={"audience": "public", "moment": "now"})
    assert (await village.client().get(COVER)).status_code == 200
    await village.switch("blog", "off")
    assert (await village.client().get(COVER)).status_code == 404


async def test_a_new_cover_gives_the_old_one_back(village: Village) -> None:
    await write(village, "News")
    client = village.client(village.member)
    for colour in ("teal", "coral"):
        await client.post(COVER, files={"file": ("photo.jpg", picture(colour, 400), "image/jpeg")})
    assert sorted([blob.references for blob in await Blob.all()]) == [0, 1]
    await client.post(COVER + "/text", data={"alt": "The harbour"})
    assert (await Post.get()).cover_alt == "The harbour"
    await client.post(COVER + "/delete")
    post = await Post.get()
    assert (post.cover_hash, post.cover_size, post.cover_alt) == (None, 0, "")
    assert await Blob.filter(references__gt=0).count() == 0


async def test_what_is_no_picture_is_refused(village: Village) -> None:
    await write(village, "News")
    client = village.client(village.member)
    for content in (b"<svg onload=alert(1)>", b"", picture()[:2000]):
        page = await client.post(COVER, files={"file": ("photo.jpg", content, "image/jpeg")})
        assert page.status_code == 422
    assert (await client.post(COVER, data={"alt": "x"})).status_code == 422
    assert (await Post.get()).cover_hash is None
