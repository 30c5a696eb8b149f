"""The front page of a member: what is new since the last visit, day by day, and the first step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from spaces.catalogue import publish_content
from spaces.models import Club, Content, Membership


async def test_what_others_published_since_my_visit_is_counted(village: Village) -> None:
    member = village.client(village.member)
    await _publish(village, 1, "Before", author=village.owner)
    await member.get("/c/atelier/")
    await Membership.filter(club=village.club, user=village.member).update(visited_at=_ago(hours=1))
    await Content.filter(title="Before").update(updated_at=_ago(hours=2))
    await _publish(village, 2, "After", author=village.owner)
    await _publish(village, 3, "My own", author=village.member)

    assert "1 new<" in (await member.get("/")).text


async def test_a_visit_is_noted_for_members_and_once_in_ten_minutes(village: Village) -> None:
    for person in (village.member, village.outsider, village.operator):
        await village.client(person).get("/c/atelier/")
    noted = {row.user_id: row.visited_at for row in await Membership.filter(visited_at__isnull=False)}
    await village.client(village.member).get("/c/atelier/")

    assert set(noted) == {village.member.id}
    assert (await Membership.get(club=village.club, user=village.member)).visited_at == noted[village.member.id]


async def test_after_a_visit_nothing_is_new(village: Village) -> None:
    member = village.client(village.member)
    await _publish(village, 1, "News", author=village.owner)
    before = (await member.get("/")).text
    await member.get("/c/atelier/")

    assert "1 new<" in before
    assert "1 new<" not in (await member.get("/")).text


async def test_news_stand_under_their_day(village: Village) -> None:
    await _publish(village, 1, "Fresh", author=village.owner)
    await _publish(village, 2, "Stale", author=village.owner)
    await Content.filter(title="Stale").update(updated_at=datetime.now(UTC) - timedelta(days=400))

    text = (await village.client(village.member).get("/")).text

    assert text.index(">Today</h3>") < text.index("Fresh") < text.index("Stale")
    assert text.count('class="day-title"') == 2


async def test_who_has_no_photo_is_asked_for_one_until_they_put_it_off(village: Village) -> None:
    member = village.client(village.member)
    asked = await member.get("/")
    answer = await member.post("/later")

    assert "Put a face to your name" in asked.text
    assert answer.status_code == 303
    assert "Put a face to your name" not in (await member.get("/")).text
    assert (await village.client().post("/later")).status_code == 303  # to the sign-in
    await User.filter(id=village.owner.id).update(photo_hash="0" * 64)
    assert "Put a face to your name" not in (await village.client(village.owner).get("/")).text


async def test_my_photo_stands_in_the_line_on_top(village: Village) -> None:
    await User.filter(id=village.member.id).update(photo_hash="ab" * 32)
    address = f"/photos/{village.member.handle}?v={('ab' * 32)[:12]}"

    assert address in (await village.client(village.member).get("/clubs")).text
    assert address not in (await village.client(village.owner).get("/clubs")).text


async def test_the_home_of_a_club_offers_what_the_viewer_may_do(village: Village) -> None:
    async def acts(person: User | None, slug: str = "atelier") -> str:
        page = (await village.client(person).get(f"/c/{slug}/")).text
        return page.partition('<nav class="quick-acts"')[2].partition("</nav>")[0]

    assert "/c/atelier/wiki/pages/new" in await acts(village.member)
    assert "/c/atelier/invitations" not in await acts(village.member)
    assert "/c/atelier/invitations" in await acts(village.owner)
    assert "pages/new" not in await acts(village.guest)
    assert "pages/new" not in await acts(village.outsider, "place")


class _Item:
    def __init__(self, number: int, club: Club) -> None:
        self.id, self.club_id = number, club.id


async def _publish(village: Village, number: int, title: str, *, author: User) -> None:
    async with atomic():
        await publish_content(
            _Item(number, village.club),
            plugin="wiki",
            kind="page",
            title=title,
            url=f"/c/atelier/wiki/{number}",
            author_id=author.id,
        )


def _ago(*, hours: int) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)
