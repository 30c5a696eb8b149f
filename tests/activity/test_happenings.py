"""What is written down of what happens, and who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cercle import Content, ContentChanged, ContentPublished, ContentRemoved
from cercle.testing import Village
from plugins.activity import services
from plugins.activity.models import Happening
from plugins.blog.models import Post
from plugins.blog.services.publication import trash_post
from spaces.services.memberships import add_member, remove_member
from tests.blog.writing import write


async def lines() -> list[tuple[str, int, int | None]]:
    """What is written down, as verb, times and actor."""
    return [(one.verb, one.times, one.actor_id) for one in await Happening.all().order_by("id")]


def facts(row: Content, actor: int | None, **more: Any) -> dict[str, Any]:
    """What an event about a row of the catalogue says."""
    named = {"plugin": row.plugin, "kind": row.kind, "object_id": row.object_id, "content_id": row.id}
    return {**named, "club_id": row.club_id, "actor_id": actor, **more}


async def test_what_is_published_changed_and_joined_is_told(village: Village) -> None:
    await write(village, "Summer party")
    await add_member(village.club, village.outsider, role="member", actor=await village.viewer(village.owner))
    await village.settle()
    assert await lines() == [("published", 1, village.member.id), ("joined", 1, village.outsider.id)]
    page = (await village.client(village.owner).get("/c/atelier/activity/")).text
    assert "Max Member published in Blog" in page
    assert "Summer party" in page
    assert "Otto Outsider joined the club" in page


async def test_an_event_that_is_told_twice_counts_once(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    row = await Content.get()
    first, second = (ContentChanged(**facts(row, village.owner.id, is_news=True)) for _ in range(2))
    for event in (first, second, first, second, first):
        await services.note_content(event)
    await services.note_content(ContentPublished(**facts(row, village.owner.id)))
    assert await lines() == [("published", 1, village.member.id), ("changed", 2, village.owner.id)]


async def test_changes_of_one_person_within_an_hour_are_one_line(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    row = await Content.get()

    async def change(actor: int) -> None:
        await services.note_content(ContentChanged(**facts(row, actor, is_news=True)))

    for actor in (village.owner.id, village.moderator.id, village.owner.id):
        await change(actor)
    assert await lines() == [
        ("published", 1, village.member.id),
        ("changed", 2, village.owner.id),
        ("changed", 1, village.moderator.id),
    ]
    for line in await Happening.filter(actor_id=village.owner.id):
        await Happening.filter(id=line.id).update(began_at=line.began_at - timedelta(minutes=61))
    await change(village.owner.id)
    assert (await lines())[-1] == ("changed", 1, village.owner.id)


async def test_what_is_in_the_trash_is_not_told_and_what_is_gone_takes_its_lines_along(village: Village) -> None:
    post = await write(village, "A secret plan")
    await village.settle()
    await trash_post(village.club, post, actor=await village.viewer(village.owner))
    await village.settle()
    reader = village.client(village.member)
    assert "A secret plan" not in (await reader.get("/c/atelier/activity/")).text
    assert "A secret plan" not in (await reader.get("/activity")).text
    assert await Happening.all().count() == 1
    await Content.all().delete()
    assert await Happening.all().count() == 0


async def test_a_draft_is_told_to_nobody(village: Village) -> None:
    await write(village, "Half a thought", state="draft")
    await village.settle()
    assert await lines() == []


async def test_who_leaves_is_no_newcomer_any_more(village: Village) -> None:
    owner = await village.viewer(village.owner)
    await add_member(village.club, village.outsider, role="member", actor=owner)
    await village.settle()
    await remove_member(village.club, village.outsider, actor=owner)
    await village.settle()
    assert await lines() == []


async def test_where_activity_is_off_nothing_is_written_down(village: Village) -> None:
    await village.switch("activity", "off")
    await write(village, "News")
    await village.settle()
    assert await lines() == []


async def test_old_lines_go_and_what_they_were_about_stays(village: Village) -> None:
    await write(village, "Old")
    await write(village, "New")
    await village.settle()
    first = await Happening.all().order_by("id").first()
    assert first is not None
    await Happening.filter(id=first.id).update(at=first.at - timedelta(days=366))
    await village.switch("activity", "read_only")
    await services.forget_old()
    assert await Happening.all().count() == 2
    await village.switch("activity", "on")
    await services.forget_old()
    assert [one.id for one in await Happening.all()] != [first.id]
    assert (await Happening.all().count(), await Post.all().count()) == (1, 2)


async def test_a_removed_event_needs_no_answer(village: Village) -> None:
    await write(village, "News")
    await village.settle()
    row = await Content.get()
    answers = await village.app.hooks.notify(
        "event_announced",
        plugins={"activity"},
        club_id=village.club.id,
        event=ContentRemoved(**facts(row, village.owner.id)),
    )
    assert list(answers) == []
    assert await Happening.all().count() == 1
