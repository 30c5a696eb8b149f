"""A membership whose time is over opens no door any more, though its row waits for the job that ends it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Planter, Village, canary_sweep
from core.accounts.services import feed_token
from core.models import Mail
from core.notification_wishes import choose
from plugins.directory.queries.people import count_people
from spaces.models import Membership
from spaces.queries.clubs import list_clubs
from spaces.queries.people import count_roles, mentioned_people, share_a_club
from spaces.queries.plans import plan_of
from spaces.queries.readers import members_named, readers_among
from spaces.queries.reading import clubs_read_by

WORD = "quuxicanary"


async def expire(village: Village) -> None:
    """The time of the member in the hidden club is over."""
    over = datetime.now(UTC) - timedelta(seconds=2)
    place = Membership.filter(club_id=village.hidden.id, user_id=village.member.id)
    assert await place.update(expires_at=over) == 1


@pytest.fixture
async def member(village: Village) -> Village:
    """The member belongs to the hidden club too, until next year."""
    await village.join(village.member, village.hidden)
    place = Membership.filter(club_id=village.hidden.id, user_id=village.member.id)
    await place.update(expires_at=datetime.now(UTC) + timedelta(days=365))
    return village


async def test_the_sweep_finds_nothing_for_somebody_whose_time_is_over(village: Village) -> None:
    async def lapse(planter: Planter) -> None:
        for person in (village.outsider, village.member):
            await village.join(person, village.hidden)
        gone = Membership.filter(club_id=village.hidden.id, user_id__in=[village.outsider.id, village.member.id])
        assert await gone.update(expires_at=datetime.now(UTC) - timedelta(seconds=2)) == 2

    assert (await canary_sweep(village, lapse)).leaks == []


async def test_pages_api_feeds_and_search_close_with_the_second(member: Village) -> None:
    village = member
    sent = {"title": f"{WORD} post", "body": WORD, "state": "published"}
    assert (await village.api(village.owner).post("clubs/cave/blog/posts", json=sent)).status_code == 201
    browser, script = village.client(village.member), village.api(village.member)
    feed = f"/feeds/{feed_token(village.member)}/c/cave/blog.atom"
    pages = [
        "/c/cave/",
        "/c/cave/people",
        "/c/cave/wiki/",
        "/c/cave/blog/",
        "/c/cave/files/",
        "/c/cave/directory/",
        feed,
    ]
    scripts = ["clubs/cave", "clubs/cave/members", "clubs/cave/blog/posts"]
    searches = [f"/search?q={WORD}+post", "/clubs", "/clubs/mine", "/"]

    async def answers() -> list[int]:
        return [
            *[(await browser.get(page)).status_code for page in pages],
            *[(await script.get(page)).status_code for page in scripts],
        ]

    async def names_it() -> list[bool]:
        listed = [(await browser.get(page)).text for page in searches]
        return [*["/c/cave" in text for text in listed], "cave" in (await script.get("clubs")).text]

    assert (set(await answers()), set(await names_it())) == ({200}, {True})
    await expire(village)
    assert (set(await answers()), set(await names_it())) == ({404}, {False})


async def test_lists_counts_mentions_and_readers_leave_them_out(member: Village) -> None:
    village = member
    await Membership.filter(club_id=village.club.id, user_id=village.member.id).delete()
    viewer = await village.viewer(village.owner, village.hidden)

    async def facts() -> list[object]:
        club, me = village.hidden, village.member
        listed = (await village.client(village.owner).get("/c/cave/people")).text
        return [
            me.id in await readers_among(club.id, "wiki", None, members_only=True),
            me.id in await readers_among(club.id, "wiki", [me.id], members_only=True),
            me.id in await members_named(club, [me.handle]),
            me.handle in await mentioned_people(club, [me.handle]),
            await share_a_club(viewer, me.id),
            club.id in [one.id for one in await clubs_read_by(me.id, "wiki")],
            me.name in listed,
            f"/people/{me.handle}" in (await village.client(village.owner).get("/c/cave/home")).text,
        ]

    async def counts() -> list[int]:
        card = next(one for one in await list_clubs(viewer) if one.slug == "cave")
        return [
            card.members,
            sum((await count_roles(village.hidden)).values()),
            (await plan_of(village.hidden)).members.used,
        ]

    assert set(await facts()) == {True}
    before = await counts()
    await expire(village)
    assert set(await facts()) == {False}
    assert await counts() == [number - 1 for number in before]


async def test_the_directory_forgets_them(member: Village) -> None:
    village = member
    browser = village.client(village.member)
    await browser.post("/c/cave/directory/me", data={"answer-skills": WORD})
    owner = village.client(village.owner)
    before = (await count_people(village.hidden), village.member.name in (await owner.get("/c/cave/directory/")).text)
    await expire(village)
    after = (await count_people(village.hidden), village.member.name in (await owner.get("/c/cave/directory/")).text)
    assert (before[1], after) == (True, (0, False))


async def test_mail_that_waits_does_not_leave(member: Village) -> None:
    village = member
    await choose(village.member.id, {"mail": {"blog.post_published": True}})
    sent = {"title": "Late news", "body": WORD, "state": "published"}
    await village.api(village.owner).post("clubs/cave/blog/posts", json=sent)
    await village.app.outbox.deliver_due()
    waiting = Mail.filter(recipient=village.member.email, subject__contains="Late news")
    assert await waiting.filter(sent_at=None).count() == 1
    await expire(village)
    await village.settle()
    assert await waiting.count() == 0


async def test_writing_with_a_right_of_before_is_refused(member: Village) -> None:
    village = member
    await Membership.filter(club_id=village.hidden.id, user_id=village.member.id).update(role="moderator")
    browser = village.client(village.member)
    assert (await browser.get("/c/cave/invitations")).status_code == 200
    await expire(village)
    made = await browser.post("/c/cave/wiki/pages", data={"title": "Late", "body": WORD})
    role = await browser.post("/c/cave/people/owner", data={"role": "guest"})
    assert (made.status_code, role.status_code) == (404, 404)
