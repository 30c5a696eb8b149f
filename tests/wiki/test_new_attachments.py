"""Files that are sent while a new page is written: they wait for it, and belong to it once it is there."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx

from cercle import Club
from cercle.testing import Village
from core.accounts.models import User
from core.models import Blob
from plugins.wiki.models import Attachment, Page
from spaces.services import set_grant
from tests.wiki.steps import BASE, get, mend, post, save, write

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


async def send(
    village: Village, person: User | None, name: str = "plan.png", *, content: bytes = PNG, base: str = BASE
) -> httpx.Response:
    """The editor of a new page sends a file."""
    client = village.client(person, accept="application/json")
    return await client.post(f"{base}/pages/new/attachments", files={"file": (name, content, "image/png")})


def address(file: Attachment, club: str = "atelier") -> str:
    """Where the bytes are."""
    return f"/c/{club}/wiki/attachments/{file.key}/{file.name}"


async def statuses(village: Village, url: str, *people: User | None) -> list[int]:
    """What each of them gets."""
    return [(await village.client(person).get(url)).status_code for person in people]


async def used(village: Village) -> int:
    """Bytes that count into the club's room."""
    return int((await Club.get(id=village.club.id)).storage_used)


async def test_the_form_for_a_new_page_takes_files(village: Village) -> None:
    assert f'data-attach-url="{BASE}/pages/new/attachments"' in await get(village, "/pages/new")


async def test_a_picture_of_a_new_page_is_seen_by_its_uploader_alone_and_then_by_everybody(village: Village) -> None:
    answer = await send(village, village.member, "plan.png")
    assert (answer.status_code, answer.json()) == (201, {"markdown": "![plan.png](plan.png)"})
    file = await Attachment.get()
    assert (file.page_id, file.club_id, file.uploader_id) == (None, village.club.id, village.member.id)
    assert await used(village) == len(PNG)
    people = (village.member, village.owner, village.moderator, village.guest, village.outsider, village.removed)
    assert await statuses(village, address(file), *people) == [200, 404, 404, 404, 404, 404]

    await write(village, "Plan", f"Voici :\n\n{answer.json()['markdown']}")
    assert await Attachment.get() == file
    tied = await Attachment.get(id=file.id).select_related("page")
    assert (tied.page and tied.page.slug, tied.name, tied.key) == ("plan", "plan.png", file.key)
    assert (await Blob.get(hash=file.hash)).references == 1
    assert await used(village) == len(PNG)
    shown = await village.client(village.guest).get(f"{BASE}/pages/plan")
    assert f'src="{address(file)}"' in shown.text
    assert await statuses(village, address(file), *people) == [200, 200, 200, 200, 404, 404]


async def test_the_picture_stays_when_the_page_is_saved_again_or_made_anew(village: Village) -> None:
    await send(village, village.member)
    await write(village, "Plan", "![](plan.png)")
    file = await Attachment.get()
    await save(village, "plan", "![](plan.png)\n\nPlus.", version=1)
    assert address(file) in (await Page.get()).body_html
    await Page.all().update(stale_at=datetime.now(UTC))
    await mend(village)
    assert address(file) in (await Page.get()).body_html


async def test_the_editor_lists_the_files_of_its_own_writer(village: Village) -> None:
    await send(village, village.member)
    file = await Attachment.get()
    url = f"{BASE}/pages/new/attachments"
    mine = await village.client(village.member, accept="application/json").get(url)
    assert mine.json() == [{"name": "plan.png", "url": address(file)}]
    assert "no-store" in mine.headers["cache-control"]
    assert (await village.client(village.owner, accept="application/json").get(url)).json() == []
    assert await statuses(village, url, village.guest, village.outsider) == [403, 404]


async def test_a_guest_and_an_outsider_send_nothing(village: Village) -> None:
    assert (await send(village, village.guest)).status_code == 403
    assert (await send(village, village.outsider)).status_code == 404
    assert await Attachment.all().count() == 0


async def test_what_somebody_else_sent_cannot_be_taken(village: Village) -> None:
    await send(village, village.owner)
    file = await Attachment.get()
    await write(village, "Vol", f"![](plan.png) ![]({address(file)})")
    assert (await Attachment.get()).page_id is None
    assert await statuses(village, address(file), village.owner, village.member) == [200, 404]


async def test_a_file_of_another_club_cannot_be_taken(village: Village) -> None:
    assert (await send(village, village.owner, base="/c/cave/wiki")).status_code == 201
    file = await Attachment.get()
    here = address(file)
    body = f"![](plan.png) ![]({here}) ![]({address(file, 'cave')})"
    written = await village.client(village.owner).post(f"{BASE}/pages", data={"title": "Vol", "body": body})
    assert written.status_code == 303
    assert (await Attachment.get()).page_id is None
    assert await statuses(village, here, village.owner, village.member) == [404, 404]
    assert await statuses(village, address(file, "cave"), village.owner, village.member) == [200, 404]


async def test_a_waiting_file_is_not_removed_or_put_back_through_its_key(village: Village) -> None:
    await send(village, village.member)
    file = await Attachment.get()
    for way in ("removal", "return"):
        for person in (village.member, village.owner):
            answer = await village.client(person).post(f"{BASE}/attachments/{file.key}/{way}")
            assert answer.status_code == 404
    assert (await Attachment.get()).trashed_at is None


