"""Searches that people keep, and being told of what is new."""

from __future__ import annotations

import json

from cercle.testing import Village
from core.models import Mail
from plugins.search.hooks import person_erased, person_exported
from plugins.search.models import SavedSearch
from tests.search.publishing import publish

ALERTED = "New for your search “zanzibar”: "


async def keep(village: Village, person: object, q: str = "zanzibar", **values: object) -> int:
    answer = await village.api(person).post("search/saved", json={"query": q, **values})  # type: ignore[arg-type]
    assert answer.status_code == 201
    number: int = answer.json()["id"]
    return number


async def subjects(person: object) -> list[str]:
    mails = await Mail.filter(recipient=person.email).order_by("id")  # type: ignore[attr-defined]
    return [mail.subject.removeprefix("[Atelier] ") for mail in mails if "search" in mail.subject]


async def test_a_search_is_saved_from_its_page_opened_told_of_and_deleted(village: Village) -> None:
    browser = village.client(village.member)
    await publish(village.club, 1, "Zanzibar")
    page = await browser.get("/search?q=zanzibar&club=atelier")
    assert "Save this search" in page.text
    sent = await browser.post("/search/saved", data={"query": "zanzibar", "club": "atelier"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/search/saved")
    kept = await SavedSearch.get()
    assert (kept.user_id, kept.query, kept.filters, kept.tells) == (
        village.member.id,
        "zanzibar",
        {"club": "atelier"},
        False,
    )
    page = await browser.get("/search/saved")
    assert 'href="/search?q=zanzibar&amp;club=atelier"' in page.text
    for word, tells in (("true", True), ("false", False)):
        assert (await browser.post(f"/search/saved/{kept.id}/alert", data={"alert": word})).status_code == 303
        assert (await SavedSearch.get()).tells == tells
    assert (await browser.post(f"/search/saved/{kept.id}/removal")).status_code == 303
    assert await SavedSearch.all().count() == 0
    assert "You have not saved any search" in (await browser.get("/search/saved")).text


async def test_nobody_reaches_what_another_keeps(village: Village) -> None:
    number = await keep(village, village.member, alert=True)
    for person in (village.owner, village.outsider, village.operator):
        browser, api = village.client(person), village.api(person)
        assert (await browser.post(f"/search/saved/{number}/alert", data={"alert": "false"})).status_code == 404
        assert (await browser.post(f"/search/saved/{number}/removal")).status_code == 404
        assert (await api.delete(f"search/saved/{number}")).status_code == 404
        assert (await api.patch(f"search/saved/{number}", json={"alert": False})).status_code == 404
        assert (await api.get("search/saved")).json()["items"] == []
    assert (await SavedSearch.get()).tells
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/1/alert"), ("POST", "/1/removal")):
        answer = await village.client().request(method, f"/search/saved{path}")
        assert answer.status_code in (303, 401)


async def test_the_api_lists_keeps_changes_and_deletes(village: Village) -> None:
    api = village.api(village.member)
    sent = await api.post(
        "search/saved", json={"query": "zanzibar", "kind": "page", "from": "2026-01-01", "alert": True}
    )
    given = sent.json()
    assert (given["query"], given["filters"], given["alert"]) == (
        "zanzibar",
        {"kind": "page", "from": "2026-01-01"},
        True,
    )
    assert (await api.get("search/saved")).json()["items"] == [given]
    assert (await api.patch(f"search/saved/{given['id']}", json={"alert": False})).json()["alert"] is False
    assert (await api.delete(f"search/saved/{given['id']}")).status_code == 204
    assert (await api.get("search/saved")).json()["items"] == []
    assert (await api.post("search/saved", json={"query": "%"})).status_code == 422
    assert (await api.post("search/saved", json={"query": "a word", "who": "me"})).status_code == 422


async def test_the_same_search_is_kept_once_and_fifty_at_most(village: Village) -> None:
    assert await keep(village, village.member) == await keep(village, village.member, alert=True)
    assert (await SavedSearch.get()).tells
    for number in range(49):
        await keep(village, village.member, f"word {number}")
    answer = await village.api(village.member).post("search/saved", json={"query": "one more"})
    assert (answer.status_code, await SavedSearch.all().count()) == (409, 50)


async def test_the_list_takes_as_many_queries_for_three_as_for_one(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/search/saved")
    counts = []
    for number in (1, 2, 3):
        await keep(village, village.member, f"word {number}")
        with village.queries() as seen:
            await browser.get("/search/saved")
        counts.append(seen.count)
    assert counts == [counts[0]] * 3


async def test_something_new_is_told_once_however_often_it_changes(village: Village) -> None:
    await publish(village.club, 1, "Old zanzibar", author_id=village.owner.id)
    await keep(village, village.member, alert=True)
    await keep(village, village.guest)
    await publish(village.club, 2, "New zanzibar", author_id=village.owner.id)
    await publish(village.club, 3, "Nothing of that", author_id=village.owner.id)
    for number in range(3):
        await village.app.jobs.run("search.tell_finds")
        await publish(village.club, 2, f"New zanzibar {number}", author_id=village.owner.id)
    assert await subjects(village.member) == [f"{ALERTED}New zanzibar"]
    assert await subjects(village.guest) == []


async def test_one_is_not_told_of_what_one_wrote_oneself_nor_of_drafts(village: Village) -> None:
    await keep(village, village.member, alert=True)
    await publish(village.club, 1, "Zanzibar", author_id=village.member.id)
    await publish(village.club, 2, "Zanzibar draft", author_id=village.owner.id, state="draft")
    await village.app.jobs.run("search.tell_finds")
    assert await subjects(village.member) == []
    await publish(village.club, 2, "Zanzibar out", author_id=village.owner.id)
    await village.app.jobs.run("search.tell_finds")
    assert await subjects(village.member) == [f"{ALERTED}Zanzibar out"]


async def test_filters_hold_for_what_is_told(village: Village) -> None:
    await keep(village, village.owner, alert=True, club="place")
    await publish(village.club, 1, "Zanzibar here", author_id=village.member.id)
    await publish(village.public, 2, "Zanzibar there", author_id=village.member.id)
    await village.app.jobs.run("search.tell_finds")
    found = [mail.subject for mail in await Mail.filter(recipient=village.owner.email) if "zanzibar" in mail.subject]
    assert len(found) == 1
    assert "Zanzibar there" in found[0]


async def test_saved_searches_go_into_the_archive_and_with_the_account(village: Village) -> None:
    await keep(village, village.member, club="atelier")
    files = await person_exported(village.member)
    facts = json.loads(json.dumps(files[0].content))
    assert [(one["query"], one["filters"]) for one in facts] == [("zanzibar", {"club": "atelier"})]
    await person_erased(village.member)
    assert await SavedSearch.all().count() == 0
