"""A club in which every bundled plugin keeps something, and the sums that must be right afterwards."""

from __future__ import annotations

from io import BytesIO

from PIL import Image

from cercle.testing import Village
from core.db import rows
from core.models import Blob
from plugins.directory.models import Absence
from spaces.models import Club

HELD = (
    ("wiki_attachment", "hash", "size"),
    ("blog_attachment", "hash", "size"),
    ("blog_post", "cover_hash", ""),
    ("files_version", "hash", "size"),
    ("files_version", "thumbnail_hash", ""),
    ("spaces_club", "cover_hash", ""),
    ("spaces_erasure", "export_hash", ""),
    ("accounts_user", "photo_hash", ""),
)


def picture(colour: str) -> bytes:
    """A PNG of one colour."""
    made = BytesIO()
    Image.new("RGB", (64, 48), colour).save(made, "PNG")
    return made.getvalue()


async def fill(village: Village, club: Club, *, bytes_of: str = "") -> None:
    """Let the owner write with every plugin: pages below pages, a trash, versions, pictures and thumbnails.

    Args:
        village: the site.
        club: where everything is on.
        bytes_of: makes the files differ from those of another club.
    """
    page, api = village.client(village.owner), village.api(village.owner)
    base, below = f"/c/{club.slug}", f"clubs/{club.slug}"
    parent = ""
    for title in ("Top", "Middle", "Bottom"):
        sent = {"title": title, "body": "Words, and [[Top]]", **({"parent": parent} if parent else {})}
        answer = await api.post(f"{below}/wiki/pages", json=sent)
        assert answer.status_code == 201, answer.text
        parent = answer.json()["slug"]
    files = {"file": ("plan.txt", f"plan {bytes_of}".encode() * 50, "text/plain")}
    assert (await page.post(f"{base}/wiki/pages/top/attachments", files=files)).status_code == 303
    assert (await page.post(f"{base}/wiki/pages/new/attachments", files=files)).status_code in (201, 303)
    assert (await api.delete(f"{below}/wiki/pages/middle")).status_code == 204
    post = {"title": "News", "body": "There is news", "state": "published"}
    answer = await api.post(f"{below}/blog/posts", json=post)
    assert answer.status_code == 201, answer.text
    slug = answer.json()["slug"]
    image = {"file": ("cover.png", picture("teal"), "image/png")}
    assert (await page.post(f"{base}/blog/posts/{slug}/cover", files=image)).status_code == 303
    assert (await page.post(f"{base}/blog/attachments", files=image)).status_code == 201
    for path in ("a/b/note.txt", "a/b/note.txt", "a/photo.png"):
        content = picture("plum") if path.endswith("png") else f"{path} {bytes_of}".encode() * 100
        assert (await api.put(f"{below}/files/content/{path}", content=content)).status_code in (200, 201)
    await village.app.jobs.run("files.make_thumbnail")
    await Absence.create(club_id=club.id, user_id=village.owner.id)


async def used(club: Club) -> tuple[int, int]:
    """The space that a club's row says is used, and the sum of what its rows count."""
    counted = 0
    for table, column, size in HELD:
        if size:
            sql = f"""SELECT sum("{size}") AS n FROM {table} WHERE club_id = {club.id} AND "{column}" <> ''"""
            counted += int((await rows(sql))[0]["n"] or 0)
    return (await Club.get(id=club.id)).storage_used, counted


async def wrong_blobs() -> dict[str, tuple[int, int]]:
    """Blobs whose references are not what the rows of all tables hold, as (references, held)."""
    held: dict[str, int] = {}
    for table, column, _ in HELD:
        sql = f"""SELECT "{column}" AS hash, count(*) AS n FROM {table} WHERE "{column}" <> '' GROUP BY "{column}" """
        for row in await rows(sql):
            held[row["hash"]] = held.get(row["hash"], 0) + int(row["n"])
    found = {blob.hash: blob.references for blob in await Blob.all()}
    return {
        hash: (found.get(hash, 0), held.get(hash, 0))
        for hash in {*found, *held}
        if found.get(hash, 0) != held.get(hash, 0)
    }
