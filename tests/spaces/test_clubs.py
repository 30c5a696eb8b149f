"""Front page, list of clubs, founding one, the home of a club for everybody."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from core.db import atomic
from core.models import AuditEntry, OutboxEvent, Setting
from spaces.catalogue import publish_content
from spaces.models import Club, ClubPlugin, Membership
from spaces.services import archive_club, create_club, save_site_settings, set_grant
from spaces.settings import SiteSettings

NEW = {
    "name": "Été à Bordeaux",
    "kind": "region",
    "visibility": "hidden",
    "join_policy": "invite",
    "purpose": "Se voir.",
    "accent": "plum",
}


async def test_the_front_page_welcomes_people_who_are_not_signed_in_and_names_no_hidden_club(village: Village) -> None:
    answer = await village.client().get("/")

    assert answer.status_code == 200
    assert "Atelier" in answer.text
    assert "Place" in answer.text
    assert "Cave" not in answer.text
    assert 'href="/sign-in"' in answer.text


async def test_the_front_page_of_a_member_shows_what_is_new_and_who_joined(village: Village) -> None:
    await _publish(village, village.club, 1, "Minutes of June")
    await _publish(village, village.hidden, 2, "Secret of the cave")

    answer = await village.client(village.member).get("/")

    assert "Minutes of June" in answer.text
    assert "Secret of the cave" not in answer.text
    assert "Gilda Guest" in answer.text


async def test_the_front_page_forgets_a_club_on_the_request_after_leaving_it(village: Village) -> None:
    await _publish(village, village.club, 1, "Minutes of June")
    browser = village.client(village.member)
    assert "Minutes of June" in (await browser.get("/")).text

    await village.leave(village.member, village.club)

    assert "Minutes of June" not in (await browser.get("/")).text


async def test_the_front_page_names_no_newcomers_where_the_role_may_not_see_members(village: Village) -> None:
    await set_grant(village.club, "guest", "spaces.view_members", False, actor=None)

    assert "Max Member" not in (await village.client(village.guest).get("/")).text
    assert "Gilda Guest" in (await village.client(village.member).get("/")).text


async def test_the_front_page_of_somebody_without_clubs_offers_those_there_are(village: Village) -> None:
    answer = await village.client(village.outsider).get("/")

    assert "Atelier" in answer.text
    assert "Cave" not in answer.text


async def test_front_page_and_lists_make_the_same_queries_for_one_and_for_many(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/c/atelier/")  # the visit is noted, which the next ten minutes are not
    few = await _counts(village, ("/", "/clubs", "/c/atelier/", "/c/atelier/people"), browser)
    for number in range(3):
        club = await create_club(name=f"Club {number}", kind="team", actor=village.member)
        await _publish(village, club, 10 + number, f"News {number}")
        await _publish(village, village.club, 20 + number, f"More {number}")
        await village.join(await village.person(f"P{number} Person"), village.club)

    assert await _counts(village, ("/", "/clubs", "/c/atelier/", "/c/atelier/people"), browser) == few
    assert [few[0], few[1], few[3]] == [3, 3, 3]  # the home of a club also asks its plugins for panels


async def test_the_list_shows_listed_and_public_clubs_and_my_own(village: Village) -> None:
    for person, names in {
        village.owner: {"Atelier", "Place", "Cave"},
        village.member: {"Atelier", "Place"},
        village.outsider: {"Atelier", "Place"},
        None: {"Atelier", "Place"},
    }.items():
        answer = await village.client(person).get("/clubs")
        assert {name for name in ("Atelier", "Place", "Cave") if f">{name}</a></h2>" in answer.text} == names


async def test_the_list_finds_by_word_and_takes_wild_cards_literally(village: Village) -> None:
    browser = village.client(village.owner)

    found = await browser.get("/clubs", params={"q": "ATEL"})
    nothing = await browser.get("/clubs", params={"q": "%"})

    assert ">Atelier</a></h2>" in found.text
    assert ">Place</a></h2>" not in found.text
    assert ">Atelier</a></h2>" not in nothing.text


async def test_the_list_goes_on_by_cursor(village: Village) -> None:
    for number in range(50):
        await create_club(name=f"Club {number:02}", kind="team", actor=village.owner)
    browser = village.client(village.owner)

    first = await browser.get("/clubs")
    assert "after=club-45" in first.text
    second = await browser.get("/clubs", params={"after": "club-45"})

    assert ">Club 45</a></h2>" in first.text
    assert ">Club 46</a></h2>" not in first.text
    assert ">Club 46</a></h2>" in second.text
    assert ">Place</a></h2>" in second.text


async def test_an_operator_founds_a_club_and_owns_it(village: Village) -> None:
    answer = await village.client(village.operator).post("/clubs/new", data=NEW)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/c/ete-a-bordeaux/"
    club = await Club.get(slug="ete-a-bordeaux")
    assert (club.name, club.kind, club.visibility, club.join_policy, club.accent) == (
        "Été à Bordeaux",
        "region",
        "hidden",
        "invite",
        "plum",
    )
    assert (await Membership.get(club=club)).role == "owner"
    assert await ClubPlugin.filter(club=club).count() == len(village.app.parts.plugins)
    assert await AuditEntry.exists(action="spaces.club_created", club_id=club.id, actor_id=village.operator.id)
    assert await OutboxEvent.exists(name="spaces.club_created", club_id=club.id)


async def test_others_found_clubs_only_where_the_operator_lets_them(village: Village) -> None:
    browser = village.client(village.member)

    assert (await browser.get("/clubs/new")).status_code == 403
    assert (await browser.post("/clubs/new", data=NEW)).status_code == 403
    await save_site_settings(SiteSettings(members_create_clubs=True), actor=None)

    assert (await browser.post("/clubs/new", data=NEW)).status_code == 303
    assert (await village.client().get("/clubs/new")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "changes,field",
    [
        ({"name": "  "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"kind": "nonsense"}, "kind"),
        ({"visibility": "secret"}, "visibility"),
        ({"purpose": "p" * 301}, "purpose"),
        ({"accent": "javascript"}, "accent"),
        ({"is_operator": "true"}, "is_operator"),
    ],
)
async def test_a_wrong_club_is_refused_beside_its_field_with_the_text_kept(
    village: Village, changes: dict[str, str], field: str
) -> None:
    answer = await village.client(village.operator).post("/clubs/new", data={**NEW, **changes})

    assert answer.status_code == 422
    assert f'href="#field-{field}"' in answer.text
    assert "Se voir." in answer.text or "purpose" in changes
    assert await Club.all().count() == 3


async def test_a_name_is_shown_as_text_whatever_is_in_it(village: Village) -> None:
    name = "<script>alert(1)</script> {{ 7*7 }}"
    club = await create_club(name=name, kind="team", purpose="\"'><b>", actor=village.owner)

    answer = await village.client(village.owner).get(f"/c/{club.slug}/")

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in answer.text


async def test_reserved_words_and_signs_alone_still_get_an_address(village: Village) -> None:
    first = await create_club(name="New", kind="team", actor=village.owner)
    second = await create_club(name="!!!", kind="team", actor=village.owner)

    assert (first.slug, second.slug) == ("new-club", "club")


@pytest.mark.parametrize("person,status", [("owner", 200), ("guest", 200), ("outsider", 200), ("removed", 200)])
async def test_the_home_of_a_listed_club_is_there_for_everybody(village: Village, person: str, status: int) -> None:
    await _publish(village, village.club, 1, "Minutes of June")

    answer = await village.client(getattr(village, person)).get("/c/atelier/")

    assert answer.status_code == status
    assert ("Minutes of June" in answer.text) == (person in ("owner", "guest"))
    assert ("Max Member" in answer.text) == (person in ("owner", "guest"))


async def test_the_home_of_a_hidden_club_is_like_one_that_does_not_exist(village: Village) -> None:
    for person in (village.member, village.outsider, village.operator, None):
        browser = village.client(person)
        hidden, absent = await browser.get("/c/cave/"), await browser.get("/c/nowhere/")
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace("cave", "") == absent.text.replace("nowhere", "")


async def test_a_deleted_club_is_gone_for_everybody(village: Village) -> None:
    browser = village.client(village.owner)
    answer = await browser.post("/c/atelier/settings/delete", data={"name": "atelier"})

    assert answer.status_code == 303
    for person in (village.owner, village.member, village.outsider):
        assert (await village.client(person).get("/c/atelier/")).status_code == 404
    assert "Atelier" not in (await village.client(village.member).get("/clubs")).text


async def test_deleting_wants_the_name(village: Village) -> None:
    answer = await village.client(village.owner).post("/c/atelier/settings/delete", data={"name": "Place"})

    assert answer.status_code == 422
    assert (await Club.get(slug="atelier")).deleted_at is None


async def test_an_archived_club_is_read_and_not_changed_and_can_be_left_and_brought_back(village: Village) -> None:
    await archive_club(village.club, actor=village.owner)
    owner = village.client(village.owner)

    assert (await owner.get("/c/atelier/")).status_code == 200
    assert (await owner.post("/c/atelier/settings", data={"name": "X"})).status_code == 403
    assert (await owner.post("/c/atelier/invitations/link", data={"role": "member"})).status_code == 403
    assert (await village.client(village.outsider).post("/c/atelier/join")).status_code == 403
    assert (await village.client(village.guest).post("/c/atelier/leave")).status_code == 303
    assert (await owner.post("/c/atelier/settings/archive/restore")).status_code == 303
    assert (await Club.get(slug="atelier")).archived_at is None
    actions = [entry.action for entry in await AuditEntry.filter(club_id=village.club.id).order_by("id")]
    assert actions == ["spaces.club_archived", "spaces.member_removed", "spaces.club_restored"]


async def test_only_the_owner_archives(village: Village) -> None:
    for person, status in ((village.moderator, 403), (village.member, 403), (village.outsider, 404)):
        answer = await village.client(person).post("/c/atelier/settings/archive")
        assert answer.status_code == status
    assert (await Club.get(slug="atelier")).archived_at is None


async def test_broken_settings_of_an_older_form_fall_back_to_the_defaults(village: Village) -> None:
    await Setting.filter(scope="site", part="spaces").update(values={"kinds": "nonsense"})

    assert (await village.client(village.operator).get("/clubs/new")).status_code == 200


async def _counts(village: Village, paths: tuple[str, ...], browser: object) -> list[int]:
    counts = []
    for path in paths:
        with village.queries() as seen:
            assert (await browser.get(path)).status_code == 200  # type: ignore[attr-defined]
        counts.append(seen.count)
    return counts


class _Item:
    def __init__(self, number: int, club: Club) -> None:
        self.id, self.club_id = number, club.id


async def _publish(village: Village, club: Club, number: int, title: str) -> None:
    plugin = village.app.parts.plugins[0].name
    await ClubPlugin.filter(club=club, plugin=plugin).update(effective="on")
    async with atomic():
        await publish_content(
            _Item(number, club),
            plugin=plugin,
            kind="test",
            title=title,
            url=f"/c/{club.slug}/{plugin}/{number}",
            author_id=village.owner.id,
        )