async def test_people_who_send_the_same_name_at_once_each_keep_their_own(village: Village) -> None:
    people = (village.member, village.owner, village.member)
    answers = await asyncio.gather(*(send(village, person, content=PNG + b"x") for person in people))
    assert [answer.status_code for answer in answers] == [201] * 3
    names = sorted([(file.uploader_id, file.name) for file in await Attachment.all()])
    mine, theirs = village.member.id, village.owner.id
    assert names == sorted([(mine, "plan.png"), (mine, "plan-2.png"), (theirs, "plan.png")])

    pages = [(village.member, "Le mien", "![](plan.png) ![](plan-2.png)"), (village.owner, "Le leur", "![](plan.png)")]
    for person, title, body in pages:
        answer = await village.client(person).post(f"{BASE}/pages", data={"title": title, "body": body})
        assert answer.status_code == 303
    tied = await Attachment.all().order_by("page_id", "name").values_list("page__slug", "uploader_id", "name")
    assert list(tied) == [
        ("le-mien", mine, "plan-2.png"),
        ("le-mien", mine, "plan.png"),
        ("le-leur", theirs, "plan.png"),
    ]


async def test_two_pages_that_name_the_same_file_at_once_do_not_share_it(village: Village) -> None:
    await send(village, village.member)
    both = await asyncio.gather(*(post(village, "/pages", title=title, body="![](plan.png)") for title in ("A", "B")))
    assert [answer.status_code for answer in both] == [303, 303]
    await mend(village)
    file = await Attachment.get()
    showing = [page.id for page in await Page.all() if file.key in page.body_html]
    assert showing == [file.page_id]


async def test_a_refused_form_loses_neither_text_nor_file(village: Village) -> None:
    await write(village, "Plan", "déjà là")
    await send(village, village.member)
    file = await Attachment.get()
    for fields in ({"title": "Plan"}, {"title": ""}, {"title": "Autre", "parent": "nulle-part"}):
        refused = await post(village, "/pages", body="Voici ![](plan.png)", **fields)
        assert refused.status_code == 422
        assert "Voici ![](plan.png)" in refused.text
        assert f'data-attach-url="{BASE}/pages/new/attachments"' in refused.text
        assert (await Attachment.get()).page_id is None
    await write(village, "Autre plan", "Voici ![](plan.png)")
    assert address(file) in (await Page.get(slug="autre-plan")).body_html


async def test_what_the_text_does_not_name_keeps_waiting(village: Village) -> None:
    await send(village, village.member, "un.png")
    await send(village, village.member, "deux.png")
    await write(village, "Plan", "![](un.png) `![](deux.png)`")
    assert [file.name for file in await Attachment.filter(page_id=None)] == ["deux.png"]
    assert "deux.png" not in await get(village, "/pages/plan/attachments")


async def test_what_is_too_large_or_no_file_is_refused(village: Village) -> None:
    await Club.filter(id=village.club.id).update(quota=150)
    assert (await send(village, village.member)).status_code == 201
    refused = await send(village, village.member, "second.png")
    assert (refused.status_code, list(refused.json())) == (413, ["detail"])
    assert await used(village) == len(PNG)
    empty = await village.client(village.member, accept="application/json").post(
        f"{BASE}/pages/new/attachments", data={"no": "file"}
    )
    assert (empty.status_code, list(empty.json())) == (422, ["detail"])
    assert await Attachment.all().count() == 1


async def test_html_that_waits_is_only_ever_downloaded(village: Village) -> None:
    client = village.client(village.member)
    files = {"file": ("page.html", b"<script>alert(1)</script>", "text/html")}
    assert (await client.post(f"{BASE}/pages/new/attachments", files=files)).status_code == 201
    answer = await client.get(address(await Attachment.get()))
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_what_no_page_took_is_removed_after_two_days_and_its_space_given_back(village: Village) -> None:
    for name in ("tied.png", "old.png", "new.png"):
        await send(village, village.member, name)
    await write(village, "Plan", "![](tied.png)")
    moment = datetime.now(UTC)
    await Attachment.filter(name__in=("tied.png", "old.png")).update(created_at=moment - timedelta(days=2, minutes=1))
    await Attachment.filter(name="new.png").update(created_at=moment - timedelta(days=1, hours=23))
    await village.app.jobs.run("wiki.remove_abandoned")
    assert sorted([file.name for file in await Attachment.all()]) == ["new.png", "tied.png"]
    assert (await Blob.get()).references == 2
    assert await used(village) == 2 * len(PNG)


async def test_a_file_whose_uploader_is_gone_is_nobodys(village: Village) -> None:
    for role in ("visitor", "anonymous"):
        await set_grant(village.public, role, "wiki.view", True, actor=village.owner)
    await send(village, village.owner, base="/c/place/wiki")
    await send(village, village.owner, "other.png", base="/c/place/wiki")
    body = {"title": "Plan", "body": "![](other.png)"}
    assert (await village.client(village.owner).post("/c/place/wiki/pages", data=body)).status_code == 303
    await Attachment.all().update(uploader_id=None)
    waiting, tied = await Attachment.get(name="plan.png"), await Attachment.get(name="other.png")
    people = (None, village.outsider, village.owner)
    assert await statuses(village, address(tied, "place"), *people) == [200, 200, 200]
    seen = await statuses(village, address(waiting, "place"), *people)
    assert 200 not in seen
    assert seen[1:] == [404, 404]
