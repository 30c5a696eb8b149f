"""What a club chooses about its wiki, and each reader for themselves; and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.plugin_settings.changes import change_club_settings, change_member_settings
from plugins.wiki.models import Page
from plugins.wiki.services.trash import empty_trash
from plugins.wiki.settings import ClubSettings, MemberSettings
from spaces.services import archive_club
from tests.wiki.steps import BASE, get, post, write

LONG = "## First\n\ntext\n\n## Second\n\ntext"


async def _trashed(village: Village, title: str, *, days: int) -> Page:
    """A page that has been in the trash for some days."""
    await write(village, title)
    page = await Page.get(title=title)
    await post(village, f"/pages/{page.slug}/trash")
    await Page.filter(id=page.id).update(trashed_at=datetime.now(UTC) - timedelta(days=days))
    return page


async def test_a_club_does_without_outlines_and_readers_see_it_at_once(village: Village) -> None:
    await write(village, "Long", LONG)
    await write(village, "Home", LONG, home=True)
    assert "wiki-toc" in await get(village, "/pages/long")
    assert "wiki-toc" in await get(village, "/")

    await change_club_settings(village.club, ClubSettings, {"show_outline": False}, actor=None)

    assert "wiki-toc" not in await get(village, "/pages/long")
    assert "wiki-toc" not in await get(village, "/")


async def test_settings_cost_a_page_no_query_once_they_were_read(village: Village) -> None:
    await write(village, "Long", LONG)
    client = village.client(village.member)
    await client.get(f"{BASE}/pages/long")
    with village.queries() as seen:
        assert (await client.get(f"{BASE}/pages/long")).status_code == 200

    assert seen.count == 3  # the gate, the page, what stands around it


@pytest.mark.parametrize(("chosen", "mode"), [("source", 'data-mode="source"'), ("rich", 'data-mode="rich"')])
async def test_the_editor_opens_as_its_writer_chose(village: Village, chosen: str, mode: str) -> None:
    await write(village, "Long", LONG)
    forms = ("/pages/long/edit", "/pages/new")
    assert ["data-mode" in await get(village, form) for form in forms] == [False, False]

    await change_member_settings(village.member, MemberSettings, {"editor": chosen}, actor=None)

    assert [mode in await get(village, form) for form in forms] == [True, True]
    assert "data-mode" not in (await village.client(village.owner).get(f"{BASE}/pages/long/edit")).text


async def test_a_club_chooses_how_long_its_trash_is_kept(village: Village) -> None:
    old, fresh = await _trashed(village, "Old", days=11), await _trashed(village, "Fresh", days=9)
    await change_club_settings(village.club, ClubSettings, {"trash_days": 10}, actor=None)

    await empty_trash()

    assert [page.id for page in await Page.all()] == [fresh.id]
    assert not await Page.exists(id=old.id)
    assert "Pages stay here for 10 days." in await get(village, "/trash")


async def test_a_club_may_keep_its_trash_for_ever(village: Village) -> None:
    await _trashed(village, "Old", days=3650)
    await change_club_settings(village.club, ClubSettings, {"trash_days": 0}, actor=None)

    await empty_trash()

    assert await Page.all().count() == 1
    assert "Pages stay here" not in await get(village, "/trash")


@pytest.mark.parametrize("state", ["off", "read_only", "archived"])
async def test_what_is_frozen_stays(village: Village, state: str) -> None:
    await _trashed(village, "Old", days=3650)
    if state == "archived":
        await archive_club(village.club, actor=None)
    else:
        await village.switch("wiki", state)

    await empty_trash()

    assert await Page.all().count() == 1
