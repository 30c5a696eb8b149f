"""Finding a colleague: the list, its filters, a person's page, and who never sees what."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cercle import Viewer, atomic, fold
from cercle.testing import Village
from core.accounts.models import User
from plugins.directory.models import Absence, Answer, Profile, ProfileField
from plugins.directory.services.profiles import write_tags
from plugins.search.queries.asked import parse
from spaces.models import Club, GrantOverride, Membership
from spaces.services import remove_member
from spaces.switches import refresh

NAME = re.compile(r'<p class="item-title"><a href="/c/[^"]+">([^<]+)</a>')
SECRETS = {
    "trade": "zanzibartrade",
    "region": "zanzibarregion",
    "skills": "zanzibarskill",
    "can_help": "zanzibarhelp",
    "phone": "+33 5 99 99 98 97",
    "website": "https://zanzibar.example",
    "availability": "zanzibarmorning",
}


async def say(person: User, key: str, text: str, audience: str = "club") -> None:
    field = await ProfileField.get(key=key)
    async with atomic():
        values = {"text": text, "folded": fold(text), "audience": audience}
        answer, _ = await Answer.update_or_create(user_id=person.id, field_id=field.id, defaults=values)
        await write_tags(answer, field)


async def people(village: Village, viewer: User, club: str = "atelier", **params: str) -> list[str]:
    """The names on the page, which are those of the API."""
    page = await village.client(viewer).get(f"/c/{club}/directory/", params=params)
    assert page.status_code == 200
    names = NAME.findall(page.text)
    answer = await village.api(viewer).get(f"clubs/{club}/directory/people", params=params)
    assert [item["name"] for item in answer.json()["items"]] == names
    return names


async def test_members_find_each_other_by_name(village: Village) -> None:
    assert await people(village, village.member) == ["Max Member", "Mona Moderator", "Oscar Owner"]
    assert await people(village, village.member, q="oscar") == ["Oscar Owner"]
    assert await people(village, village.member, q="MODÉRATOR mona") == ["Mona Moderator"]


@pytest.mark.parametrize(
    "path",
    ["/c/atelier/directory/", "/c/atelier/directory/people/member", "/c/atelier/directory/people/member.vcf",
     "/c/atelier/directory/me", "/c/atelier/directory/me/preview"],
)  # fmt: skip
async def test_guests_and_people_outside_see_no_directory(village: Village, path: str) -> None:
    assert (await village.client(village.member).get(path)).status_code == 200
    assert (await village.client(village.guest).get(path)).status_code == 403
    for outsider in (village.outsider, village.removed, village.operator):
        assert (await village.client(outsider).get(path)).status_code == 404
    assert (await village.client(None).get(path)).headers["location"].startswith("/sign-in")


async def test_the_api_answers_as_the_pages_do(village: Village) -> None:
    for path in ("clubs/atelier/directory/people", "clubs/atelier/directory/people/member"):
        assert (await village.api(village.member).get(path)).status_code == 200
        assert (await village.api(village.guest).get(path)).status_code == 403
        assert (await village.api(village.outsider).get(path)).status_code == 404
        assert (await village.api(None).get(path)).status_code == 401


async def test_people_are_found_by_skill_those_who_can_help_first(village: Village) -> None:
    await say(village.member, "skills", "Qualiopi\nISO 9001")
    await say(village.owner, "can_help", "qualiopi")
    await say(village.moderator, "looking_for", "Qualiopi")
    assert await people(village, village.member, skill="QUALIOPI") == ["Oscar Owner", "Max Member"]
    assert await people(village, village.member, looking_for="qualiopi") == ["Mona Moderator"]
    assert await people(village, village.member, q="qualiopi") == ["Oscar Owner", "Max Member", "Mona Moderator"]


async def test_accents_and_capitals_do_not_matter(village: Village) -> None:
    await say(village.owner, "can_help", "Audit énergétique")
    await User.filter(id=village.moderator.id).update(headline="Animatrice du Réseau, Écoute")
    for q in ("energetique", "ÉNERGÉTIQUE", "audit energ"):
        assert await people(village, village.member, q=q) == ["Oscar Owner"]
    assert await people(village, village.member, skill="audit energetique") == ["Oscar Owner"]
    assert await people(village, village.member, q="reseau ecoute") == ["Mona Moderator"]


async def test_facets_count_people_and_narrow_the_list(village: Village) -> None:
    await say(village.owner, "region", "Gironde")
    await say(village.member, "region", "gironde ")
    await say(village.moderator, "region", "Landes")
    page = (await village.client(village.member).get("/c/atelier/directory/")).text
    assert re.findall(r'region=(\w+)"><span>\w+</span><span class="directory-count">(\d)', page) == [
        ("gironde", "2"),
        ("landes", "1"),
    ]
    assert await people(village, village.member, region="gironde") == ["Max Member", "Oscar Owner"]
    assert await people(village, village.member, region="gironde", q="max") == ["Max Member"]


@pytest.mark.parametrize("key", sorted(SECRETS))
@pytest.mark.parametrize("audience", ["nobody", "moderators"])
async def test_a_hidden_value_is_nowhere(village: Village, key: str, audience: str) -> None:
    await say(village.owner, key, SECRETS[key], audience)
    browser, api = village.client(village.member), village.api(village.member)
    here = "/c/atelier/directory"
    doors = [f"{here}/", f"{here}/people/owner", f"{here}/people/owner.vcf", "/c/atelier/", "/search/people?q=oscar"]
    for door in doors:
        assert SECRETS[key] not in (await browser.get(door)).text
    for door in ("people", "people/owner", "people?q=oscar"):
        assert SECRETS[key] not in (await api.get(f"clubs/atelier/directory/{door}")).text
    folded = fold(SECRETS[key])
    assert await people(village, village.member, q=folded) == []
    for name in {key, "skill"} & {"trade", "region", "skill"}:
        assert await people(village, village.member, **{name: folded}) == []
    assert "Oscar" not in (await browser.get(f"/search/people?q={folded[:9]}")).text
    assert (await api.get(f"search?q={folded[:9]}")).json()["items"] == []


async def test_moderators_see_and_find_what_is_for_them_and_nobody_sees_what_is_private(village: Village) -> None:
    await say(village.member, "phone", "+33 1", "moderators")
    await say(village.member, "trade", "secretive", "nobody")
    for moderator in (village.owner, village.moderator):
        page = (await village.client(moderator).get("/c/atelier/directory/people/member")).text
        assert "+33 1" in page
        assert "secretive" not in page
        assert await people(village, moderator, q="33") == ["Max Member"]
        assert await people(village, moderator, trade="secretive") == []


async def test_being_a_moderator_elsewhere_opens_nothing(village: Village) -> None:
    await say(village.moderator, "phone", "+33 1", "moderators")
    await village.join(village.moderator, village.hidden, "member")
    await village.join(village.member, village.hidden, "moderator")
    await village.leave(village.owner, village.hidden)
    assert "+33 1" in (await village.client(village.member).get("/c/cave/directory/people/moderator")).text
    assert "+33 1" not in (await village.client(village.member).get("/c/atelier/directory/people/moderator")).text


async def test_a_hidden_field_is_asked_and_shown_nowhere_and_comes_back(village: Village) -> None:
    await say(village.owner, "trade", "cooper")
    for hidden, expected in ((True, []), (False, ["Oscar Owner"])):
        await ProfileField.filter(key="trade").update(is_hidden=hidden)
        assert await people(village, village.member, q="cooper") == expected
        assert await people(village, village.member, trade="cooper") == expected
        assert ("cooper" in (await village.client(village.member).get("/c/atelier/directory/")).text) == bool(expected)
        assert ("cooper" in (await village.client(village.owner).get("/c/atelier/directory/me")).text) == bool(expected)


async def test_who_opted_out_is_not_there_and_comes_back(village: Village) -> None:
    await say(village.owner, "can_help", "pottery")
    everywhere = Profile(user_id=village.owner.id, is_listed=False)
    for row in (everywhere, Absence(user_id=village.owner.id, club_id=village.club.id)):
        await row.save()
        assert await people(village, village.member) == ["Max Member", "Mona Moderator"]
        assert await people(village, village.member, q="pottery") == []
        page = await village.client(village.member).get("/c/atelier/directory/")
        assert "pottery" not in page.text
        for path in ("people/owner", "people/owner.vcf"):
            assert (await village.client(village.member).get(f"/c/atelier/directory/{path}")).status_code == 404
        assert (await village.api(village.member).get("clubs/atelier/directory/people/owner")).status_code == 404
        assert "Oscar" not in (await village.client(village.member).get("/search/people?q=pottery")).text
        await row.delete()
    assert await people(village, village.member, q="pottery") == ["Oscar Owner"]


async def test_an_absence_holds_for_one_club(village: Village) -> None:
    await village.join(village.member, village.hidden)
    await Absence.create(user_id=village.owner.id, club_id=village.club.id)
    assert await people(village, village.member, club="cave") == ["Max Member", "Oscar Owner"]
    assert await people(village, village.member) == ["Max Member", "Mona Moderator"]


async def test_a_removed_member_is_gone_at_once_and_sees_nothing_any_more(village: Village) -> None:
    await say(village.member, "can_help", "pottery")
    await remove_member(village.club, village.member, actor=None)
    assert await people(village, village.owner) == ["Mona Moderator", "Oscar Owner"]
    assert await people(village, village.owner, q="pottery") == []
    assert "Max" not in (await village.client(village.owner).get("/search/people?q=pottery")).text
    assert (await village.client(village.member).get("/c/atelier/directory/")).status_code == 404


async def test_a_deactivated_account_is_not_listed(village: Village) -> None:
    await User.filter(id=village.member.id).update(is_active=False)
    assert await people(village, village.owner) == ["Mona Moderator", "Oscar Owner"]


async def test_people_are_listed_where_their_role_may_look_themselves(village: Village) -> None:
    assert "Gilda Guest" not in await people(village, village.member)
    await GrantOverride.create(club=village.club, role="guest", permission="directory.view", allowed=True)
    await refresh(village.club)
    assert "Gilda Guest" in await people(village, village.member)


async def open_to(village: Village, role: str) -> None:
    await GrantOverride.create(club=village.public, role=role, permission="directory.view", allowed=True)
    await refresh(village.public)


async def test_visitors_see_only_people_who_opened_something_and_only_that(village: Village) -> None:
    await open_to(village, "visitor")
    await village.join(village.member, village.public)
    await User.filter(id=village.member.id).update(headline="Inside only")
    await say(village.member, "trade", "cooper", "site")
    await say(village.member, "region", "Landes", "club")
    assert await people(village, village.outsider, club="place") == ["Max Member"]
    page = (await village.client(village.outsider).get("/c/place/directory/people/member")).text
    assert "cooper" in page
    assert "Landes" not in page
    assert "Inside only" not in page
    assert await people(village, village.outsider, club="place", q="inside") == []
    assert await people(village, village.outsider, club="place", region="landes") == []
    assert (await village.client(village.outsider).get("/c/place/directory/people/owner")).status_code == 404


async def test_nobody_without_an_account_sees_anybody(village: Village) -> None:
    await open_to(village, "anonymous")
    await say(village.owner, "trade", "cooper", "site")
    page = await village.client(None).get("/c/place/directory/")
    assert page.status_code == 200
    assert "Oscar" not in page.text
    assert "cooper" not in page.text


async def test_nothing_shows_while_the_directory_is_off(village: Village) -> None:
    await say(village.owner, "can_help", "pottery")
    await village.switch("directory", "off")
    assert (await village.client(village.member).get("/c/atelier/directory/")).status_code == 404
    assert "Oscar" not in (await village.client(village.member).get("/search/people?q=pottery")).text
    await village.switch("directory", "on")
    assert "Oscar" in (await village.client(village.member).get("/search/people?q=pottery")).text


async def test_the_search_finds_people_of_ones_own_clubs_only(village: Village) -> None:
    await say(village.owner, "can_help", "pottery")
    assert (
        'href="/c/atelier/directory/people/owner"'
        in (await village.client(village.member).get("/search/people?q=POTTERY")).text
    )
    for person in (village.outsider, village.guest, village.removed, village.operator):
        assert "Oscar" not in (await village.client(person).get("/search/people?q=pottery")).text
    assert (await village.client(None).get("/search/people?q=pottery")).status_code == 303
    assert parse("pottery").wanted == ("pottery",)


@pytest.mark.parametrize("q", ["%", "_", "!", "\\", "'", "\x1f", "x" * 5000, "🦉"])
async def test_hostile_words_find_nobody_and_break_nothing(village: Village, q: str) -> None:
    await say(village.owner, "trade", "plain")
    if q != "\x1f":
        assert await people(village, village.member, q=q) == []
        assert await people(village, village.member, trade=q) == []
    for name in ("skill'", "f.key", "q q", "__proto__"):
        page = await village.client(village.member).get("/c/atelier/directory/", params={name: q + "x"})
        assert page.status_code == 200
        assert NAME.findall(page.text) == []


async def test_lists_go_on_page_by_page(village: Village) -> None:
    for number in range(45):
        person = await village.person(f"Zoe{number:02} Zander{number:02}")
        await village.join(person, village.club)
        if number % 2:
            await say(person, "can_help", "pottery")
        else:
            await say(person, "skills", "pottery")
    api, after, seen = village.api(village.member), "", []
    while after is not None:
        params = {"skill": "pottery", "limit": "10", **({"after": after} if after else {})}
        answer = (await api.get("clubs/atelier/directory/people", params=params)).json()
        seen += [int(item["name"][-2:]) for item in answer["items"]]
        after = answer["next"]
    assert seen == [*range(1, 45, 2), *range(0, 45, 2)]
    first = await village.client(village.member).get("/c/atelier/directory/?skill=pottery")
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = await village.client(village.member).get(older[1].replace("&amp;", "&"))
    assert len(NAME.findall(first.text)) + len(NAME.findall(second.text)) == 45


async def test_pages_take_three_queries_however_many_people_there_are(village: Village) -> None:
    browser, api = village.client(village.member), village.api(village.member)
    await browser.get("/c/atelier/directory/")
    await api.get("me")
    for count in (0, 12):
        for number in range(count):
            person = await village.person(f"Zoe{number} Zander")
            await village.join(person, village.club)
            await say(person, "can_help", f"pottery\nglass\nskill {number}")
        for client, path, expected in (
            (browser, "/c/atelier/directory/?q=a&skill=pottery", 3),
            (browser, "/c/atelier/directory/", 3),
            (browser, "/c/atelier/directory/people/member", 3),
            (browser, "/c/atelier/directory/people/member.vcf", 2),
            (api, "clubs/atelier/directory/people", 2),
        ):
            with village.queries() as seen:
                assert (await client.get(path)).status_code == 200
            assert (path, seen.count) == (path, expected)


async def test_the_club_home_shows_who_came_and_what_they_can_help_with(village: Village) -> None:
    await say(village.member, "can_help", "pottery")
    page = (await village.client(village.owner).get("/c/atelier/")).text
    assert "New in the directory" in page
    assert "pottery" in page


async def test_the_page_of_a_person_lists_what_they_published_here(village: Village) -> None:
    from cercle import publish_content

    class Thing:
        def __init__(self, id: int, club: Club) -> None:
            self.id, self.club_id = id, club.id

    async def publish(number: int, club: Club, title: str, **values: Any) -> None:
        async with atomic():
            await publish_content(
                Thing(number, club),
                plugin="wiki",
                kind="page",
                title=title,
                url="/x",
                author_id=village.owner.id,
                **values,
            )

    await publish(1, village.club, "Seen here")
    await publish(2, village.club, "Moderated", audience="moderators")
    await publish(3, village.hidden, "Elsewhere")
    await publish(4, village.club, "Unfinished", state="draft")
    page = (await village.client(village.member).get("/c/atelier/directory/people/owner")).text
    assert [title for title in ("Seen here", "Moderated", "Elsewhere", "Unfinished") if title in page] == ["Seen here"]


async def test_the_demo_fills_in_profiles_and_a_second_run_changes_nothing(village: Village) -> None:
    from plugins.directory.hooks import demo_seeded

    cast = {"owner": village.owner, "member": village.member}
    await demo_seeded(cast)
    before = await Answer.all().order_by("id").values()
    assert await people(village, village.owner, skill="qualiopi") == ["Max Member"]
    await Answer.filter(user_id=village.member.id, field__key="trade").update(text="changed")
    await demo_seeded(cast)
    assert await Answer.all().count() == len(before)
    assert await Answer.filter(text="changed").count() == 1


async def test_a_viewer_without_a_club_sees_nothing() -> None:
    from plugins.directory.queries import Sight, sight_of

    assert sight_of(Viewer(), Club(id=1)) == Sight((), inside=False)
    assert sight_of(Viewer(id=3), Club(id=1)) == Sight(("site",), inside=False)


async def test_membership_decides_not_the_profile(village: Village) -> None:
    await Profile.create(user_id=village.outsider.id)
    await say(village.outsider, "trade", "cooper", "site")
    assert await people(village, village.owner, q="cooper") == []
    await Membership.create(club=village.club, user=village.outsider, role="member")
    assert await people(village, village.owner, q="cooper") == ["Otto Outsider"]
