"""A word that one may not see is behind no door of the parts that show what others publish.

Each sweep has its control: a rightful reader finds the words behind every door.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from cercle import Content
from cercle.testing import Village
from core.accounts.models import User
from core.app import Cercle
from plugins.notifications.models import Follow
from spaces.models import Club
from spaces.services import delete_club
from tests.together.doors import DOORS, NO_DOORS, OF_THE_AUTHOR, PLUGINS, Door, told
from tests.together.secret import LURE, OF_THE_POST, SAID, Secret, plant

Hiding = Callable[[Secret], Awaitable[None]]


async def listen(village: Village, club: Club, *people: User) -> None:
    """People who want to hear of everything in a club, and keep a search for what will be planted."""
    for person in people:
        await Follow.create(user=person, club=club, target="club:")
        answer = await village.api(person).post("search/saved", json={"query": LURE, "alert": True})
        assert answer.status_code == 201


async def pin(secret: Secret, *people: User) -> None:
    """People who follow the planted post."""
    row = await Content.get(plugin="blog", kind="post", object_id=secret.post.id)
    for person in people:
        target = f"item:blog/post/{secret.post.id}"
        await Follow.create(user=person, club=secret.club, target=target, content_id=row.id)


def missing(found: dict[Door, set[str]], doors: tuple[Door, ...], origins: set[str] | None = None) -> dict[str, object]:
    """What a rightful reader should have found and did not, by door; of these places, or of all."""
    wanted = {door: door.wanted if origins is None else door.wanted & origins for door in doors}
    return {f"{door.route} {door.path}": rest for door in doors if (rest := wanted[door] - found.get(door, set()))}


def leaks(found: dict[Door, set[str]], known: frozenset[str] = frozenset()) -> dict[str, object]:
    """What came out, but for what somebody knows anyway."""
    return {f"{door.route} {door.path}": rest for door, seen in found.items() if (rest := seen - known)}


def routes_of(app: Cercle) -> set[str]:
    """The names of all routes of the swept plugins that are read."""
    found = set()
    for name in PLUGINS:
        part = app.parts.get(name)
        assert part is not None
        pages = [one for table in ("routes", "site_routes", "club_routes") for one in part.get("routes", table)]
        scripts = [one for table in ("api", "site_api", "club_api") for one in part.get("api", table)]
        found |= {f"{name}:{one.name}" for one in pages if "GET" in one.methods}
        found |= {f"api {name}:{one.name.removeprefix('api.')}" for one in scripts if "GET" in one.methods}
    return found


async def test_every_route_that_is_read_has_a_door_or_a_reason(village: Village) -> None:
    known = {door.route for door in (*DOORS, *OF_THE_AUTHOR)}
    assert routes_of(village.app) == known | NO_DOORS.keys()
    assert known & NO_DOORS.keys() == set()
    assert [door for door in (*DOORS, *OF_THE_AUTHOR) if not door.wanted] == [], "each has something to be found"


async def test_nothing_of_a_hidden_club(village: Village) -> None:
    people = (village.member, village.guest, village.outsider, village.removed, village.operator)
    await listen(village, village.hidden, village.owner, *people)
    secret = await plant(village, village.hidden)
    await pin(secret, village.owner, *people)
    assert missing(await told(secret, village.owner, DOORS, village.owner), DOORS) == {}
    assert missing(await told(secret, secret.author, OF_THE_AUTHOR, village.owner), OF_THE_AUTHOR) == {}
    for person in (*people, None):
        assert leaks(await told(secret, person, (*DOORS, *OF_THE_AUTHOR), village.owner)) == {}, person


async def leave(secret: Secret) -> None:
    await secret.village.leave(secret.village.member, secret.club)


async def delete(secret: Secret) -> None:
    await delete_club(await Club.get(id=secret.club.id), actor=None)


async def switch_off(secret: Secret) -> None:
    for plugin in ("blog", "wiki", "files"):
        await secret.village.switch(plugin, "off", secret.club)


async def trash(secret: Secret) -> None:
    assert secret.page is not None
    browser, place = secret.village.client(secret.author), f"/c/{secret.club.slug}"
    paths = (
        f"blog/posts/{secret.post.slug}/delete",
        f"wiki/pages/{secret.page.slug}/trash",
        f"files/entries/{secret.file}/trashing",
    )
    for path in paths:
        assert (await browser.post(f"{place}/{path}")).status_code in (200, 303), path


@pytest.mark.parametrize("hide", [leave, delete, switch_off, trash])
async def test_nothing_is_left_for_who_could_see_it_before(village: Village, hide: Hiding) -> None:
    await listen(village, village.club, village.member)
    secret = await plant(village, village.club)
    await pin(secret, village.member)
    assert missing(await told(secret, village.member, DOORS, village.member), DOORS) == {}
    await hide(secret)
    await village.settle()
    is_member = hide in (switch_off, trash)
    known = frozenset({"author"} if is_member else ())  # the name of a fellow member
    doors = tuple(door for door in DOORS if not (is_member and door.path in OF_THE_CLUB))
    assert leaks(await told(secret, village.member, doors, village.member), known) == {}
    assert leaks(await told(secret, village.removed, DOORS, village.member)) == {}


OF_THE_CLUB = {"/c/{club}/activity/subscribe", *(door.path for door in DOORS if "follows.place" in door.route)}
"""What every member of a club gets, whatever is in it."""


@pytest.mark.parametrize("state,audience", [("published", "moderators"), ("draft", "club")])
async def test_nothing_of_what_members_do_not_see(village: Village, state: str, audience: str) -> None:
    people = (village.member, village.guest, village.outsider, village.removed)
    await listen(village, village.club, village.moderator, *people)
    secret = await plant(village, village.club, state=state, audience=audience)
    await pin(secret, village.moderator, *people)
    if state == "published":
        origins = {*OF_THE_POST, *SAID}
        found = await told(secret, village.moderator, DOORS, village.moderator)
        ours = [door for door in DOORS if not re.search("{(page|file)_", door.path)]
        doors = tuple(door for door in ours if door.wanted <= {*origins, "mark", "answer"})
        assert missing(found, doors) == {}
    else:
        script = village.api(secret.author)
        assert secret.seen_in((await script.get(f"search?q={LURE}")).text) >= {"post title"}
    for person in (*people, None):
        known = frozenset({"author"} if person in people[:2] else ())
        doors = tuple(door for door in DOORS if not (known and door.path in OF_THE_CLUB))
        assert leaks(await told(secret, person, doors, village.moderator), known) == {}, person
