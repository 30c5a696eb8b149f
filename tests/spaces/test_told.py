"""What the catalogue announces of the items of all plugins: first seen, another one, out of sight, gone."""

from __future__ import annotations

from typing import Any

import pytest

from cercle import forget_content, publish_content
from cercle.testing import Village
from core.db import atomic
from core.models import OutboxEvent
from spaces.models import Content


class Thing:
    """A row of some plugin."""

    def __init__(self, village: Village, number: int = 7) -> None:
        self.id, self.club_id = number, village.club.id


async def publish(village: Village, **values: Any) -> None:
    async with atomic():
        facts = {"title": "A saw", "url": "/c/atelier/wiki/saw", "author_id": village.member.id, **values}
        await publish_content(Thing(village), plugin="wiki", kind="thing", **facts)


async def told() -> list[str]:
    found = OutboxEvent.filter(name__startswith="spaces.content_").order_by("created_at")
    return [row.name.removeprefix("spaces.content_") for row in await found]


async def test_what_is_published_is_told_once_and_its_changes_after_it(village: Village) -> None:
    await publish(village)
    await publish(village, title="A better saw")
    await publish(village, title="A better saw", touch=False)
    found = await OutboxEvent.filter(name="spaces.content_changed").order_by("created_at")
    assert await told() == ["published", "changed", "changed"]
    assert [row.payload["is_news"] for row in found] == [True, False]


async def test_an_event_names_the_row_and_who_did_it(village: Village) -> None:
    await publish(village, actor_id=village.owner.id)
    row, content = (
        await OutboxEvent.get(name="spaces.content_published"),
        await Content.get(plugin="wiki", kind="thing"),
    )
    facts = {name: row.payload[name] for name in ("plugin", "kind", "object_id", "content_id", "club_id", "actor_id")}
    assert facts == {
        "plugin": "wiki",
        "kind": "thing",
        "object_id": 7,
        "content_id": content.id,
        "club_id": village.club.id,
        "actor_id": village.owner.id,
    }


@pytest.mark.parametrize("hidden", [{"state": "draft"}, {"audience": "author"}])
async def test_a_draft_is_no_publication_until_others_see_it(village: Village, hidden: dict[str, str]) -> None:
    await publish(village, **hidden)
    await publish(village)
    assert await told() == ["changed", "published"]


async def test_what_comes_back_from_the_trash_was_published_before(village: Village) -> None:
    await publish(village)
    await publish(village, state="trashed")
    await publish(village)
    assert await told() == ["published", "removed", "changed"]


async def test_what_goes_for_good_is_told_in_the_transaction_that_deletes_it(village: Village) -> None:
    await publish(village)
    with pytest.raises(ZeroDivisionError):
        await _forget_and_fail()
    assert await told() == ["published"]
    async with atomic():
        await forget_content(plugin="wiki", kind="thing", object_ids=[7])
    assert (await told(), await Content.filter(kind="thing").count()) == (["published", "removed"], 0)


async def _forget_and_fail() -> None:
    async with atomic():
        await forget_content(plugin="wiki", kind="thing", object_ids=[7])
        raise ZeroDivisionError
