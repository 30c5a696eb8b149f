"""The catalogue: one row for each item, and one condition by which every list is filtered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from spaces.catalogue import WORDS, forget_content, publish_content, visible_in, visible_to
from spaces.models import Club, Content

SOON = datetime.now(UTC) + timedelta(hours=1)
BEFORE = datetime.now(UTC) - timedelta(hours=1)


@dataclass
class Item:
    club_id: int
    id: int = 1


async def _publish(club: Club, number: int = 1, **values: object) -> None:
    facts = {"plugin": "wiki", "kind": "page", "title": f"Item {number}", "url": f"/x/{number}", **values}
    async with atomic():
        await publish_content(Item(club.id, number), **facts)  # type: ignore[arg-type]


async def _sees(village: Village, person: User | None) -> list[str]:
    viewer = await village.viewer(person)
    return sorted([content.title for content in await visible_to(viewer)])


async def test_an_item_is_written_once_and_then_changed(village: Village) -> None:
    await _publish(village.club, title="One", words="x" * (WORDS + 1))
    first = await Content.get()
    await _publish(village.club, title="Two", touch=False)
    second = await Content.get()
    assert (second.title, second.id, second.updated_at) == ("Two", first.id, first.updated_at)
    assert first.published_at is not None
    assert WORDS <= len(first.words) <= 2 * WORDS + 100  # the title and a folded copy stand beside the words


async def test_publishing_needs_a_transaction(village: Village) -> None:
    with pytest.raises(RuntimeError, match="async with atomic"):
        await publish_content(Item(village.club.id), plugin="wiki", kind="page", title="x", url="/x")


async def test_what_is_forgotten_is_gone(village: Village) -> None:
    await _publish(village.club)
    async with atomic():
        await forget_content(plugin="wiki", kind="page", object_ids=[1])
    assert await Content.all().count() == 0


async def test_members_see_what_is_in_their_clubs_and_nobody_else_does(village: Village) -> None:
    await _publish(village.club, 1, title="atelier")
    await _publish(village.hidden, 2, title="cave")
    assert await _sees(village, village.owner) == ["atelier", "cave"]
    assert await _sees(village, village.guest) == ["atelier"]
    for person in (village.outsider, village.removed, village.operator, None):
        assert await _sees(village, person) == []


@pytest.mark.parametrize("audience", ["public", "site", "club", "moderators", "author"])
async def test_no_audience_opens_a_hidden_club(village: Village, audience: str) -> None:
    await _publish(village.hidden, audience=audience)
    for person in (village.outsider, village.member, village.operator, None):
        assert await _sees(village, person) == []


@pytest.mark.parametrize(
    "audience, kinds",
    [
        ("public", ["anonymous", "guest", "member", "moderator", "outsider", "owner"]),
        ("site", ["guest", "member", "moderator", "outsider", "owner"]),
        ("club", ["guest", "member", "moderator", "owner"]),
        ("moderators", ["moderator", "owner"]),
        ("author", ["member"]),
    ],
)
async def test_an_audience_is_who_it_says(village: Village, audience: str, kinds: list[str]) -> None:
    await _publish(village.club, audience=audience, author_id=village.member.id)
    people = {name: village.people[name] for name in ("owner", "moderator", "member", "guest", "outsider")}
    seeing = [name for name, person in {**people, "anonymous": None}.items() if await _sees(village, person)]
    expected = sorted({*kinds, "member"})  # the author sees their own
    assert sorted(seeing) == expected


@pytest.mark.parametrize(
    "state, published_at, kinds",
    [
        ("published", None, ["author", "owner"]),
        ("draft", None, ["author"]),
        ("scheduled", SOON, ["author"]),
        ("scheduled", BEFORE, ["author", "owner"]),
        ("trashed", None, []),
    ],
)
async def test_a_state_is_seen_by(
    village: Village, state: str, published_at: datetime | None, kinds: list[str]
) -> None:
    await _publish(village.club, state=state, published_at=published_at, author_id=village.member.id)
    people = {"author": village.member, "owner": village.owner}
    assert sorted([name for name, person in people.items() if await _sees(village, person)]) == kinds


async def test_what_a_removed_member_wrote_is_not_theirs_to_see_any_more(village: Village) -> None:
    await _publish(village.club, state="draft", author_id=village.member.id)
    await _publish(village.club, 2, audience="author", author_id=village.member.id)
    await village.leave(village.member, village.club)
    assert await _sees(village, village.member) == []


@pytest.mark.parametrize("state, seen", [("on", 1), ("read_only", 1), ("off", 0)])
async def test_a_plugin_that_is_off_has_nothing_in_any_list(village: Village, state: str, seen: int) -> None:
    await _publish(village.club)
    await village.switch("wiki", state)
    assert len(await _sees(village, village.owner)) == seen


async def test_a_deleted_club_has_nothing_in_any_list(village: Village) -> None:
    await _publish(village.club, audience="public")
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    for person in (village.owner, village.outsider, None):
        assert await _sees(village, person) == []


async def test_a_list_of_one_club_holds_nothing_of_another(village: Village) -> None:
    await _publish(village.club, 1)
    await _publish(village.hidden, 2)
    viewer = await village.viewer(village.owner)
    assert [content.title for content in await visible_in(village.hidden, viewer)] == ["Item 2"]


async def test_a_list_is_one_query_however_long_it_is(village: Village) -> None:
    counts = []
    viewer = await village.viewer(village.owner)
    for numbers in (range(1), range(1, 30)):
        for number in numbers:
            await _publish(village.club, number + 1)
        with village.queries() as seen:
            await visible_to(viewer)
        counts.append(seen.count)
    assert counts == [1, 1]
