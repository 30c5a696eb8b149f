"""What was done to pages can be taken back with one press."""

from __future__ import annotations

from cercle.testing import Village
from core.accounts.models import User
from plugins.wiki.models import Attachment, Page
from tests.undoing import find_undo, undo_of
from tests.wiki.steps import BASE, save, write


async def order() -> list[tuple[str, str | None]]:
    """The pages in use and those above them, as the tree shows them."""
    pages = await Page.filter(trashed_at=None).order_by("position", "title").select_related("parent")
    return [(page.slug, page.parent.slug if page.parent else None) for page in pages]


async def test_a_trashed_page_comes_back_to_its_place_with_the_pages_below_it(village: Village) -> None:
    for title in ("A", "B", "C"):
        await write(village, title)
    await write(village, "B1", parent="b")
    await write(village, "B2", parent="b")
    before = await order()
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/pages/b/trash"))
    assert ("b1", None) in await order()
    answer = await undo.press(member)
    assert answer.headers["location"] == f"{BASE}/pages/b"
    assert sorted(await order()) == sorted(before)
    assert [slug for slug, above in await order() if above is None] == ["a", "b", "c"]
    assert await find_undo(member, answer) is None


async def test_undoing_twice_changes_nothing_more(village: Village) -> None:
    await write(village, "A")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/pages/a/trash"))
    assert [(await undo.press(member)).status_code for _ in range(2)] == [303, 303]
    assert [page.slug for page in await Page.all()] == ["a"]


async def test_undoing_needs_the_same_right(village: Village) -> None:
    owner = village.client(village.owner)
    await owner.post(f"{BASE}/pages", data={"title": "Rules"})
    undo = await undo_of(owner, await owner.post(f"{BASE}/pages/rules/trash"))
    assert (await undo.press(village.client(village.member))).status_code == 403
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    assert (await undo.press(village.client(None))).status_code in (303, 404)
    assert (await Page.get()).trashed_at is not None


async def test_only_pages_that_took_the_place_go_back_below(village: Village) -> None:
    for title in ("A", "B"):
        await write(village, title)
    await write(village, "Deep", parent="b")
    member = village.client(village.member)
    deep = await Page.get(slug="deep")
    undo = await undo_of(member, await member.post(f"{BASE}/pages/a/trash"))
    forged = {**undo.fields, "below": str(deep.id)}
    assert (await member.post(undo.path, data=forged)).status_code == 303
    assert (await Page.get(id=deep.id)).parent_id == (await Page.get(slug="b")).id


async def test_a_moved_page_moves_back(village: Village) -> None:
    for title in ("A", "B", "C"):
        await write(village, title)
    before = await order()
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/pages/b/place", data={"parent": "c"}))
    assert undo.fields == {"parent": "", "position": "2"}
    assert (await undo.press(village.client(village.guest))).status_code == 403
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    await undo.press(member)
    assert await order() == before


async def test_a_renamed_page_gets_its_title_back(village: Village) -> None:
    await write(village, "Before")
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/pages/before/name", data={"title": "After"}))
    await undo.press(member)
    assert [(page.title, page.slug) for page in await Page.all()] == [("Before", "before")]


async def test_a_restored_version_gives_way_to_the_one_before(village: Village) -> None:
    await write(village, "A", "one")
    await save(village, "a", "two", version=1)
    member = village.client(village.member)
    undo = await undo_of(member, await member.post(f"{BASE}/pages/a/revisions/1/restoration"))
    await undo.press(member)
    assert (await Page.get()).body == "two"


async def test_a_removed_file_is_put_back(village: Village) -> None:
    await write(village, "A")
    member = village.client(village.member)
    await member.post(f"{BASE}/pages/a/attachments", files={"file": ("plan.txt", b"words", "text/plain")})
    file = await Attachment.get()
    undo = await undo_of(member, await member.post(f"{BASE}/attachments/{file.key}/removal"))
    await undo.press(member)
    assert (await Attachment.get()).trashed_at is None


async def test_titles_of_boxes_are_in_the_language_of_the_reader(village: Village) -> None:
    await write(village, "A", "> [!TIP]\n> words")
    member = village.client(village.member)
    english = await member.get(f"{BASE}/pages/a")
    assert '<p class="callout-title">Tip</p>' in english.text
    await User.filter(id=village.owner.id).update(locale="fr")
    french = await village.client(village.owner).get(f"{BASE}/pages/a")
    assert '<p class="callout-title">Astuce</p>' in french.text


async def test_the_photo_of_who_wrote_stands_beside_the_name(village: Village) -> None:
    await write(village, "A")
    await User.filter(id=village.member.id).update(photo_hash="ab" * 32)
    photo = f"/photos/{village.member.handle}?v=abababababab"
    owner = village.client(village.owner)
    for path in ("/pages/a", "/pages/a/history", "/changes"):
        assert photo in (await owner.get(BASE + path)).text, path
