"""What comes next in all clubs of a person, on their home: whose it is, what stays silent, how many queries, broken plugins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import rows
from core.models import Fault
from core.selects import Select
from plugins.blog.models import Post
from plugins.blog.queries.dates import dates_in_clubs
from spaces.catalogue import visible_to
from spaces.models import Club, ClubPlugin, Content, Membership
from spaces.queries.home_side import COLUMNS, heard_sql
from spaces.services import set_grant
from spaces.services.roles import make_role
from spaces.switches import refresh_many
from tests.blog.writing import write
from tests.club_home import panels

pytestmark = pytest.mark.anyio

DATES = "Next dates"


async def _invite(village: Village, title: str, days: float, club: Club | None = None, **more: Any) -> Post:
    post = await write(village, title, club=club, **more)
    await Post.filter(id=post.id).update(starts_at=datetime.now(UTC) + timedelta(days=days), place="Bayonne")
    return post


async def _coming(village: Village, person: User) -> list[str]:
    return panels(await village.client(person).get("/")).get(DATES, [])


async def test_the_dates_of_all_my_clubs_stand_together_soonest_first_with_their_club(village: Village) -> None:
    await village.join(village.member, village.hidden)
    for number in (5, 3, 1):
        await _invite(village, f"Atelier {number}", number)
    for number in (6, 4, 2):
        await _invite(village, f"Cave {number}", number, village.hidden)
    page = await village.client(village.member).get("/")
    assert panels(page)[DATES] == ["Atelier 1", "Cave 2", "Atelier 3", "Cave 4", "Atelier 5"]
    assert ("/c/cave/blog/posts/cave-2" in page.text, f"Bayonne · {village.hidden.name}" in page.text) == (True, True)


async def test_what_is_over_or_still_a_draft_is_not_there_and_what_goes_on_is(village: Village) -> None:
    await _invite(village, "Over", -2)
    going = await _invite(village, "Going on", -1)
    await Post.filter(id=going.id).update(ends_at=datetime.now(UTC) + timedelta(hours=1))
    await _invite(village, "Not yet", 2, state="draft")
    assert await _coming(village, village.member) == ["Going on"]
    await Post.filter(id=going.id).update(ends_at=datetime.now(UTC) - timedelta(hours=1))
    assert DATES not in (await village.client(village.member).get("/")).text


@pytest.mark.parametrize("person", ["outsider", "removed", "operator"])
async def test_who_does_not_belong_to_the_club_sees_nothing_of_it(village: Village, person: str) -> None:
    await village.join(getattr(village, person), village.hidden)
    await Club.filter(id=village.club.id).update(visibility="public")
    await _invite(village, "Meeting", 2)
    assert "Meeting" not in (await village.client(getattr(village, person)).get("/")).text


async def test_removed_or_lapsed_it_is_gone_with_the_next_page(village: Village) -> None:
    await village.join(village.member, village.hidden)
    await _invite(village, "Meeting", 2)
    place = Membership.filter(club_id=village.club.id, user_id=village.member.id)
    assert await _coming(village, village.member) == ["Meeting"]
    await place.update(expires_at=datetime.now(UTC) - timedelta(seconds=2))
    assert "Meeting" not in (await village.client(village.member).get("/")).text
    await place.delete()
    assert "Meeting" not in (await village.client(village.member).get("/")).text


async def _mute(village: Village) -> None:
    await Membership.filter(club_id=village.club.id, user_id=village.member.id).update(is_muted=True)


async def _archive(village: Village) -> None:
    await Club.filter(id=village.club.id).update(archived_at=datetime.now(UTC))


async def _delete(village: Village) -> None:
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))


async def _switch_off(village: Village) -> None:
    await village.switch("blog", "off")


async def _hide(village: Village) -> None:
    await Content.filter(plugin="blog").update(hidden_at=datetime.now(UTC))


async def _want_factor(village: Village) -> None:
    await Club.filter(id=village.club.id).update(needs_factor=True)


@pytest.mark.parametrize("act", [_mute, _archive, _delete, _switch_off, _hide, _want_factor])
async def test_it_is_silent_about(village: Village, act: Callable[[Village], Any]) -> None:
    await village.join(village.member, village.hidden)
    await _invite(village, "Meeting", 2)
    await _invite(village, "Elsewhere", 3, village.hidden)
    if act is _hide:
        await Content.filter(plugin="blog", club_id=village.hidden.id).delete()
    assert "Meeting" in await _coming(village, village.member)
    await act(village)
    assert "Meeting" not in await _coming(village, village.member)


async def test_a_role_that_may_not_read_the_blog_is_told_nothing(village: Village) -> None:
    await _invite(village, "Meeting", 2)
    assert await _coming(village, village.guest) == ["Meeting"]
    await set_grant(village.club, "guest", "blog.view", False, actor=village.owner)
    assert "Meeting" not in (await village.client(village.guest).get("/")).text


async def test_a_member_of_two_hundred_clubs_gets_them_in_as_many_queries_as_one_of_two(village: Village) -> None:
    await village.join(village.member, village.hidden)
    await _invite(village, "Meeting", 250)
    browser = village.client(village.member)
    await browser.get("/")
    with village.queries() as few:
        page = await browser.get("/")
    assert panels(page)[DATES] == ["Meeting"]
    names = [f"many-{number}" for number in range(198)]
    await Club.bulk_create([Club(slug=name, name=name, sort_name=name, kind="team") for name in names])
    clubs = await Club.filter(slug__startswith="many-")
    await Membership.bulk_create([Membership(club=club, user=village.member, role="member") for club in clubs])
    await refresh_many(clubs)
    for number in (1, 100, 197):
        await village.switch("blog", "on", clubs[number])
        await _invite(village, f"Of {number}", number + 1, clubs[number], author=village.member)
    with village.queries() as many:
        page = await browser.get("/")
    assert panels(page)[DATES] == ["Of 1", "Of 100", "Of 197", "Meeting"]
    assert many.count == few.count


@pytest.mark.parametrize(
    "make",
    [
        lambda viewer: Select(COLUMNS, "SELECT nothing FROM nowhere"),
        lambda viewer: Select(("title",), "SELECT 'T' AS title"),
        lambda viewer: "tomorrow",
        lambda viewer: 1 / 0,
    ],
)
async def test_a_plugin_that_is_broken_takes_nothing_else_along(
    village: Village, make: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await _invite(village, "Meeting", 2)
    monkeypatch.setitem(village.app.navigation.dates, "wiki", make)
    page = await village.client(village.member).get("/")
    assert (page.status_code, panels(page)[DATES]) == (200, ["Meeting"])
    assert "Some dates cannot be shown at the moment." in page.text
    assert [(fault.plugin, fault.hook, fault.club_id) for fault in await Fault.all()] == [("wiki", "club_panels", None)]


async def test_rows_of_clubs_that_are_none_of_theirs_are_dropped(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _invite(village, "Meeting", 2)
    when, ids = datetime.now(UTC) + timedelta(days=1), (village.club.id, village.hidden.id)
    row = "SELECT 'Of {id}' AS title, '/' AS url, '{when}' AS starts_at, NULL AS ends_at, '' AS place, {id} AS club_id"
    sql = " UNION ALL ".join(row.format(id=id, when=when.isoformat()) for id in ids)
    monkeypatch.setitem(village.app.navigation.dates, "wiki", lambda viewer: Select(COLUMNS, sql))
    assert await _coming(village, village.member) == [f"Of {village.club.id}", "Meeting"]


async def test_a_plugin_that_does_not_run_is_not_asked(village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(village.app.navigation.dates, "gone", dates_in_clubs)
    await _invite(village, "Meeting", 2)
    assert await _coming(village, village.member) == ["Meeting"]


async def test_the_condition_finds_what_every_other_list_finds_in_clubs_that_one_hears_of(village: Village) -> None:
    await village.join(village.member, village.public)
    for person, base in ((village.guest, "moderator"), (village.moderator, "member")):
        role = await make_role(village.club, base, f"Our {base}", actor=village.owner)
        await Membership.filter(club_id=village.club.id, user_id=person.id).update(role=role.name)
    await Membership.filter(club_id=village.public.id, user_id=village.owner.id).update(is_muted=True)
    now, clubs = datetime.now(UTC), (village.club, village.hidden, village.public)
    switches = {(one.club_id, one.plugin): one.id for one in await ClubPlugin.all()}
    states: list[tuple[str, datetime | None]] = [("published", None), ("draft", None), ("trashed", None)]
    states += [("scheduled", now + timedelta(hours=late)) for late in (-1, 1)]
    audiences = ("club", "site", "public", "moderators", "author")
    cases = [(club, *rest) for club in clubs for rest in product(states, audiences, (None, now))]
    await Content.bulk_create(
        [
            Content(
                club_id=club.id,
                switch_id=switches[club.id, "blog"],
                plugin="blog",
                kind="test",
                object_id=number,
                title=f"{number}",
                url="/",
                state=state,
                audience=audience,
                created_at=now,
                updated_at=now,
                published_at=at,
                hidden_at=hidden,
                author_id=village.member.id if number % 3 else village.guest.id,
            )
            for number, (club, (state, at), audience, hidden) in enumerate(cases, 1)
        ]
    )
    found = {}
    for name, person in village.people.items():
        viewer = await village.viewer(person)
        sql, values = heard_sql(viewer, plugin="blog")
        heard = {row["id"] for row in await rows(f"SELECT c.id FROM spaces_content c WHERE {sql}", list(values))}
        mine = [club.id for club in viewer.clubs if not club.is_muted]
        listed = visible_to(viewer).filter(plugin="blog", club_id__in=mine).exclude(state="draft")
        seen = {one.id async for one in listed if one.state == "published" or (one.published_at or now) <= now}
        found[name] = (len(heard), heard == seen)
    assert {name: alike for name, (_, alike) in found.items()} == dict.fromkeys(found, True)
    assert min(count for name, (count, _) in found.items() if name in ("owner", "guest", "member", "moderator")) > 3
