"""Clubs, members and switches through the API."""

from __future__ import annotations

import pytest

from cercle.testing import Village
from spaces.models import Club, ClubPlugin, Membership
from spaces.services import create_club

NEW = {"name": "Nouveau", "kind": "team", "visibility": "listed", "join_policy": "open", "purpose": "Essai."}


async def test_the_list_holds_what_the_viewer_may_know_of(village: Village) -> None:
    for person, slugs in ((village.owner, ["atelier", "cave", "place"]), (village.outsider, ["atelier", "place"])):
        answer = await village.api(person).get("clubs")
        assert [club["slug"] for club in answer.json()["items"]] == slugs
        assert answer.json()["next"] is None


async def test_the_list_goes_on_by_cursor(village: Village) -> None:
    script = village.api(village.owner)

    first = (await script.get("clubs", params={"limit": 2})).json()
    second = (await script.get("clubs", params={"limit": 2, "after": first["next"]})).json()

    assert [club["slug"] for club in first["items"]] == ["atelier", "cave"]
    assert [club["slug"] for club in second["items"]] == ["place"]
    assert second["next"] is None
    for wrong in ({"limit": "0"}, {"limit": "201"}, {"after": "nonsense"}, {"sort": "name"}):
        assert (await script.get("clubs", params=wrong)).status_code == 422


async def test_an_operator_founds_a_club(village: Village) -> None:
    answer = await village.api(village.operator).post("clubs", json=NEW)

    assert answer.status_code == 201
    assert answer.headers["location"] == "/api/v1/clubs/nouveau"
    club = await Club.get(slug="nouveau")
    assert answer.json() == {
        **NEW,
        "id": club.id,
        "slug": "nouveau",
        "accent": "teal",
        "members": 1,
        "role": "owner",
        "archived": False,
        "plan": {"quota": 20 * 1024**3, "storage_used": 0, "member_limit": None, "members": 1},
    }


async def test_founding_is_refused_to_others_and_with_wrong_fields(village: Village) -> None:
    assert (await village.api().post("clubs", json=NEW)).status_code == 401
    assert (await village.api(village.owner).post("clubs", json=NEW)).status_code == 403
    operator = village.api(village.operator)
    unknown = await operator.post("clubs", json={**NEW, "owner": 1, "quota": 5})
    wrong = await operator.post("clubs", json={**NEW, "kind": "gang"})
    reading = await village.api(village.operator, scopes="read").post("clubs", json=NEW)

    assert unknown.status_code == wrong.status_code == 422
    assert sorted(unknown.json()["errors"]) == ["owner", "quota"]
    assert list(wrong.json()["errors"]) == ["kind"]
    assert reading.status_code == 403
    assert await Club.all().count() == 3


@pytest.mark.parametrize(
    "person,slug,status",
    [
        ("owner", "cave", 200),
        ("member", "cave", 404),
        ("outsider", "cave", 404),
        ("operator", "cave", 404),
        ("outsider", "atelier", 200),
        (None, "atelier", 200),
        (None, "cave", 404),
        ("owner", "nowhere", 404),
    ],
)
async def test_a_club_is_shown_to_those_who_may_know_of_it(
    village: Village, person: str | None, slug: str, status: int
) -> None:
    answer = await village.api(getattr(village, person) if person else None).get(f"clubs/{slug}")

    assert answer.status_code == status


async def test_a_change_wants_the_version_that_was_read(village: Village) -> None:
    script = village.api(village.owner)
    etag = (await script.get("clubs/atelier")).headers["etag"]

    first = await script.patch("clubs/atelier", json={"name": "Un"}, headers={"if-match": etag})
    second = await script.patch("clubs/atelier", json={"name": "Deux"}, headers={"if-match": etag})

    assert first.status_code == 200
    assert second.status_code == 412
    assert second.json()["current"]["name"] == "Un"
    assert (await Club.get(slug="atelier")).name == "Un"
    assert first.headers["etag"] == f'"{second.json()["etag"]}"'


async def test_the_kind_is_the_operators_to_change(village: Village) -> None:
    answer = await village.api(village.owner).patch("clubs/atelier", json={"kind": "trade"})

    assert answer.status_code == 403
    assert (await Club.get(slug="atelier")).kind == "team"


@pytest.mark.parametrize("person,status", [("moderator", 403), ("guest", 403), ("outsider", 404)])
async def test_others_neither_change_nor_delete_a_club(village: Village, person: str, status: int) -> None:
    script = village.api(getattr(village, person))

    assert (await script.patch("clubs/atelier", json={"name": "X"})).status_code == status
    assert (await script.delete("clubs/atelier")).status_code == status
    assert (await script.put("clubs/atelier/plugins/wiki", json={"state": "off"})).status_code == status


