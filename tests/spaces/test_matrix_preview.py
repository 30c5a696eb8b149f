"""The preview of a change of the matrix: whom it touches, by name, and that nothing is saved before it was looked at."""

from __future__ import annotations

import asyncio
import html
import re

import httpx
import pytest

from cercle.testing import Village
from core.errors import Forbidden
from spaces.models import GrantOverride, Membership
from spaces.queries.roles import labels_in
from spaces.services import add_member, change_role
from spaces.services.grants import MatrixChanged, load_matrix, lock_grant, mark_of, set_grant, set_grants
from spaces.services.preview import packed, preview_grants, unpacked, wanted_cells
from spaces.services.roles import make_role

PLACE = "/c/atelier/settings/permissions"


async def test_the_preview_counts_and_names_who_gains_and_loses_each_right(village: Village) -> None:
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    await add_member(village.club, village.outsider, role.name, actor=village.owner)

    page = (await _post(village, {"shown": "member wiki.edit", "allowed": ["guest spaces.invite"]})).text

    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    assert "Member, Choir : 2 people lose it" in text or "Member, Choir: 2 people lose it" in text
    assert "Guest: 1 person gains it" in text
    assert all(person.name in text for person in (village.member, village.outsider, village.guest))
    assert await GrantOverride.all().count() == 0


async def test_names_end_at_fifty_and_the_rest_is_counted(village: Village) -> None:
    for number in range(53):
        await village.join(await village.person(f"Person{number:02} Zulu{number:02}"), village.club, "guest")

    page = (await _post(village, {"shown": "-", "allowed": ["guest spaces.invite"]})).text

    assert "54 people gain it" in page
    assert page.count('<li><a href="/c/atelier/people/') == 50
    assert "and 4 more" in page


async def test_a_preview_costs_the_same_for_two_and_for_many_members(village: Village) -> None:
    matrix = await load_matrix(village.club)
    with village.queries() as few:
        await preview_grants(village.club, matrix, {("guest", "spaces.invite"): True})
    for number in range(60):
        await village.join(await village.person(f"Person{number:02} Zulu"), village.club, "guest")

    with village.queries() as many:
        found = await preview_grants(
            village.club, matrix, {("guest", "spaces.invite"): True, ("member", "wiki.edit"): False}
        )

    assert many.count == few.count
    assert (found.gain, found.lose) == (61, 1)


async def test_people_who_are_suspended_or_not_members_any_more_are_not_counted(village: Village) -> None:
    village.guest.is_active = False
    await village.guest.save()

    page = (await _post(village, {"shown": "-", "allowed": ["guest spaces.invite"]})).text

    assert "0 people gain it" in page
    assert village.guest.name not in page


async def test_who_may_not_see_the_members_reads_numbers_without_names(village: Village) -> None:
    await set_grant(village.club, "moderator", "spaces.configure", True, actor=village.owner)
    await set_grant(village.club, "moderator", "spaces.view_members", False, actor=village.owner)
    browser = village.client(village.moderator)

    page = (await browser.post(PLACE, data={"shown": "-", "allowed": ["guest spaces.invite"]})).text

    assert "1 person gains it" in page
    assert village.guest.name not in page


async def test_a_confirmed_preview_saves_what_it_showed(village: Village) -> None:
    preview = await _post(village, {"shown": "member wiki.edit", "allowed": ["guest spaces.invite"]})

    saved = await _post(village, _fields(preview.text))

    assert saved.status_code == 303
    cells = {(cell.role, cell.permission): cell.allowed for cell in await GrantOverride.all()}
    assert cells == {("member", "wiki.edit"): False, ("guest", "spaces.invite"): True}


async def test_a_preview_that_is_no_longer_true_saves_nothing_and_shows_what_is(village: Village) -> None:
    preview = await _post(village, {"shown": "-", "allowed": ["guest spaces.invite"]})
    await set_grant(village.club, "member", "wiki.edit", False, actor=village.owner)

    stale = await _post(village, _fields(preview.text))

    assert stale.status_code == 409
    assert "Somebody changed the permissions in the meantime" in stale.text
    assert not await GrantOverride.exists(role="guest")
    again = await _post(village, _fields(stale.text))
    assert again.status_code == 303
    assert await GrantOverride.exists(role="guest", permission="spaces.invite", allowed=True)
    assert await GrantOverride.exists(role="member", permission="wiki.edit", allowed=False)


