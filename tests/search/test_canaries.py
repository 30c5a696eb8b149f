"""A word that one may not see is in no result, number, facet, suggestion, quick answer or message."""

from __future__ import annotations

from typing import Any

import pytest

from cercle import Content, atomic, forget_content
from cercle.testing import Village
from core.models import Mail
from plugins.search.models import SavedSearch
from tests.search.publishing import found, publish

CANARY = "quagmarine"
NEAR = "quagmarin3", "quagmarime", "quagmarinee", "uqagmarine"


async def see_nothing(village: Village, person: Any) -> None:
    """Ask every door."""
    browser, api = village.client(person), village.api(person)
    assert await found(village, person, CANARY) == []
    for q in (CANARY, "quagmar", *NEAR):
        page = (await browser.get("/search", params={"q": q})).text
        assert page.replace(q, "").count(CANARY) == 0, q
        assert "search-count" not in page
        assert "search-meant" not in page
        quick = await browser.get("/search/quick", params={"q": q})
        assert quick.status_code != 200 or quick.json()["results"] == []
        assert (await api.get("search", params={"q": q, "club": "cave"})).json()["items"] == []


async def test_of_a_hidden_club(village: Village) -> None:
    await publish(village.hidden, 1, f"The {CANARY}", words=CANARY, audience="public", author_id=village.owner.id)
    assert await found(village, village.owner, CANARY) == [f"The {CANARY}"]
    for person in (village.member, village.outsider, village.operator, None):
        await see_nothing(village, person)


async def test_of_a_draft_and_of_what_is_in_the_trash(village: Village) -> None:
    await publish(village.club, 1, f"The {CANARY}", state="draft", author_id=village.owner.id)
    await publish(village.club, 2, f"A {CANARY}", state="trashed", author_id=village.owner.id)
    await publish(village.club, 3, f"Her {CANARY}", audience="moderators", author_id=village.owner.id)
    for person in (village.member, village.guest):
        await see_nothing(village, person)


async def test_of_a_plugin_that_is_off(village: Village) -> None:
    await publish(village.club, 1, f"The {CANARY}")
    await village.switch("wiki", "off")
    for person in (village.owner, village.member):
        await see_nothing(village, person)


async def test_after_leaving(village: Village) -> None:
    await publish(village.club, 1, f"The {CANARY}")
    assert await found(village, village.member, CANARY) == [f"The {CANARY}"]
    await village.leave(village.member, village.club)
    for person in (village.member, village.removed):
        await see_nothing(village, person)


async def test_of_a_club_that_was_public(village: Village) -> None:
    await publish(village.public, 1, f"The {CANARY}", audience="public")
    assert await found(village, None, CANARY) == [f"The {CANARY}"]
    village.public.visibility = "hidden"
    await village.public.save()
    await see_nothing(village, None)


async def test_of_what_is_gone(village: Village) -> None:
    await publish(village.club, 1, f"The {CANARY}")
    assert await found(village, village.member, CANARY) == [f"The {CANARY}"]
    async with atomic():
        await forget_content(plugin="wiki", kind="page", object_ids=[1])
    await see_nothing(village, village.member)


async def test_no_message_tells_of_it(village: Village) -> None:
    for person in (village.moderator, village.member, village.outsider, village.removed):
        await village.api(person).post("search/saved", json={"query": "workbench", "alert": True})
    await publish(village.hidden, 1, f"The {CANARY} workbench", audience="public", author_id=village.owner.id)
    await publish(village.club, 2, f"A {CANARY} workbench", audience="moderators", author_id=village.owner.id)
    await village.leave(village.member, village.club)
    await publish(village.club, 3, f"My {CANARY} workbench", author_id=village.owner.id)
    await village.app.jobs.run("search.tell_finds")
    assert await SavedSearch.all().count() == 4
    whole = {f"{one.recipient} {one.subject} {one.text} {one.html} {one.headers}" for one in await Mail.all()}
    told = sorted(message.partition(" ")[0] for message in whole if CANARY in message.casefold())
    assert told == [village.moderator.email] * 2, "who may see them is told of both in the atelier, and nobody else"


@pytest.mark.parametrize(
    "typed,meant",
    [("zanzibra", "zanzibar"), ("zanzbar", "zanzibar"), ("zannzibar", "zanzibar"), ("zenzibarre", "zanzibar")],
)
async def test_somebody_who_may_see_it_is_helped_with_the_spelling(village: Village, typed: str, meant: str) -> None:
    await publish(village.club, 1, "About Zanzibar", words="the island")
    page = (await village.client(village.member).get("/search", params={"q": f"{typed} island"})).text
    assert f'<a href="/search?q={meant}+island"><strong>{meant} island</strong></a>' in page
    assert await Content.all().count() == 1


async def test_nothing_is_suggested_where_something_is_found(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar")
    await publish(village.club, 2, "Zanzibra")
    assert "search-meant" not in (await village.client(village.member).get("/search?q=zanzibra")).text
