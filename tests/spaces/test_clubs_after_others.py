"""Founding a club after another one: what is taken over, what never is, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cercle.testing import Village
from core.models import AuditEntry, Blob, Setting
from spaces.models import Club, ClubRole, Content, GrantOverride, Membership
from spaces.services import set_cover, set_grant
from spaces.services.clubs import save_site_settings
from spaces.services.founding_after import offer_to_all
from spaces.services.notes import pin_note, state_of_note
from spaces.services.questions import Question, set_questions
from spaces.settings import SiteSettings
from spaces.switches import switch_plugin
from tests.spaces.full_club import picture

pytestmark = pytest.mark.anyio

SENT = {
    "kind": "trade",
    "name": "Carpenters",
    "visibility": "listed",
    "join_policy": "request",
    "accent": "teal",
    "offered": ["wiki", "blog", "files", "directory"],
    "plugins": ["wiki"],
}


@pytest.fixture(autouse=True)
async def members_found_clubs(village: Village) -> None:
    await save_site_settings(SiteSettings(members_create_clubs=True), actor=None)


async def test_all_of_its_arrangement_comes_along_and_nobody_and_nothing_written(village: Village) -> None:
    owner = await village.viewer(village.owner)
    await set_cover(village.club, _chunks(picture("red")), actor=owner)
    await set_grant(village.club, "guest", "wiki.view", False, actor=owner)
    await ClubRole.create(club=village.club, name="member.treasurer", label="Treasurer")
    await set_questions(village.club, [Question("Which roof?")], actor=owner)
    await pin_note(village.club, "We meet on **Mondays**", seen=state_of_note(""), actor=owner)
    await Club.filter(id=village.club.id).update(landing="wiki", trial_items=3)
    await Setting.create(scope="club", owner_id=village.club.id, part="blog", values={"marked": "by this test"})
    await village.client(village.member).post("/c/atelier/wiki/new", data={"title": "A page", "text": "Words"})

    answer = await village.client(village.owner).post("/clubs/new", data={**SENT, "after": "atelier"})
    assert answer.headers["location"] == "/c/carpenters/"

    template, club = await Club.get(id=village.club.id), await Club.get(slug="carpenters")
    for field in ("cover_hash", "questions", "note", "note_html", "landing", "trial_items"):
        assert getattr(club, field) == getattr(template, field) != "", field
    assert (await Blob.get(hash=str(club.cover_hash))).references == 2
    assert await GrantOverride.filter(club=club).values_list("role", "permission", "allowed") == [
        ("guest", "wiki.view", False)
    ]
    assert await ClubRole.filter(club=club).values_list("name", "label") == [("member.treasurer", "Treasurer")]
    assert (await Setting.get(scope="club", owner_id=club.id, part="blog")).values == {"marked": "by this test"}
    assert await Membership.filter(club=club).values_list("user_id", "role") == [(village.owner.id, "owner")]
    assert not await Content.filter(club=club).exists()
    assert (await AuditEntry.get(action="spaces.club_founded_after")).after["template"] == "atelier"


async def test_the_form_shows_how_it_is_there(village: Village) -> None:
    owner = await village.viewer(village.owner)
    await switch_plugin(village.club, "blog", "off", actor=owner)
    await Club.filter(id=village.club.id).update(join_policy="invite", accent="plum")
    page = (await village.client(village.owner).get("/clubs/new?after=atelier")).text
    assert "It begins as Atelier is" in page
    assert 'value="invite" checked' in page
    assert 'value="plum" checked' in page
    assert 'name="plugins" value="wiki" checked' in page
    assert 'name="plugins" value="blog" checked' not in page


async def test_the_kinds_offer_my_clubs_and_those_of_the_operator(village: Village) -> None:
    page = (await village.client(village.owner).get("/clubs/new")).text
    assert all(f"after={slug}" in page for slug in ("atelier", "cave", "place"))
    assert "after=" not in (await village.client(village.member).get("/clubs/new")).text
    answer = await village.client(village.operator).post("/admin/clubs/atelier/template", data={"offered": "1"})
    assert answer.status_code == 303
    page = (await village.client(village.member).get("/clubs/new")).text
    assert "after=atelier" in page
    assert "after=place" not in page


@pytest.mark.parametrize("person", ["member", "moderator", "outsider", "removed"])
async def test_nobody_else_founds_after_a_club(village: Village, person: str) -> None:
    browser = village.client(getattr(village, person))
    for slug in ("atelier", "cave", "nowhere", "x" * 5000, "a\x00b"):
        assert (await browser.get("/clubs/new", params={"after": slug})).status_code == 404
    assert (await browser.post("/clubs/new", data={**SENT, "after": "atelier"})).status_code == 404
    assert not await Club.exists(slug="carpenters")


async def test_a_template_shows_its_note_to_members_alone_and_nothing_once_it_is_hidden(village: Village) -> None:
    owner = await village.viewer(village.owner)
    await pin_note(village.club, "xyzzycanary", seen=state_of_note(""), actor=owner)
    await offer_to_all(village.club, True, actor=await village.viewer(village.operator))
    browser = village.client(village.outsider)
    assert (await browser.post("/clubs/new", data={**SENT, "after": "atelier"})).status_code == 303
    assert (await Club.get(slug="carpenters")).note == ""

    await Club.filter(id=village.club.id).update(visibility="hidden")
    assert (await browser.get("/clubs/new?after=atelier")).status_code == 404
    assert "Atelier" not in (await browser.get("/clubs/new")).text


async def test_only_operators_offer_a_club_to_all(village: Village) -> None:
    for person in (village.owner, village.member, None):
        answer = await village.client(person).post("/admin/clubs/atelier/template", data={"offered": "1"})
        assert answer.status_code in (303, 403, 404)
    assert not await Club.exists(is_template=True)


async def test_a_wrong_name_founds_nothing_and_keeps_after_whom(village: Village) -> None:
    answer = await village.client(village.owner).post("/clubs/new", data={**SENT, "name": "", "after": "atelier"})
    assert answer.status_code == 422
    assert 'name="after" value="atelier"' in answer.text
    assert not await AuditEntry.exists(action="spaces.club_founded_after")


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content
