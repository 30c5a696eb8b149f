"""What a plugin gets by publishing to the catalogue: it is found, told of, followed and discussed, though nobody knows it."""

from __future__ import annotations

from cercle.testing import Village
from cercle_poll.models import Poll
from cercle_poll.services import open_poll


async def asked(village: Village, question: str = "Which day for the zither?") -> Poll:
    """A question of the owner, of which everybody has heard."""
    viewer = await village.viewer(village.owner)
    poll = await open_poll(village.club, question=question, answers=["Monday", "Friday"], actor=viewer)
    await village.settle()
    return poll


async def test_a_poll_is_found_by_other_forms_of_its_words(village: Village) -> None:
    await asked(village)
    answers = [
        (await village.api(person).get("search", params={"q": "zithers"})).json()["items"]
        for person in (village.member, village.outsider)
    ]
    assert [[found["title"] for found in items] for items in answers] == [["Which day for the zither?"], []]


async def test_a_poll_is_told_of_among_what_happened(village: Village) -> None:
    await asked(village)
    assert "Which day for the zither?" in (await village.client(village.member).get("/c/atelier/activity/")).text
    assert "Which day for the zither?" not in (await village.client(village.outsider).get("/activity")).text


async def test_who_follows_the_club_is_told_of_a_new_poll(village: Village) -> None:
    member = village.client(village.member)
    followed = await member.post("/c/atelier/follow", data={"what": "club"})
    await asked(village)
    assert followed.status_code == 303
    assert "Which day for the zither?" in (await member.get("/notifications")).text
    assert "Which day for the zither?" not in (await village.client(village.moderator).get("/notifications")).text


async def test_a_poll_is_discussed_below_it(village: Village) -> None:
    poll = await asked(village)
    of = f"/c/atelier/comments/of/poll/poll/{poll.id}"
    member = village.client(village.member)
    assert f'hx-get="{of}"' in (await member.get(f"/c/atelier/poll/{poll.id}")).text
    sent = await member.post(of, data={"body": "I bring a second zither."})
    assert sent.status_code == 303
    assert "I bring a second zither." in (await village.client(village.guest).get(of)).text
    assert (await village.client(village.outsider).get(of)).status_code == 404