async def test_a_token_deletes_no_club_and_an_owner_who_proved_who_they_are_does(village: Village) -> None:
    script, browser = village.api(village.owner), village.client(village.owner)

    assert (await script.delete("clubs/atelier")).status_code == 403
    assert (await Club.get(slug="atelier")).deleted_at is None
    assert (await browser.delete("/api/v1/clubs/atelier")).status_code == 204
    assert (await script.get("clubs/atelier")).status_code == 404
    assert (await Club.get(slug="atelier")).deleted_at is not None


async def test_members_are_listed_with_addresses_for_those_who_manage_them(village: Village) -> None:
    for person, shown in ((village.moderator, True), (village.guest, False)):
        items = (await village.api(person).get("clubs/atelier/members")).json()["items"]
        assert [one["name"] for one in items] == [
            "Gilda Guest",
            "Max Member",
            "Mona Moderator",
            "Oscar Owner",
        ]
        assert {one["email"] is not None for one in items} == {shown}
    assert (await village.api(village.outsider).get("clubs/atelier/members")).status_code == 404


async def test_members_come_change_and_go(village: Village) -> None:
    script = village.api(village.moderator)

    added = await script.post("clubs/atelier/members", json={"email": village.outsider.email.upper()})
    again = await script.post("clubs/atelier/members", json={"email": village.outsider.email})
    changed = await script.patch(f"clubs/atelier/members/{village.outsider.id}", json={"role": "guest"})
    too_high = await script.patch(f"clubs/atelier/members/{village.outsider.handle}", json={"role": "owner"})
    removed = await script.delete(f"clubs/atelier/members/{village.outsider.handle}")

    assert (added.status_code, added.json()["role"]) == (201, "member")
    assert again.status_code == 409
    assert (changed.status_code, changed.json()["role"]) == (200, "guest")
    assert too_high.status_code == 403
    assert removed.status_code == 204
    assert not await Membership.exists(club=village.club, user=village.outsider)


async def test_an_unknown_address_is_named_in_the_error(village: Village) -> None:
    answer = await village.api(village.owner).post("clubs/atelier/members", json={"email": "nobody@example.org"})

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["email"]


async def test_members_leave_by_themselves_and_remove_nobody_else(village: Village) -> None:
    script = village.api(village.member)

    assert (await script.delete(f"clubs/atelier/members/{village.guest.id}")).status_code == 403
    assert (await script.post("clubs/atelier/members", json={"email": "a@b.org"})).status_code == 403
    assert (await script.delete(f"clubs/atelier/members/{village.member.id}")).status_code == 204
    assert (await script.get("clubs/atelier/members")).status_code == 404
    assert (await village.api(village.owner).delete(f"clubs/atelier/members/{village.owner.id}")).status_code == 409


async def test_switches_are_read_and_turned(village: Village) -> None:
    script = village.api(village.owner)

    before = {one["name"]: one["state"] for one in (await script.get("clubs/atelier/plugins")).json()["items"]}
    turned = await script.put("clubs/atelier/plugins/wiki", json={"state": "read_only"})

    assert set(before) == village.app.parts.plugin_names
    assert set(before.values()) == {"on"}
    assert (turned.status_code, turned.json()["state"]) == (200, "read_only")
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "read_only"
    assert (await script.put("clubs/atelier/plugins/nonsense", json={"state": "on"})).status_code == 404
    assert (await script.put("clubs/atelier/plugins/wiki", json={"state": "gone"})).status_code == 422
    await village.switch("wiki", "off")
    names = [one["name"] for one in (await village.api(village.guest).get("clubs/atelier/plugins")).json()["items"]]
    assert "wiki" not in names
    assert (await village.api(village.outsider).get("clubs/atelier/plugins")).json()["items"] == []


async def test_lists_make_the_same_queries_for_one_and_for_many(village: Village) -> None:
    script = village.api(village.owner)
    await script.get("clubs")
    counts = []
    for around in range(2):
        for path in ("clubs", "clubs/atelier/members"):
            with village.queries() as seen:
                assert (await script.get(path)).status_code == 200
            counts.append(seen.count)
        for number in range(3):
            await create_club(name=f"Encore {number}", kind="team", actor=village.owner)
            await village.join(await village.person(f"P{around}{number} Person"), village.club)

    assert counts == [2, 2, 2, 2]
