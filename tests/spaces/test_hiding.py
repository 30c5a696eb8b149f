"""What a moderator hides leaves every door, for everybody but its author and the moderators, and comes back whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from core.errors import Conflict, Forbidden
from plugins.blog.models import Post
from plugins.files.models import Entry
from plugins.wiki.models import Page
from plugins.wiki.services import trash
from plugins.wiki.services.publishing import publish_page
from spaces.models import Case, Content
from spaces.services.hiding import hide_item
from tests.spaces.moderating import (
    MAKERS,
    SOUGHT,
    WORD,
    decide,
    hide,
    report_item,
    send_file,
    write_page,
    write_post,
)

DOORS: dict[str, tuple[str, ...]] = {
    "wiki": ("/wiki/", "/wiki/pages", "/wiki/changes", "/wiki/trash", "/wiki/titles?q=page"),
    "blog": ("/blog/", "/blog/trash", "/blog/feed.atom", "/blog/drafts"),
    "files": ("/files/", "/files/trash"),
}
SCRIPTS = {"wiki": "wiki/pages", "blog": "blog/posts", "files": "files"}


async def _seen(village: Village, person: User | None, plugin: str, item: Content) -> dict[str, str]:
    """What somebody reads behind every door that shows items, by address, as far as `WORD` stands in it."""
    browser, script = village.client(person), village.api(person)
    doors = [f"/c/atelier{door}" for door in ("/", "/home", *DOORS[plugin])]
    doors += [item.url, f"{item.url}/history", f"{item.url}/content", f"{item.url}/revisions", "/"]
    doors += [f"/search?q={SOUGHT}", f"/c/atelier/search/?q={SOUGHT}"]
    answers = {door: await browser.get(door) for door in doors}
    found = {door: answer.text for door, answer in answers.items() if answer.status_code != 404}
    for address in (f"clubs/atelier/{SCRIPTS[plugin]}", f"clubs/atelier/{SCRIPTS[plugin]}/{item.object_id}"):
        found[address] = (await script.get(address)).text
    found["search"] = (await script.get("search", params={"q": SOUGHT})).text
    return {door: text for door, text in found.items() if WORD in text}


@pytest.mark.parametrize("plugin", MAKERS)
async def test_what_is_hidden_leaves_every_door_and_comes_back(village: Village, plugin: str) -> None:
    item = await MAKERS[plugin](village, village.member)
    before = await _seen(village, village.guest, plugin, item)
    assert {item.url, f"/search?q={SOUGHT}", "search"} <= set(before)
    case = await hide(village, item)

    for person in (village.guest, village.outsider, village.removed, None):
        assert await _seen(village, person, plugin, item) == {}
    for person in (village.member, village.owner):
        assert await _seen(village, person, plugin, item) == {}
        shown = await village.client(person).get(f"/c/atelier/moderation/cases/{case.id}")
        assert WORD in shown.text

    answer = await village.client(village.owner).post(
        f"/c/atelier/moderation/cases/{case.id}/answer", data={"outcome": "restore"}
    )
    assert answer.status_code == 303
    assert set(await _seen(village, village.guest, plugin, item)) == set(before)
    assert (await Content.get(id=item.id)).hidden_at is None


async def test_the_author_cannot_bring_a_hidden_page_back(village: Village) -> None:
    item = await write_page(village, village.member)
    await hide(village, item)

    answer = await village.client(village.member).post(f"/c/atelier/wiki/trash/{item.object_id}/restoration")

    assert answer.status_code == 404
    assert (await Content.get(id=item.id)).state == "trashed"


async def test_the_author_cannot_bring_a_hidden_post_back(village: Village) -> None:
    item = await write_post(village, village.member)
    await hide(village, item)

    answer = await village.client(village.member).post(f"{item.url}/restoration")

    assert answer.status_code == 404
    assert (await Content.get(id=item.id)).state == "trashed"


async def test_a_hidden_file_can_be_neither_taken_out_of_the_trash_nor_erased_there(village: Village) -> None:
    item = await send_file(village, village.member)
    await hide(village, item)
    found = []
    for person in (village.member, village.moderator):
        browser = village.client(person)
        found += [
            (await browser.post(f"/c/atelier/files/trash/{item.object_id}/{act}")).status_code
            for act in ("restoration", "deletion")
        ]
    emptied = await village.client(village.owner).post("/c/atelier/files/trash/deletion")

    assert (found, emptied.status_code) == ([404, 403, 404, 404], 303)
    assert (await Content.get(id=item.id)).state == "trashed"


async def test_a_file_that_went_into_the_trash_with_its_folder_stays_hidden_when_the_folder_comes_back(
    village: Village,
) -> None:
    owner = village.client(village.owner)
    await owner.post("/c/atelier/files/folders", data={"parent": "0", "name": "Papers"})
    folder = (await Entry.get(name="Papers")).id
    item = await send_file(village, village.member)
    await owner.post(f"/c/atelier/files/entries/{item.object_id}/place", data={"folder": str(folder)})
    await owner.post(f"/c/atelier/files/entries/{folder}/trashing")
    viewer = await village.viewer(village.moderator)

    await hide_item(village.club, "files", "file", item.object_id, actor=viewer)
    back = await owner.post(f"/c/atelier/files/trash/{folder}/restoration")

    assert back.status_code == 303
    assert (await owner.get(item.url)).status_code == 404
    assert (await Content.get(id=item.id)).state == "trashed"


async def test_the_trash_is_not_emptied_of_what_is_hidden(village: Village) -> None:
    items = [await MAKERS[plugin](village, village.member) for plugin in MAKERS]
    viewer = await village.viewer(village.moderator)
    for item in items:
        await hide_item(village.club, item.plugin, item.kind, item.object_id, actor=viewer)
    await _age_trash()

    await village.settle()

    assert await Content.filter(state="trashed").count() == len(items)


async def _age_trash() -> None:
    long_ago = datetime.now(UTC) - timedelta(days=4000)
    for model in (Page, Post, Entry):
        await model.all().update(trashed_at=long_ago)


async def test_what_is_gone_for_good_cannot_be_hidden_and_the_case_stays_open(village: Village) -> None:
    item = await write_page(village, village.member)
    await report_item(village, item, village.guest)
    await Content.filter(id=item.id).delete()

    answer = await decide(village, village.moderator, "hide")

    assert (answer.status_code, (await Case.get()).state) == (409, "open")


async def test_a_plugin_that_fails_half_way_changes_nothing(village: Village, monkeypatch: Any) -> None:
    async def fail(*_: Any) -> None:
        raise OSError("killed")

    item = await write_page(village, village.member)
    viewer = await village.viewer(village.moderator)
    monkeypatch.setattr(trash, "announce", fail)
    with pytest.raises(Conflict):
        await hide_item(village.club, "wiki", "page", item.object_id, actor=viewer)

    now = await Content.get(id=item.id)
    assert (now.hidden_at, now.state) == (None, "published")
    assert (await village.client(village.guest).get(item.url)).status_code == 200


async def test_publishing_refuses_to_bring_back_what_is_hidden(village: Village) -> None:
    item = await write_page(village, village.member)
    await hide(village, item)
    page = await Page.get(id=item.object_id)

    with pytest.raises(Forbidden):
        async with atomic():
            await publish_page(village.club, page)