async def test_what_somebody_else_changed_stays_when_an_old_page_is_sent(village: Village) -> None:
    page = (await village.client(village.owner).get(PLACE)).text
    shown = html.unescape(page.split('name="shown" value="')[1].split('"')[0])
    await set_grant(village.club, "member", "wiki.edit", False, actor=village.owner)

    preview = await _post(village, {"shown": shown, "allowed": [*shown.split(","), "guest spaces.invite"]})

    assert _fields(preview.text)["cells"] == "guest spaces.invite 1"


async def test_two_who_confirm_at_once_save_one_after_the_other_or_are_told(village: Village) -> None:
    mark = mark_of(await load_matrix(village.club), await labels_in(village.club))
    changes = [{("guest", "spaces.invite"): True}, {("member", "spaces.invite"): True}]

    done = await asyncio.gather(
        *(set_grants(village.club, cells, actor=village.owner, seen=mark) for cells in changes), return_exceptions=True
    )

    assert [type(one) for one in done if one is not None] == [MatrixChanged]
    assert await GrantOverride.all().count() == 1


async def test_one_role_is_changed_alone_and_the_others_stay(village: Village) -> None:
    browser = village.client(village.owner)
    page = (await browser.get(f"{PLACE}?role=guest")).text
    shown = html.unescape(page.split('name="shown" value="')[1].split('"')[0])

    assert {cell.split()[0] for cell in shown.split(",")} == {"guest"}
    assert 'value="member wiki.edit"' not in page
    preview = await _post(village, {"role": "guest", "shown": shown, "allowed": []})
    await _post(village, _fields(preview.text))
    assert {cell.role for cell in await GrantOverride.all()} == {"guest"}
    assert {cell.allowed for cell in await GrantOverride.all()} == {False}


async def test_everything_is_reset_after_a_preview_except_what_is_locked(village: Village) -> None:
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    for cell in (("guest", "spaces.invite"), ("member", "wiki.edit"), (role.name, "blog.write")):
        await set_grant(village.club, *cell, cell[0] == "guest", actor=village.owner)
    await lock_grant("wiki.edit", "member", False, actor=village.operator)

    preview = await _post(village, {"reset": "true"})
    count = await GrantOverride.all().count()
    saved = await _post(village, _fields(preview.text))

    assert [preview.status_code, count, saved.status_code] == [200, 3, 303]
    left = await GrantOverride.all().values_list("role", "permission")
    assert left == [("member", "wiki.edit")]
    assert "Reset everything" not in (await village.client(village.owner).get(PLACE)).text


async def test_own_roles_are_columns_that_follow_their_base_until_they_are_changed_themselves(village: Village) -> None:
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    matrix, wiki = await load_matrix(village.club), village.app.permissions.get("wiki.edit")
    assert wiki is not None

    assert 'value="member.choir wiki.edit"' in (await village.client(village.owner).get(PLACE)).text
    assert wanted_cells(matrix, {("member", wiki): False}) == {("member", "wiki.edit"): False}
    both = {("member", "wiki.edit"): False}
    assert wanted_cells(matrix, {(role.name, wiki): False, ("member", wiki): False}) == both
    apart = wanted_cells(matrix, {(role.name, wiki): True, ("member", wiki): False})
    assert apart == {("member", "wiki.edit"): False, (role.name, "wiki.edit"): True}
    found = await preview_grants(village.club, matrix, {("member", "wiki.edit"): False})
    assert found.effects[0].lose.roles == ("member", role.name)


