"""A club's address: changed by its owners, the old one leads to the new, and no other club takes it."""

from __future__ import annotations

import asyncio

import pytest

from cercle import feed_token
from cercle.testing import Village
from core.errors import Conflict, Invalid
from core.models import AuditEntry
from spaces.models import Club, ClubAddress, Content
from spaces.services import create_club, delete_club
from spaces.services.addresses import MOST_BEFORE, RESERVED_SLUGS, change_address
from tests.spaces.full_club import fill

PAGE = "/c/atelier/settings/address"


async def test_an_owner_changes_the_address_on_its_page(village: Village) -> None:
    owner = village.client(village.owner)
    assert 'value="atelier"' in (await owner.get(PAGE)).text

    answer = await owner.post(PAGE, data={"slug": "Werkstatt"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/c/werkstatt/settings/address")
    page = await owner.get("/c/werkstatt/settings/address")
    assert (page.status_code, "<code>/c/atelier/</code>" in page.text) == (200, True)
    noted = await AuditEntry.get(action="spaces.address_changed")
    assert (noted.before, noted.after, noted.club_id) == ({"slug": "atelier"}, {"slug": "werkstatt"}, village.club.id)


@pytest.mark.parametrize("person,status", [("moderator", 403), ("member", 403), ("outsider", 404), (None, 303)])
async def test_nobody_else_changes_it(village: Village, person: str | None, status: int) -> None:
    browser = village.client(village.people[person] if person else None)

    assert (await browser.get(PAGE)).status_code == status
    assert (await browser.post(PAGE, data={"slug": "theirs"})).status_code == status
    assert (await Club.get(id=village.club.id)).slug == "atelier"


@pytest.mark.parametrize(
    "old,new",
    [
        ("/c/atelier/", "/c/werkstatt/"),
        ("/c/atelier/wiki/pages/top?a=1&b=%C3%A9", "/c/werkstatt/wiki/pages/top?a=1&b=%C3%A9"),
        ("/c/atelier/wiki/pages/a%20b%C3%A9%3F", "/c/werkstatt/wiki/pages/a%20b%C3%A9%3F"),
        ("/c/atelier/people?next=//evil.example", "/c/werkstatt/people?next=//evil.example"),
    ],
)
async def test_a_page_at_the_old_address_leads_to_the_new_one(village: Village, old: str, new: str) -> None:
    await change_address(village.club, "werkstatt", actor=village.owner)

    answer = await village.client(village.member).get(old)

    assert (answer.status_code, answer.headers["location"]) == (308, new)
    assert answer.headers["cache-control"] == "private, no-store"


async def test_the_api_and_forms_that_were_open_are_led_there_with_what_was_sent(village: Village) -> None:
    script, owner = village.api(village.owner), village.client(village.owner)
    await change_address(village.club, "werkstatt", actor=village.owner)

    sent = await script.post("clubs/atelier/wiki/pages", json={"title": "Kept", "body": "Words"})
    assert (sent.status_code, sent.headers["location"]) == (308, "/api/v1/clubs/werkstatt/wiki/pages")
    followed = await script.post(
        "clubs/atelier/wiki/pages", json={"title": "Kept", "body": "Words"}, follow_redirects=True
    )
    assert (followed.status_code, followed.json()["title"]) == (201, "Kept")
    form = await owner.post("/c/atelier/settings/archive", follow_redirects=False)
    assert (form.status_code, form.headers["location"]) == (308, "/c/werkstatt/settings/archive")


async def test_the_api_changes_it_too(village: Village) -> None:
    script = village.api(village.owner)

    answer = await script.patch("clubs/atelier", json={"slug": "werkstatt", "name": "Werkstatt"})
    wrong = await script.patch("clubs/werkstatt", json={"slug": "cave", "name": "Other"})

    assert (answer.status_code, answer.json()["slug"], answer.json()["name"]) == (200, "werkstatt", "Werkstatt")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["slug"])
    assert (await Club.get(id=village.club.id)).name == "Werkstatt"


async def test_the_old_address_of_a_hidden_club_tells_nothing_to_people_outside(village: Village) -> None:
    await change_address(village.hidden, "cellar", actor=village.owner)

    for person in (village.member, village.outsider, village.operator, None):
        browser = village.client(person)
        old, absent = await browser.get("/c/cave/"), await browser.get("/c/nowhere/")
        assert old.status_code == absent.status_code == 404
        assert old.text.replace("cave", "") == absent.text.replace("nowhere", "")
    assert (await village.client(village.owner).get("/c/cave/")).headers["location"] == "/c/cellar/"


async def test_a_member_who_was_removed_from_a_hidden_club_is_not_led_any_more(village: Village) -> None:
    await village.join(village.member, village.hidden)
    await change_address(village.hidden, "cellar", actor=village.owner)
    browser = village.client(village.member)
    assert (await browser.get("/c/cave/")).status_code == 308

    await village.leave(village.member, village.hidden)

    assert (await browser.get("/c/cave/")).status_code == 404


async def test_an_address_that_was_changed_twice_leads_to_the_last_and_can_be_taken_again(village: Village) -> None:
    for slug in ("second", "third"):
        await change_address(village.club, slug, actor=village.owner)
    browser = village.client(village.member)
    led = [(await browser.get(f"/c/{slug}/")).headers["location"] for slug in ("atelier", "second")]
    assert led == ["/c/third/", "/c/third/"]

    await change_address(village.club, "atelier", actor=village.owner)

    assert (await browser.get("/c/atelier/")).status_code == 200
    assert (await browser.get("/c/third/")).headers["location"] == "/c/atelier/"
    assert {one.slug for one in await ClubAddress.all()} == {"second", "third"}


async def test_no_other_club_takes_an_address_that_one_had(village: Village) -> None:
    await change_address(village.club, "werkstatt", actor=village.owner)

    with pytest.raises(Invalid):
        await change_address(village.public, "atelier", actor=village.owner)
    with pytest.raises(Invalid):
        await create_club(name="X", kind="team", slug="atelier", actor=village.owner)
    made = await create_club(name="Atelier", kind="team", actor=village.owner)

    assert made.slug == "atelier-2"
    assert (await village.client(village.member).get("/c/atelier/")).headers["location"] == "/c/werkstatt/"


@pytest.mark.parametrize(
    "slug",
    [
        "",
        " ",
        "cave",
        "new",
        "a b",
        "é",
        "ＡＢ",
        "a/b",
        "..",
        "a--b",
        "-a",
        "a" * 51,
        "a\x00b",
        "a\ud800",
        "x" * 10_000_000,
    ],
)
async def test_a_wrong_address_is_refused_beside_its_field(village: Village, slug: str) -> None:
    data = f"slug={slug}".encode("utf-8", "surrogatepass")
    form = {"content-type": "application/x-www-form-urlencoded"}

    answer = await village.client(village.owner).post(PAGE, content=data, headers=form)

    assert answer.status_code == (413 if len(slug) > 1000 else 422)
    assert (await Club.get(id=village.club.id)).slug == "atelier"
    assert await ClubAddress.all().count() == 0


async def test_reserved_words_are_no_addresses(village: Village) -> None:
    for slug in sorted(RESERVED_SLUGS):
        with pytest.raises(Invalid):
            await change_address(village.club, slug, actor=village.owner)


async def test_a_club_cannot_collect_addresses(village: Village) -> None:
    for number in range(MOST_BEFORE):
        await change_address(village.club, f"a{number}", actor=village.owner)

    with pytest.raises(Conflict):
        await change_address(village.club, "one-more", actor=village.owner)
    answer = await village.client(village.owner).post("/c/a9/settings/address", data={"slug": "one-more"})
    assert (answer.status_code, "ten addresses already" in answer.text) == (422, True)
    await change_address(village.club, "a3", actor=village.owner)
    assert await ClubAddress.all().count() == MOST_BEFORE


async def test_of_several_who_want_one_address_at_once_one_gets_it(village: Village) -> None:
    async def rename(club: Club) -> bool:
        try:
            await change_address(club, "wanted", actor=village.owner)
        except Invalid:
            return False
        return True

    won = await asyncio.gather(*(rename(club) for club in (village.club, village.public, village.hidden) * 3))

    holders = await Club.filter(slug="wanted")
    assert len(holders) == 1
    assert sum(won) == 3  # the winner asked three times, and has it each time
    assert await ClubAddress.all().count() == 1


async def test_founding_and_leaving_an_address_at_once_never_gives_it_to_two(village: Village) -> None:
    await asyncio.gather(
        change_address(village.club, "werkstatt", actor=village.owner),
        *(create_club(name="Atelier", kind="team", actor=village.owner) for _ in range(4)),
    )

    assert (await ClubAddress.get(slug="atelier")).club_id == village.club.id
    assert not await Club.exists(slug="atelier")


async def test_lists_and_stored_links_lead_to_the_new_address(village: Village) -> None:
    await fill(village, village.club)
    before = await Content.filter(club_id=village.club.id).count()

    await change_address(village.club, "werkstatt", actor=village.owner)

    urls = await Content.filter(club_id=village.club.id).values_list("url", flat=True)
    assert len(urls) == before
    assert all(str(url).startswith("/c/werkstatt/") for url in urls)
    owner = village.client(village.owner)
    for url in urls:
        assert (await owner.get(str(url), follow_redirects=True)).status_code in (200, 404)  # 404: what is in a trash
    old = await owner.get("/c/atelier/wiki/pages/top", follow_redirects=True)
    assert (old.status_code, str(old.url.path)) == (200, "/c/werkstatt/wiki/pages/top")


async def test_a_feed_that_is_read_at_the_old_address_goes_on(village: Village) -> None:
    address = f"/feeds/{feed_token(village.member)}/c/atelier/blog.atom"
    await change_address(village.club, "werkstatt", actor=village.owner)

    answer = await village.client().get(address)

    assert (answer.status_code, "/c/werkstatt/blog/" in answer.text) == (200, True)


async def test_the_old_address_of_a_deleted_club_leads_nowhere(village: Village) -> None:
    await change_address(village.club, "werkstatt", actor=village.owner)
    await delete_club(village.club, actor=None)

    assert (await village.client(village.owner).get("/c/atelier/")).status_code == 404
    with pytest.raises(Invalid):
        await change_address(village.public, "werkstatt", actor=village.owner)


async def test_a_page_asks_as_many_queries_after_as_before(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/c/atelier/people")
    with village.queries() as before:
        await browser.get("/c/atelier/people")
    await change_address(village.club, "werkstatt", actor=village.owner)
    with village.queries() as after:
        await browser.get("/c/werkstatt/people")
    with village.queries() as led:
        await browser.get("/c/atelier/people")
    assert (after.count, led.count) == (before.count, 1)
