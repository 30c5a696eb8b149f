"""Bans by the API, and in the queue of requests: who may, what they see, what is refused, two answers at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cercle.testing import Village
from core.errors import CercleError, Conflict
from core.models import AuditEntry, Mail
from spaces.models import Ban, JoinRequest, Membership
from spaces.services import accept_request, request_to_join
from spaces.services.bans import ban_member
from spaces.services.request_bans import refuse_and_ban

pytestmark = pytest.mark.anyio

WHY = "Insulted people at the last meeting."
BANS = "clubs/atelier/bans"


async def _outside(village: Village, person: Any) -> bool:
    return not await Membership.filter(club_id=village.club.id, user_id=person.id).exists()


async def _asks(village: Village) -> JoinRequest:
    await request_to_join(village.club, "please", actor=village.outsider)
    return await JoinRequest.get()


async def test_a_script_bans_lists_and_lifts(village: Village) -> None:
    api, until = village.api(village.moderator), datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    body = {"user": village.member.handle, "reason": WHY, "until": until.isoformat()}

    made = await api.post(BANS, json=body)
    listed = (await api.get(BANS)).json()
    lifted = await api.delete(f"{BANS}/{made.json()['id']}")

    assert (made.status_code, lifted.status_code) == (201, 204)
    assert listed == {"items": [made.json()], "next": None}
    shown = {name: made.json()[name] for name in ("user", "handle", "name", "reason", "decided_by")}
    assert shown == {
        "user": village.member.id,
        "handle": village.member.handle,
        "name": village.member.name,
        "reason": WHY,
        "decided_by": village.moderator.name,
    }
    assert datetime.fromisoformat(made.json()["until"]) == until
    assert (await _outside(village, village.member), await Ban.all().count()) == (True, 0)
    rows = AuditEntry.filter(action__in=["spaces.member_banned", "spaces.ban_lifted"]).order_by("id")
    assert [one.action for one in await rows] == ["spaces.member_banned", "spaces.ban_lifted"]
    assert await Mail.filter(recipient=village.member.email).count() == 2


async def test_a_long_list_comes_in_pages_the_last_ban_first(village: Village) -> None:
    for number in range(5):
        person = await village.person(f"Person{number} Durand")
        await village.join(person, village.club)
        await ban_member(village.club, person, WHY, actor=village.owner)
    api, seen, path = village.api(village.owner), [], f"{BANS}?limit=2"
    while path:
        page = (await api.get(path)).json()
        seen.append([one["name"] for one in page["items"]])
        path = f"{BANS}?limit=2&after={page['next']}" if page["next"] else ""

    assert seen == [[f"Person{number} Durand" for number in page] for page in ((4, 3), (2, 1), (0,))]
    assert (await api.get(f"{BANS}?after=zzz")).status_code == 422
    assert (await api.get(f"{BANS}?after=WyI4OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0")).status_code == 422


async def test_a_list_of_many_takes_as_many_queries_as_one_of_few(village: Village) -> None:
    api, counts = village.api(village.owner), []
    await api.get(BANS)
    for many in (2, 20):
        for number in range(many):
            person = await village.person(f"P{many}n{number} Durand")
            await village.join(person, village.club)
            await ban_member(village.club, person, WHY, actor=None)
        with village.queries() as seen:
            assert (await api.get(BANS)).status_code == 200
        counts.append(seen.count)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("person", "status"), [("member", 403), ("guest", 403), ("outsider", 404), ("removed", 404)])
async def test_nobody_else_reads_or_changes_bans_by_script(village: Village, person: str, status: int) -> None:
    await village.join(village.outsider, village.hidden)
    ban = await ban_member(village.club, village.operator, WHY, actor=None)
    api = village.api(getattr(village, person))
    answers = [
        await api.get(BANS),
        await api.post(BANS, json={"user": village.guest.handle, "reason": WHY}),
        await api.delete(f"{BANS}/{ban.id}"),
    ]
    assert [answer.status_code for answer in answers] == [status] * 3
    assert [WHY in answer.text for answer in answers] == [False] * 3
    assert await Ban.all().count() == 1


async def test_a_ban_of_another_club_is_not_reached_through_this_one(village: Village) -> None:
    await village.join(village.outsider, village.hidden)
    ban = await ban_member(village.hidden, village.outsider, WHY, actor=None)
    assert (await village.api(village.moderator).delete(f"{BANS}/{ban.id}")).status_code == 404
    assert (await village.api(village.moderator).get("clubs/cave/bans")).status_code == 404
    assert await Ban.all().count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"user": "member"},
        {"user": "member", "reason": "   "},
        {"user": "member", "reason": "x" * 501},
        {"user": "member", "reason": WHY, "until": "2020-01-01T00:00:00Z"},
        {"user": "member", "reason": WHY, "until": "2031-01-01T00:00:00"},
        {"user": "member", "reason": WHY, "until": "9999-12-31T23:59:59Z"},
        {"user": "member", "reason": WHY, "forever": True},
        {"user": "member\x00", "reason": WHY},
        {"user": "member", "reason": f"{WHY}\x00"},
        {"user": "m" * 10_000, "reason": WHY},
        {"user": 4, "reason": WHY},
    ],
)
async def test_bans_of_another_form_change_nothing(village: Village, sent: dict[str, object]) -> None:
    answer = await village.api(village.owner).post(BANS, json=sent)
    assert answer.status_code == 422, answer.text
    assert (await Ban.all().count(), await _outside(village, village.member)) == (0, False)


async def test_strangers_and_those_above_cannot_be_banned_by_script(village: Village) -> None:
    api = village.api(village.moderator)
    sent = [{"user": name, "reason": WHY} for name in (village.outsider.handle, "nobody", village.owner.handle)]
    assert [(await api.post(BANS, json=one)).status_code for one in sent] == [404, 404, 403]
    assert await Ban.all().count() == 0


async def test_nobody_bans_without_end(village: Village) -> None:
    api, statuses = village.api(village.owner), []
    await ban_member(village.club, village.member, WHY, actor=None)
    await Membership.create(club_id=village.club.id, user_id=village.member.id)
    for _ in range(61):
        statuses.append((await api.post(BANS, json={"user": village.member.handle, "reason": WHY})).status_code)
    assert statuses == [409] * 60 + [429]


async def test_a_moderator_refuses_and_bans_from_the_queue(village: Village) -> None:
    asked = await _asks(village)
    browser = village.client(village.moderator)
    queue = (await browser.get("/c/atelier/requests")).text
    day = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()

    answer = await browser.post(f"/c/atelier/requests/{asked.id}/ban", data={"reason": WHY, "until": day})
    after = (await browser.get("/c/atelier/requests")).text

    assert f"/c/atelier/requests/{asked.id}/ban" in queue
    assert (answer.status_code, "They are banned, and told why by mail." in after) == (303, True)
    ban = await Ban.get()
    assert (ban.user_id, ban.reason, ban.decided_by_id) == (village.outsider.id, WHY, village.moderator.id)
    assert await JoinRequest.all().count() == 0
    letters = await Mail.filter(recipient=village.outsider.email)
    assert [(WHY in one.text, "ask again" in one.text) for one in letters] == [(True, False)]
    actions = AuditEntry.filter(action__startswith="spaces.", subject=village.outsider.name).order_by("id")
    assert [one.action for one in await actions] == ["spaces.request_refused", "spaces.member_banned"]


@pytest.mark.parametrize(
    "sent",
    [{}, {"reason": " "}, {"reason": "x" * 501}, {"reason": WHY, "until": "2020-01-01"}, {"reason": WHY, "until": "x"}],
)
async def test_without_a_reason_or_with_a_day_that_is_over_the_request_waits_on(
    village: Village, sent: dict[str, str]
) -> None:
    asked = await _asks(village)
    browser = village.client(village.moderator)
    answer = await browser.post(f"/c/atelier/requests/{asked.id}/ban", data=sent)
    assert (answer.status_code, await Ban.all().count(), await JoinRequest.all().count()) == (422, 0, 1)
    said = ("Nothing was sent:" in answer.text, answer.text.count('class="field-errors"'))
    assert (said, 'aria-invalid="true"' in answer.text) == ((True, 1), True)
    assert f"\n{sent.get('reason', '')}</textarea>" in answer.text


@pytest.mark.parametrize(("person", "status"), [("member", 403), ("outsider", 404), ("removed", 404)])
async def test_nobody_else_bans_from_the_queue(village: Village, person: str, status: int) -> None:
    asked = await _asks(village)
    path = f"/c/atelier/requests/{asked.id}/ban"
    answer = await village.client(getattr(village, person)).post(path, data={"reason": WHY})
    assert (answer.status_code, await Ban.all().count()) == (status, 0)


async def test_letting_in_and_banning_at_once_ends_in_one_of_both_and_says_so(village: Village) -> None:
    asked = await _asks(village)
    answers = await asyncio.gather(
        accept_request(village.club, asked.id, actor=village.owner),
        refuse_and_ban(village.club, asked.id, WHY, actor=village.moderator),
        return_exceptions=True,
    )
    errors = [one for one in answers if isinstance(one, BaseException)]
    assert [isinstance(one, CercleError) and "answered or taken back" in one.message for one in errors] == [True]
    outcome = (await Ban.all().count(), await _outside(village, village.outsider))
    assert outcome in ((0, False), (1, True))


async def test_who_is_banned_already_keeps_the_request_where_it_was(village: Village) -> None:
    asked = await _asks(village)
    await Ban.create(club_id=village.club.id, user_id=village.outsider.id, reason=WHY)
    with pytest.raises(Conflict, match="banned from the club already"):
        await refuse_and_ban(village.club, asked.id, WHY, actor=village.owner)
    refused = await AuditEntry.filter(action="spaces.request_refused").count()
    assert (await Ban.all().count(), await JoinRequest.all().count(), refused) == (1, 1, 0)