async def test_the_right_of_an_own_role_holds_at_the_next_request(village: Village) -> None:
    role = await make_role(village.club, "member", "Choir", actor=village.owner)
    await change_role(village.club, village.member, role.name, actor=village.owner)
    browser = village.client(village.member)
    assert (await browser.get("/c/atelier/wiki/")).status_code == 200

    preview = await _post(village, {"shown": f"{role.name} wiki.view", "allowed": []})
    await _post(village, _fields(preview.text))

    assert (await browser.get("/c/atelier/wiki/")).status_code == 403
    assert (await village.client(village.guest).get("/c/atelier/wiki/")).status_code == 200


async def test_nobody_grants_what_they_lack_nor_above_them_already_in_the_preview(village: Village) -> None:
    await set_grant(village.club, "moderator", "spaces.configure", True, actor=village.owner)
    role = await make_role(village.club, "guest", "Choir", actor=village.owner)
    browser = village.client(village.moderator)

    lacking = await browser.post(PLACE, data={"shown": "-", "allowed": [f"{role.name} spaces.archive"]})
    forged = await browser.post(PLACE, data={"cells": "owner wiki.edit 0", "confirmed": "true"})
    own = await browser.post(PLACE, data={"cells": f"{role.name} spaces.archive 1", "confirmed": "true"})

    assert [lacking.status_code, forged.status_code, own.status_code] == [403, 403, 403]
    assert await GrantOverride.all().count() == 1


@pytest.mark.parametrize(
    "cells",
    ["nonsense", "guest wiki.edit", "guest wiki.edit 2", "guest wiki.edit 1 1", "guest nothing.here 1",
     "member.nobody wiki.edit 1", "owner.x wiki.edit 1", "x" * 60_001, "\x00 \x00 1", "anonymous wiki.edit 1"],
)  # fmt: skip
async def test_a_forged_change_is_refused_and_saves_nothing(village: Village, cells: str) -> None:
    answer = await _post(village, {"cells": cells, "confirmed": "true"})

    assert answer.status_code in (403, 404, 422)
    assert await GrantOverride.all().count() == 0


async def test_owners_cannot_lose_the_right_to_configure_by_a_forged_change(village: Village) -> None:
    answer = await _post(village, {"cells": "owner spaces.configure 0", "confirmed": "true"})

    assert answer.status_code == 403
    assert (await village.client(village.owner).get(PLACE)).status_code == 200


async def test_a_club_with_many_roles_shows_one_at_a_time(village: Village) -> None:
    for number in range(12):
        await make_role(village.club, "member", f"Choir {number}", actor=village.owner)

    page = (await village.client(village.owner).get(PLACE)).text

    assert page.count('type="checkbox" name="allowed"') <= 450
    assert (await village.client(village.owner).get(f"{PLACE}?role=member.choir3")).status_code == 200


async def test_a_preview_tells_nobody_outside_anything(village: Village) -> None:
    for person in (village.member, village.moderator):
        answer = await village.client(person).post(PLACE, data={"cells": "guest spaces.invite 1"})
        assert answer.status_code == 403
        assert village.guest.name not in answer.text
    assert (
        await village.client(village.outsider).post(PLACE, data={"cells": "guest spaces.invite 1"})
    ).status_code == 404


def test_cells_travel_as_text() -> None:
    cells = {("guest", "wiki.edit"): True, ("member.x", "wiki.edit"): False, ("member", "blog.view"): None}

    assert unpacked(packed(cells)) == cells
    assert unpacked("") == {}


async def test_a_change_without_effect_because_of_a_lock_is_refused(village: Village) -> None:
    await lock_grant("wiki.edit", "member", True, actor=village.operator)

    with pytest.raises(Forbidden):
        await set_grants(village.club, {("member", "wiki.edit"): False}, actor=village.owner)
    assert await Membership.filter(club=village.club).count() == 4


async def _post(village: Village, data: dict[str, object]) -> httpx.Response:
    return await village.client(village.owner).post(PLACE, data=data)


def _fields(page: str) -> dict[str, object]:
    """The hidden fields of the form that saves."""
    form = page.split('name="cells"')[1]
    cells = html.unescape(form.split('value="')[1].split('"')[0])
    seen = page.split('name="seen" value="')[1].split('"', maxsplit=1)[0]
    return {"cells": cells, "seen": seen, "confirmed": "true"}
