"""The tree, the trash, and what they do to links and lists."""

import asyncio
from datetime import UTC, datetime

import pytest

from cercle import Content, Invalid
from cercle.testing import Village
from plugins.wiki.models import Page, path_ids
from plugins.wiki.services.trash import empty_trash
from plugins.wiki.services.tree import move_page
from tests.club_home import panels
from tests.wiki.steps import BASE, get, mend, post, save, write


async def three(village: Village) -> tuple[Page, Page, Page]:
    """One above two above three."""
    await write(village, "One", "")
    await write(village, "Two", "", parent="one")
    await write(village, "Three", "[[One]]", parent="two")
    return await Page.get(slug="one"), await Page.get(slug="two"), await Page.get(slug="three")


async def test_a_page_below_others_shows_the_way_to_it(village: Village) -> None:
    one, two, three_ = await three(village)
    assert path_ids(three_.path) == [one.id, two.id, three_.id]
    shown = await get(village, "/pages/three")
    way = shown[shown.index('class="breadcrumb"') : shown.index("</nav>", shown.index('class="breadcrumb"'))]
    assert way.index("/pages/one") < way.index("/pages/two")
    assert "/pages/two" in await get(village, "/pages/one")


async def test_moving_takes_everything_below_along(village: Village) -> None:
    _, two, three_ = await three(village)
    answer = await post(village, "/pages/two/place", parent="", position="1")
    assert answer.status_code == 303
    assert (await Page.get(id=two.id)).path == f"{two.id}/"
    assert (await Page.get(id=three_.id)).path == f"{two.id}/{three_.id}/"
    assert (await Page.get(id=two.id)).position == 1


async def test_the_order_among_neighbours_can_be_chosen(village: Village) -> None:
    for title in ("A", "B", "C"):
        await write(village, title, "")
    await post(village, "/pages/c/place", parent="", position="1")
    assert [page.slug for page in await Page.all().order_by("position")] == ["c", "a", "b"]
    await post(village, "/pages/c/place", parent="", position="2")
    assert [page.slug for page in await Page.all().order_by("position")] == ["a", "c", "b"]


async def test_a_page_cannot_stand_below_itself(village: Village) -> None:
    await three(village)
    for parent in ("one", "three"):
        answer = await post(village, "/pages/one/place", parent=parent)
        assert answer.status_code == 422
    assert (await Page.get(slug="one")).parent_id is None


async def test_two_moves_at_once_make_no_circle(village: Village) -> None:
    await write(village, "A", "")
    await write(village, "B", "")
    for _ in range(5):
        a, b = await Page.get(slug="a"), await Page.get(slug="b")
        await asyncio.gather(move_page(a, parent=b), move_page(b, parent=a), return_exceptions=True)
        a, b = await Page.get(slug="a"), await Page.get(slug="b")
        assert [a.parent_id, b.parent_id].count(None) == 1
        assert sorted((len(path_ids(a.path)), len(path_ids(b.path)))) == [1, 2]
        await move_page(a, parent=None)
        await move_page(b, parent=None)


async def test_a_tree_can_be_only_so_deep(village: Village) -> None:
    parent = ""
    for number in range(20):
        await write(village, f"Level {number}", "", parent=parent)
        parent = f"level-{number}"
    assert (await post(village, "/pages", title="Too deep", parent=parent)).status_code == 422
    await write(village, "Root", "")
    with pytest.raises(Invalid) as refused:
        await move_page(await Page.get(slug="level-0"), parent=await Page.get(slug="root"))
    assert list(refused.value.errors) == ["parent"]
    assert (await Page.get(slug="level-0")).parent_id is None


async def test_the_trash_frees_the_name_and_lifts_what_was_below(village: Village) -> None:
    one, two, three_ = await three(village)
    answer = await post(village, "/pages/two/trash")
    await mend(village)

    assert answer.headers["location"] == f"{BASE}/pages/one"
    trashed = await Page.get(id=two.id)
    assert trashed.trashed_at is not None
    assert (await Content.get(object_id=two.id)).state == "trashed"
    assert (await Page.get(id=three_.id)).path == f"{one.id}/{three_.id}/"
    assert "Two" in await get(village, "/trash")
    missing = await village.client(village.member).get(f"{BASE}/pages/two")
    assert missing.status_code == 404
    assert "is in the trash" in missing.text
    assert "Two" not in await get(village, "/changes")
    await write(village, "Two", "another")


async def test_links_to_a_trashed_page_become_missing_and_come_back(village: Village) -> None:
    one, _, three_ = await three(village)
    await post(village, "/pages/one/trash")
    await mend(village)
    assert 'class="missing"' in (await Page.get(id=three_.id)).body_html

    answer = await post(village, f"/trash/{one.id}/restoration")
    await mend(village)

    assert answer.headers["location"] == f"{BASE}/pages/one"
    assert 'class="wikilink"' in (await Page.get(id=three_.id)).body_html
    assert (await Content.get(object_id=one.id)).state == "published"


async def test_a_page_comes_back_under_another_name_when_its_own_is_taken(village: Village) -> None:
    await write(village, "One", "old")
    old = await Page.get()
    await post(village, "/pages/one/trash")
    await write(village, "One", "new")
    answer = await post(village, f"/trash/{old.id}/restoration")
    assert answer.headers["location"] == f"{BASE}/pages/one-2"
    assert "old" in await get(village, "/pages/one-2")


async def test_only_the_author_and_those_in_charge_throw_away(village: Village) -> None:
    await village.client(village.owner).post(f"{BASE}/pages", data={"title": "Rules"})
    assert (await post(village, "/pages/rules/trash")).status_code == 403
    assert (await village.client(village.moderator).post(f"{BASE}/pages/rules/trash")).status_code == 303
    page = await Page.get()
    assert (await post(village, f"/trash/{page.id}/restoration")).status_code == 403
    assert (await Page.get()).trashed_at is not None


async def test_what_stays_in_the_trash_too_long_is_erased(village: Village) -> None:
    one, _, _ = await three(village)
    await save(village, "one", "again", version=1)
    await post(village, "/pages/one/trash")
    await empty_trash()
    assert await Page.filter(id=one.id).exists()
    await Page.filter(id=one.id).update(trashed_at=datetime(2020, 1, 1, tzinfo=UTC))
    await empty_trash()
    assert not await Page.filter(id=one.id).exists()
    assert not await Content.filter(object_id=one.id, plugin="wiki").exists()


async def test_the_club_home_lists_recent_pages(village: Village) -> None:
    await write(village, "Agenda", "text")
    page = await village.client(village.guest).get("/c/atelier/")
    assert panels(page)["Recent pages"] == ["Agenda"]


async def test_the_holdings_count_pages_and_bytes(village: Village) -> None:
    await write(village, "Agenda", "text")
    answers = await village.app.hooks.collect("plugin_holdings", plugins={"wiki"}, club=village.club)
    mine = next(answer.value for answer in answers if answer.plugin == "wiki")
    assert [(holding.count, holding.size) for holding in mine] == [(1, 0), (0, 0)]


async def test_the_doctor_finds_the_wiki_in_order(village: Village) -> None:
    await write(village, "Agenda", "text")
    answers = await village.app.hooks.collect("site_checked", app=village.app)
    mine = next(answer.value for answer in answers if answer.plugin == "wiki")
    assert [finding.level for finding in mine] == ["ok"]
    await Page.all().update(version=7)
    answers = await village.app.hooks.collect("site_checked", app=village.app)
    assert [f.level for a in answers if a.plugin == "wiki" for f in a.value] == ["error"]
