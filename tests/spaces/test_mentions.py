"""Mentions: who is named to whom, what is stored, the page of a person, and what the editor proposes after an `@`."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.accounts.models import User
from plugins.wiki.models import Page
from spaces.models import Membership
from spaces.services import set_grant

TEXT = "Ask @mona, @outsider or @nobody. Not `@mona`, nor a@mona.example."
LINK = '<a class="mention" href="/c/atelier/people/mona">@Mona Élan</a>'


@pytest.fixture
async def mona(village: Village) -> Village:
    person = await village.person("Mona Élan")
    await village.join(person, village.club)
    answer = await village.client(village.member).post("/c/atelier/wiki/pages", data={"title": "Who", "body": TEXT})
    assert answer.status_code == 303
    return village


async def _page(village: Village, person: object) -> str:
    return (await village.client(person).get("/c/atelier/wiki/pages/who")).text  # type: ignore[arg-type]


async def test_a_mention_names_a_member_and_leads_to_them(mona: Village) -> None:
    page = await _page(mona, mona.guest)

    assert LINK in page
    assert '<span class="mention">@outsider</span>' in page
    assert '<span class="mention">@nobody</span>' in page


async def test_what_is_stored_is_what_was_typed(mona: Village) -> None:
    stored = await Page.get(slug="who")

    assert '<span class="mention">@mona</span>' in stored.body_html
    assert "Élan" not in stored.body_html


async def test_a_new_name_shows_at_once(mona: Village) -> None:
    before = await _page(mona, mona.member)
    await mona.client(await User.get(handle="mona")).post("/account/", data={"name": "Ramona", "timezone": "UTC"})
    after = await _page(mona, mona.member)

    assert ("@Ramona</a>" in before, "@Ramona</a>" in after, "Élan" in after) == (False, True, False)


async def test_who_left_is_not_named_any_more(mona: Village) -> None:
    await Membership.filter(user__handle="mona").delete()

    page = await _page(mona, mona.member)

    assert '<span class="mention">@mona</span>' in page
    assert "Élan" not in page
    assert (await mona.client(mona.member).get("/c/atelier/people/mona")).status_code == 404


async def test_nobody_is_named_to_readers_who_may_not_see_members(mona: Village) -> None:
    await set_grant(mona.club, "guest", "spaces.view_members", False, actor=await mona.viewer(mona.owner, mona.club))

    page = await _page(mona, mona.guest)

    assert '<span class="mention">@mona</span>' in page
    assert "Élan" not in page
    assert (await mona.client(mona.guest).get("/c/atelier/people/suggestions?q=mo")).status_code == 403


async def test_naming_people_takes_one_query_however_many_they_are(mona: Village) -> None:
    browser = mona.client(mona.member)
    crowd = " ".join(f"@{one}" for one in ("mona", "owner", "member", "guest", *(f"x{n}" for n in range(300))))
    for title, body in (("None", "Nobody."), ("Some", "@mona"), ("Many", crowd)):
        await browser.post("/c/atelier/wiki/pages", data={"title": title, "body": body})
    counts, page = [], ""
    await browser.get("/c/atelier/wiki/pages/none")  # reads the settings of the wiki, which are kept
    for slug in ("none", "some", "many"):
        with mona.queries() as seen:
            page = (await browser.get(f"/c/atelier/wiki/pages/{slug}")).text
        counts.append(seen.count)

    assert counts[1:] == [counts[0] + 1, counts[0] + 1]
    assert page.count('<a class="mention"') == 4


@pytest.mark.parametrize("person,status", [("guest", 200), ("member", 200), ("outsider", 404), ("removed", 404)])
async def test_members_have_a_page_for_members(mona: Village, person: str, status: int) -> None:
    answer = await mona.client(getattr(mona, person)).get("/c/atelier/people/mona")

    assert answer.status_code == status
    assert ("Mona Élan" in answer.text) == (status == 200)
    assert ("/c/atelier/directory/people/mona" in answer.text) == (person == "member")
    assert "/people/mona/edit" not in answer.text


async def test_the_page_of_a_person_leads_to_no_plugin_that_is_off(mona: Village) -> None:
    await mona.switch("directory", "off")

    page = (await mona.client(mona.member).get("/c/atelier/people/mona")).text

    assert "/c/atelier/directory/people/mona" not in page


@pytest.mark.parametrize("typed", ["mo", "MONA", "elan", "Él", "mona él"])
async def test_people_are_proposed_by_the_first_letters_of_their_names(mona: Village, typed: str) -> None:
    answer = await mona.client(mona.guest).get("/c/atelier/people/suggestions", params={"q": typed})

    assert {"label": "Mona Élan", "value": "mona"} in answer.json()
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("typed", ["ona", "outs", "%", "_", "zz\\'"])
async def test_nobody_else_is_proposed(mona: Village, typed: str) -> None:
    answer = await mona.client(mona.member).get("/c/atelier/people/suggestions", params={"q": typed})

    assert answer.json() == []


async def test_at_most_eight_people_are_proposed(mona: Village) -> None:
    for number in range(9):
        await mona.join(await mona.person(f"Zoé{number} Zz"), mona.club)

    answer = await mona.client(mona.member).get("/c/atelier/people/suggestions", params={"q": "zoe"})

    assert [one["label"] for one in answer.json()] == [f"Zoé{number} Zz" for number in range(8)]


@pytest.mark.parametrize("person,status", [("outsider", 404), ("removed", 404)])
async def test_proposals_are_for_members(mona: Village, person: str, status: int) -> None:
    path = "/c/atelier/people/suggestions?q=m"

    assert (await mona.client(getattr(mona, person)).get(path)).status_code == status
    assert (await mona.client(None).get(path)).status_code in (303, 404)
