"""Polls, seen through the web, the API and the hooks, by people of every kind."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cercle import Conflict, Content, ExportRequest, Report
from cercle.testing import Village
from cercle_poll.exporters import export_json
from cercle_poll.hooks import person_exported
from cercle_poll.models import Poll, Vote
from cercle_poll.services import cast_vote, close_due, close_poll, open_poll

HOME = "/c/atelier/poll/"
QUESTION = {"question": "Which day?", "answers": "Monday\n\n Friday "}


async def asked(village: Village, **facts: Any) -> Poll:
    """A question of the member."""
    actor = await village.viewer(village.member)
    return await open_poll(
        village.club, **{"question": "Which day?", "answers": ["Monday", "Friday"], **facts}, actor=actor
    )


async def test_a_member_asks_and_the_club_finds_the_question(village: Village) -> None:
    sent = await village.client(village.member).post(f"{HOME}new", data={**QUESTION, "several": "true"})
    poll = await Poll.get(question="Which day?")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{HOME}{poll.id}")
    assert (poll.answers, poll.several, poll.named, poll.author_id) == (
        ["Monday", "Friday"],
        True,
        False,
        village.member.id,
    )
    guest = village.client(village.guest)
    assert [("Which day?" in (await guest.get(path)).text) for path in (HOME, "/c/atelier/")] == [True, True]
    assert (await Content.get(plugin="poll", object_id=poll.id)).summary == "Monday · Friday"


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"answers": "Monday"}, "answers"),
        ({"answers": "\n".join(map(str, range(11)))}, "answers"),
        ({"answers": "Monday\nmonday"}, "answers"),
        ({"answers": f"Monday\n{'x' * 101}"}, "answers"),
        ({"question": " "}, "question"),
        ({"closes_on": "2001-01-01"}, "closes_on"),
        ({"closes_on": "9999-12-31"}, "closes_on"),
    ],
)
async def test_what_cannot_be_is_told_beside_its_field(village: Village, wrong: dict[str, str], field: str) -> None:
    sent = await village.client(village.member).post(f"{HOME}new", data={**QUESTION, **wrong})
    assert (sent.status_code, await Poll.all().count()) == (422, 0)
    assert f'id="field-{field}-errors"' in sent.text


async def test_results_are_seen_after_voting(village: Village) -> None:
    poll, member, guest = await asked(village), village.client(village.member), village.client(village.guest)
    assert (await member.post(f"{HOME}{poll.id}/vote", data={"chosen": "1"})).status_code == 303
    assert "<progress" in (await member.get(f"{HOME}{poll.id}")).text
    assert "<progress" not in (await guest.get(f"{HOME}{poll.id}")).text
    await close_poll(poll, actor=await village.viewer(village.member))
    assert "<progress" in (await guest.get(f"{HOME}{poll.id}")).text


async def test_the_last_vote_counts(village: Village) -> None:
    poll, member = await asked(village), village.client(village.member)
    for chosen in ("1", "0"):
        await member.post(f"{HOME}{poll.id}/vote", data={"chosen": chosen})
    assert await Vote.all().values_list("chosen", flat=True) == [[0]]


@pytest.mark.parametrize("chosen", [[], ["2"], ["-1"], ["0", "1"], ["x"], ["9" * 30]])
async def test_a_vote_for_nothing_is_refused(village: Village, chosen: list[str]) -> None:
    poll = await asked(village)
    sent = await village.client(village.member).post(f"{HOME}{poll.id}/vote", data={"chosen": chosen})
    assert (sent.status_code, await Vote.all().count()) == (422, 0)


async def test_several_answers_where_the_question_allows_them(village: Village) -> None:
    poll = await asked(village, several=True)
    await village.client(village.guest).post(f"{HOME}{poll.id}/vote", data={"chosen": ["1", "0"]})
    assert await Vote.all().values_list("chosen", flat=True) == [[0, 1]]


async def test_two_votes_of_one_person_at_once_are_one(village: Village) -> None:
    poll, actor = await asked(village), await village.viewer(village.member)
    await asyncio.gather(*(cast_vote(poll, [number % 2], actor=actor) for number in range(6)))
    assert await Vote.all().count() == 1


@pytest.mark.parametrize("named, seen", [(True, True), (False, False)])
async def test_names_are_shown_where_the_question_says_so(village: Village, named: bool, seen: bool) -> None:
    poll, guest = await asked(village, named=named), village.client(village.guest)
    await cast_vote(poll, [0], actor=await village.viewer(village.moderator))
    await guest.post(f"{HOME}{poll.id}/vote", data={"chosen": "1"})
    assert (village.moderator.name in (await guest.get(f"{HOME}{poll.id}")).text) == seen


async def test_a_poll_is_closed_when_its_day_has_come(village: Village) -> None:
    poll = await asked(village, closes_at=datetime.now(UTC) + timedelta(days=1))
    await Poll.filter(id=poll.id).update(closes_at=datetime.now(UTC) - timedelta(minutes=1))
    with pytest.raises(Conflict):
        await cast_vote(poll, [0], actor=await village.viewer(village.member))
    await close_due()
    await close_due()
    closed = await Poll.get(id=poll.id)
    assert closed.closed_at == closed.closes_at


@pytest.mark.parametrize("who, status", [("owner", 303), ("moderator", 303), ("member", 303), ("guest", 403)])
async def test_author_and_moderators_close_and_reopen(village: Village, who: str, status: int) -> None:
    poll, client = await asked(village), village.client(village.people[who])
    assert (await client.post(f"{HOME}{poll.id}/closing")).status_code == status
    assert (await Poll.get(id=poll.id)).is_open == (status == 403)
    assert (await client.post(f"{HOME}{poll.id}/closing/delete")).status_code == status
    assert (await Poll.get(id=poll.id)).is_open


async def test_a_removed_poll_is_out_of_sight_and_comes_back(village: Village) -> None:
    poll, owner, guest = await asked(village), village.client(village.owner), village.client(village.guest)
    assert (await owner.post(f"{HOME}{poll.id}/removal")).status_code == 303
    assert [(await who.get(f"{HOME}{poll.id}")).status_code for who in (owner, guest)] == [200, 404]
    assert "Which day?" not in (await guest.get("/c/atelier/")).text
    await owner.post(f"{HOME}{poll.id}/removal/delete")
    assert (await guest.get(f"{HOME}{poll.id}")).status_code == 200


async def test_who_leaves_the_club_leaves_its_open_polls(village: Village) -> None:
    poll, over = await asked(village), await asked(village)
    for each in (poll, over):
        await cast_vote(each, [0], actor=await village.viewer(village.guest))
    await close_poll(over, actor=await village.viewer(village.member))
    await village.client(village.owner).post(f"/c/atelier/people/{village.guest.handle}/remove")
    await village.settle()
    assert await Vote.all().values_list("poll_id", flat=True) == [over.id]


async def test_programs_ask_and_vote_too(village: Village) -> None:
    api = village.api(village.member)
    made = await api.post("clubs/atelier/poll/polls", json={"question": "Which day?", "answers": ["Monday", "Friday"]})
    one = f"clubs/atelier/poll/polls/{made.json()['id']}"
    assert (made.status_code, made.json()["votes"]) == (201, None)
    voted = (await api.put(f"{one}/vote", json={"chosen": [1]})).json()
    assert (voted["votes"], voted["chosen"], voted["voters"]) == ([0, 1], [1], 1)
    assert (await api.get(one)).json() == voted
    listed = (await api.get("clubs/atelier/poll/polls?limit=1")).json()
    assert ([item["id"] for item in listed["items"]], listed["next"] is None) == ([voted["id"]], False)
    assert (await api.get(f"clubs/atelier/poll/polls?after={listed['next']}")).json() == {"items": [], "next": None}
    assert (await village.api(village.outsider).get(one)).status_code == 404


async def test_a_poll_of_another_club_is_not_found(village: Village) -> None:
    poll, owner = await asked(village), village.client(village.owner)
    answers = [await owner.get(f"/c/place/poll/{number}") for number in (poll.id, 2**31, 10**30)]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_the_club_chooses_how_a_new_poll_begins(village: Village) -> None:
    owner = village.client(village.owner)
    pages = [(await owner.get(f"{HOME}new")).text]
    saved = await village.api(village.owner).patch(
        "clubs/atelier/plugins/poll/settings", json={"values": {"named": True}}
    )
    pages.append((await owner.get(f"{HOME}new")).text)
    boxes = [page.partition('name="named"')[2].partition(">")[0] for page in pages]
    assert (saved.status_code, ["checked" in box for box in boxes]) == (200, [False, True])


async def test_a_person_takes_along_what_they_asked_and_chose(village: Village) -> None:
    poll = await asked(village)
    await cast_vote(poll, [1], actor=await village.viewer(village.guest))
    taken = [await person_exported(person) for person in (village.member, village.guest, village.owner)]
    assert [file.content for files in taken for file in files] == [
        [{"club": "Atelier", "asked": "Which day?", "answers": ["Monday", "Friday"]}],
        [{"club": "Atelier", "voted": "Which day?", "chosen": ["Friday"]}],
    ]
    await village.leave(village.guest, village.club)
    assert await person_exported(village.guest) == []


async def test_the_export_tells_what_its_reader_may_see(village: Village, tmp_path: Path) -> None:
    poll = await asked(village)
    await cast_vote(poll, [0], actor=await village.viewer(village.guest))
    votes = {}
    for who in ("guest", "member"):
        path, actor = tmp_path / who, await village.viewer(village.people[who])
        await export_json(ExportRequest(village.club, actor, path, Report(), lambda *_: None))
        votes[who] = [one["votes"] for one in json.loads(path.read_text())[0]["answers"]]
    assert votes == {"guest": [1, 0], "member": [None, None]}
