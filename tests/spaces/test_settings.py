"""Settings of a club: what it says of itself, its cover, its switches, its matrix."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from cercle.testing import Village
from core.models import AuditEntry, Blob
from spaces.models import Club, ClubPlugin, GrantOverride
from spaces.services import lock_grant, set_grant
from spaces.switches import set_policy

VALUES = {
    "name": "Atelier neuf",
    "purpose": "Ensemble.",
    "accent": "rose",
    "visibility": "public",
    "join_policy": "open",
}
SCREENS = (
    "/c/atelier/settings",
    "/c/atelier/settings/plugins",
    "/c/atelier/settings/plugins/wiki?state=off",
    "/c/atelier/settings/permissions",
    "/c/atelier/settings/archive",
)
SUBMITS = (
    "/c/atelier/settings",
    "/c/atelier/settings/cover",
    "/c/atelier/settings/cover/remove",
    "/c/atelier/settings/plugins/wiki",
    "/c/atelier/settings/permissions",
    "/c/atelier/settings/archive",
    "/c/atelier/settings/archive/restore",
    "/c/atelier/settings/delete",
)


@pytest.mark.parametrize("person,status", [("moderator", 403), ("member", 403), ("guest", 403), ("outsider", 404)])
async def test_settings_are_for_owners(village: Village, person: str, status: int) -> None:
    browser = village.client(getattr(village, person))

    assert [(await browser.get(path)).status_code for path in SCREENS] == [status] * len(SCREENS)
    assert [(await browser.post(path)).status_code for path in SUBMITS] == [status] * len(SUBMITS)


async def test_owners_see_every_screen_of_the_settings(village: Village) -> None:
    browser = village.client(village.owner)

    assert [(await browser.get(path)).status_code for path in SCREENS] == [200] * len(SCREENS)


async def test_an_owner_changes_what_the_club_says_of_itself(village: Village) -> None:
    answer = await village.client(village.owner).post("/c/atelier/settings", data=VALUES)

    assert answer.status_code == 303
    club = await Club.get(slug="atelier")
    assert {name: getattr(club, name) for name in VALUES} == VALUES
    entry = await AuditEntry.get(action="spaces.club_updated")
    assert entry.before["name"] == "Atelier"
    assert entry.after["name"] == "Atelier neuf"


async def test_wrong_settings_are_refused_and_nothing_is_saved(village: Village) -> None:
    answer = await village.client(village.owner).post(
        "/c/atelier/settings", data={**VALUES, "name": "", "accent": "puce"}
    )

    assert answer.status_code == 422
    assert "Ensemble." in answer.text
    assert (await Club.get(slug="atelier")).name == "Atelier"


async def test_a_cover_is_made_anew_shown_and_removed(village: Village) -> None:
    browser = village.client(village.owner)

    uploaded = await browser.post("/c/atelier/settings/cover", files={"cover": ("a.png", _picture(), "image/png")})

    assert uploaded.status_code == 303
    club = await Club.get(slug="atelier")
    assert (await Blob.get(hash=club.cover_hash)).references == 1
    shown = await village.client(village.outsider).get("/c/atelier/cover")
    assert shown.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(shown.content)).format == "WEBP"
    await browser.post("/c/atelier/settings/cover/remove")
    assert (await Blob.get(hash=club.cover_hash)).references == 0
    assert (await browser.get("/c/atelier/cover")).status_code == 404


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n broken"])
async def test_what_is_no_picture_is_refused_and_leaves_nothing(village: Village, data: bytes) -> None:
    answer = await village.client(village.owner).post(
        "/c/atelier/settings/cover", files={"cover": ("a.png", data, "image/png")}
    )

    assert answer.status_code == 422
    assert (await Club.get(slug="atelier")).cover_hash is None
    assert await Blob.all().count() == 0


async def test_a_cover_that_a_script_sends_is_answered_with_a_word(village: Village) -> None:
    browser, asks = village.client(village.owner), {"accept": "application/json"}
    address = "/c/atelier/settings/cover"

    refused = await browser.post(address, files={"cover": ("a.png", b"none", "image/png")}, headers=asks)
    taken = await browser.post(address, files={"cover": ("a.png", _picture(), "image/png")}, headers=asks)

    assert (refused.status_code, refused.headers["content-type"]) == (422, "text/plain; charset=utf-8")
    assert (taken.status_code, taken.content) == (204, b"")
    cover = (await Club.get(slug="atelier")).cover_url
    assert cover
    assert cover in (await browser.get("/c/atelier/settings")).text


async def test_the_cover_of_a_hidden_club_is_hidden(village: Village) -> None:
    await village.client(village.owner).post(
        "/c/cave/settings/cover", files={"cover": ("a.png", _picture(), "image/png")}
    )

    assert (await village.client(village.owner).get("/c/cave/cover")).status_code == 200
    assert (await village.client(village.member).get("/c/cave/cover")).status_code == 404


async def test_a_plugin_turned_off_is_gone_at_once_and_back_after(village: Village) -> None:
    owner, member = village.client(village.owner), village.client(village.member)
    script = village.api(village.member)
    assert "/c/atelier/wiki/" in (await member.get("/c/atelier/")).text
    assert (await member.get("/c/atelier/wiki/")).status_code == 200

    off = await owner.post("/c/atelier/settings/plugins/wiki", data={"state": "off"})

    assert off.status_code == 303
    assert "/c/atelier/wiki/" not in (await member.get("/c/atelier/")).text
    assert (await member.get("/c/atelier/wiki/")).status_code == 404
    assert (await script.get("clubs/atelier/wiki/pages")).status_code == 404
    absent, never = await member.get("/c/atelier/wiki/"), await member.get("/c/atelier/nonsense/")
    assert absent.text.replace("wiki", "") == never.text.replace("nonsense", "")
    await owner.post("/c/atelier/settings/plugins/wiki", data={"state": "on"})
    assert (await member.get("/c/atelier/wiki/")).status_code == 200
    assert (await script.get("clubs/atelier/wiki/pages")).status_code == 200
    states = [entry.after for entry in await AuditEntry.filter(action="spaces.plugin_switched").order_by("id")]
    assert states == [{"state": "off"}, {"state": "on"}]


async def test_looking_at_a_switch_changes_nothing(village: Village) -> None:
    page = await village.client(village.owner).get("/c/atelier/settings/plugins/wiki", params={"state": "off"})

    assert "4 members" in page.text
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "on"


async def test_the_switch_page_makes_the_same_queries_however_many_clubs_have_switches(village: Village) -> None:
    browser = village.client(village.owner)
    await browser.get("/c/atelier/settings/plugins")
    with village.queries() as seen:
        await browser.get("/c/atelier/settings/plugins")

    assert seen.count == 3


async def test_what_the_operator_withholds_cannot_be_turned_on(village: Village) -> None:
    await set_policy("wiki", "unavailable", kind="team", actor=None)
    browser = village.client(village.owner)

    page = await browser.get("/c/atelier/settings/plugins")
    turned = await browser.post("/c/atelier/settings/plugins/wiki", data={"state": "on"})

    assert 'id="plugin-wiki"' not in page.text
    assert turned.status_code == 404
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "off"


async def test_what_the_operator_requires_cannot_be_turned_off(village: Village) -> None:
    await set_policy("wiki", "required", club=village.club, actor=None)

    answer = await village.client(village.owner).post("/c/atelier/settings/plugins/wiki", data={"state": "off"})

    assert answer.status_code == 403
    assert (await ClubPlugin.get(club=village.club, plugin="wiki")).effective == "on"


@pytest.mark.parametrize(
    "plugin,state,status", [("nonsense", "on", 404), ("wiki", "sideways", 422), ("spaces", "off", 404)]
)
async def test_nonsense_turns_no_switch(village: Village, plugin: str, state: str, status: int) -> None:
    answer = await village.client(village.owner).post(f"/c/atelier/settings/plugins/{plugin}", data={"state": state})

    assert answer.status_code == status


async def test_a_change_of_the_matrix_says_whom_it_touches_before_it_is_saved(village: Village) -> None:
    browser = village.client(village.owner)
    ticked = await _ticked(village)
    changed = [cell for cell in ticked if cell != "member wiki.edit"] + ["guest spaces.invite"]

    preview = await browser.post("/c/atelier/settings/permissions", data={"allowed": changed})

    assert preview.status_code == 200
    assert "1 person gains rights" in preview.text
    assert "1 person loses rights" in preview.text
    assert await GrantOverride.all().count() == 0
    saved = await browser.post("/c/atelier/settings/permissions", data={"allowed": changed, "confirmed": "true"})
    assert saved.status_code == 303
    cells = {(cell.role, cell.permission): cell.allowed for cell in await GrantOverride.all()}
    assert cells == {("member", "wiki.edit"): False, ("guest", "spaces.invite"): True}
    assert (await village.client(village.guest).get("/c/atelier/invitations")).status_code == 200
    assert await AuditEntry.filter(action="spaces.grant_set").count() == 2


async def test_a_cell_back_at_its_default_is_no_exception_any_more(village: Village) -> None:
    await set_grant(village.club, "guest", "spaces.invite", True, actor=village.owner)
    allowed = [cell for cell in await _ticked(village) if cell != "guest spaces.invite"]

    await village.client(village.owner).post(
        "/c/atelier/settings/permissions", data={"allowed": allowed, "confirmed": "true"}
    )

    assert await GrantOverride.all().count() == 0


async def test_a_locked_cell_is_shown_and_stays(village: Village) -> None:
    await lock_grant("wiki.edit", "member", False, actor=village.operator)
    browser = village.client(village.owner)

    page = await browser.get("/c/atelier/settings/permissions")
    await browser.post(
        "/c/atelier/settings/permissions",
        data={"allowed": [*await _ticked(village), "member wiki.edit"], "confirmed": "true"},
    )

    assert "Fixed by the operator" in page.text
    assert 'value="member wiki.edit"' not in page.text
    assert await GrantOverride.all().count() == 0


async def test_owners_cannot_lock_themselves_out_and_outsiders_never_write(village: Village) -> None:
    browser = village.client(village.owner)
    place = "/c/place/settings/permissions"
    allowed = ["anonymous wiki.edit", "visitor spaces.configure", "anonymous spaces.archive", "anonymous wiki.view"]

    await browser.post(place, data={"allowed": allowed, "confirmed": "true"})

    kept = await GrantOverride.filter(club=village.public, allowed=True).values_list("role", "permission")
    assert kept == [("anonymous", "wiki.view")]
    assert (await browser.get(place)).status_code == 200


async def test_nobody_grants_what_they_lack(village: Village) -> None:
    await set_grant(village.club, "moderator", "spaces.configure", True, actor=village.owner)
    browser = village.client(village.moderator)
    allowed = [*await _ticked(village), "member spaces.archive"]

    answer = await browser.post("/c/atelier/settings/permissions", data={"allowed": allowed, "confirmed": "true"})

    assert answer.status_code == 403
    assert not await GrantOverride.exists(permission="spaces.archive")


async def test_a_public_page_of_a_plugin_opens_and_closes_with_the_matrix(village: Village) -> None:
    visitor = village.client(village.outsider)
    assert (await visitor.get("/c/place/wiki/")).status_code == 404

    await set_grant(village.public, "visitor", "wiki.view", True, actor=village.owner)
    assert (await visitor.get("/c/place/wiki/")).status_code == 200
    await set_grant(village.public, "visitor", "wiki.view", None, actor=village.owner)

    assert (await visitor.get("/c/place/wiki/")).status_code == 404


async def _ticked(village: Village) -> list[str]:
    """The cells that the form of `atelier` has ticked."""
    page = (await village.client(village.owner).get("/c/atelier/settings/permissions")).text
    boxes = []
    for box in page.split('name="allowed" ')[1:]:
        tag = box.split(">")[0]
        if "checked" in tag:
            boxes.append(tag.split('value="')[1].split('"')[0])
    return boxes


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 100), "teal").save(target, "PNG")
    return target.getvalue()
