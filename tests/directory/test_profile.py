"""One's own profile, being listed, and the fields that the operator defines."""

from __future__ import annotations

from base64 import b85encode
from hashlib import sha256
from typing import Any

import pytest

from cercle.testing import Village
from core.models import AuditEntry, OutboxEvent
from plugins.directory.models import Absence, Answer, FieldGroup, Profile, ProfileField, Tag
from plugins.directory.services.fields import make_first_fields
from tests.undoing import find_undo, undo_of

ME = "/c/atelier/directory/me"


async def saved(village: Village, **values: str) -> dict[str, tuple[str, str]]:
    """Send the form as the member, and answer what is stored."""
    answer = await village.client(village.member).post(ME, data={"listed": "true", "present": "true", **values})
    assert answer.status_code == 303
    rows = await Answer.filter(user_id=village.member.id).select_related("field")
    return {row.field.key: (row.text, row.audience) for row in rows if row.text}


async def refused(village: Village, **values: str) -> str:
    """Send the form as the member; it is refused and nothing is stored."""
    answer = await village.client(village.member).post(ME, data={"listed": "true", "present": "true", **values})
    assert answer.status_code == 422
    assert await Answer.all().count() == 0
    return answer.text


async def test_a_member_says_what_they_do_and_who_sees_it(village: Village) -> None:
    stored = await saved(
        village,
        value_trade="  Cooper ",
        value_can_help="Barrels, staves;  hoops, barrels",
        value_phone="+33 5 56 00 10 20",
        audience_phone="moderators",
        value_website="cooper.example",
        audience_website="site",
        value_availability="Mondays\nand Tuesdays",
    )
    assert stored == {
        "trade": ("Cooper", "club"),
        "can_help": ("Barrels\nstaves\nhoops", "club"),
        "phone": ("+33 5 56 00 10 20", "moderators"),
        "website": ("https://cooper.example", "site"),
        "availability": ("Mondays\nand Tuesdays", "club"),
    }
    assert [tag.key for tag in await Tag.filter(answer__field__key="can_help").order_by("key")] == [
        "barrels",
        "hoops",
        "staves",
    ]
    assert await OutboxEvent.filter(name="directory.profile_changed").count() == 1


async def test_the_form_comes_back_with_what_was_saved(village: Village) -> None:
    await saved(village, value_can_help="Barrels, staves", audience_can_help="nobody")
    page = (await village.client(village.member).get(ME)).text
    assert 'value="Barrels, staves"' in page
    assert '<option value="nobody" selected>' in page


async def test_emptying_a_field_takes_it_back_and_keeps_who_would_see_it(village: Village) -> None:
    await saved(village, value_skills="Barrels", audience_skills="nobody")
    assert await saved(village, value_skills="", audience_skills="nobody") == {}
    assert await Tag.all().count() == 0
    assert (await Answer.get(field__key="skills")).audience == "nobody"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("value_phone", "javascript:alert(1)"),
        ("value_phone", "1\r\nTEL:2"),
        ("value_website", "javascript:alert(1)"),
        ("value_website", "https://user@evil.example"),
        ("value_website", 'https://evil.example/"><script>'),
        ("value_website", "https://[::1"),
        ("value_trade", "x" * 121),
        ("value_availability", "x" * 4001),
        ("value_skills", ",".join(f"skill {number}" for number in range(31))),
        ("value_skills", "x" * 61),
        ("audience_phone", "everybody"),
        ("value_nothing", "x"),
    ],
)
async def test_a_wrong_value_is_refused_beside_its_field_and_kept_in_the_form(
    village: Village, name: str, value: str
) -> None:
    page = await refused(village, **{name: value, "value_region": "Landes"})
    assert 'value="Landes"' in page
    assert 'class="field-errors"' in page or "There is no field of this name." in page


async def test_the_preview_shows_members_less_than_moderators(village: Village) -> None:
    await saved(
        village, value_trade="cooper", value_phone="+33 1 23", audience_phone="moderators", value_region="Landes",
        audience_region="nobody",
    )  # fmt: skip
    browser = village.client(village.member)
    members = (await browser.get(f"{ME}/preview")).text
    moderators = (await browser.get(f"{ME}/preview?as=moderators")).text
    assert [word in members for word in ("cooper", "+33 1 23", "Landes")] == [True, False, False]
    assert [word in moderators for word in ("cooper", "+33 1 23", "Landes")] == [True, True, False]


async def test_a_member_leaves_this_directory_or_all_of_them_and_keeps_what_they_wrote(village: Village) -> None:
    browser = village.client(village.member)
    await saved(village, value_trade="cooper")
    await browser.post(ME, data={"value_trade": "cooper", "listed": "true"})
    assert await Absence.filter(user_id=village.member.id, club_id=village.club.id).count() == 1
    assert "You are not listed here" in (await browser.get(f"{ME}/preview")).text
    await browser.post(ME, data={"value_trade": "cooper", "present": "true"})
    assert await Absence.all().count() == 0
    assert (await Profile.get(user_id=village.member.id)).is_listed is False
    assert await Answer.filter(user_id=village.member.id, text="cooper").count() == 1


async def test_the_way_out_is_open_where_the_club_is_read_only(village: Village) -> None:
    await village.switch("directory", "read_only")
    browser = village.client(village.member)
    assert (await browser.post(ME, data={"listed": "true"})).status_code == 403
    assert "/account/directory" in (await browser.get(ME)).text
    assert (await browser.get("/account/directory")).status_code == 200
    assert (await browser.post("/account/directory", data={})).status_code == 303
    assert (await Profile.get(user_id=village.member.id)).is_listed is False
    assert "Max Member" not in (await village.client(village.owner).get("/c/atelier/directory/")).text
    assert (await village.client(None).get("/account/directory")).status_code == 303


async def test_guests_and_people_outside_cannot_save_a_profile_here(village: Village) -> None:
    assert (await village.client(village.guest).post(ME, data={})).status_code == 403
    assert (await village.client(village.outsider).post(ME, data={})).status_code == 404
    assert await Profile.all().count() == 0


async def card(village: Village, viewer: Any, handle: str = "member") -> bytes:
    answer = await village.client(viewer).get(f"/c/atelier/directory/people/{handle}.vcf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/vcard; charset=utf-8"
    return answer.content


async def test_the_card_holds_what_the_viewer_may_see(village: Village) -> None:
    await saved(
        village,
        value_trade="Cooper",
        value_phone="+33 5 56 00 10 20",
        audience_phone="moderators",
        value_website="https://cooper.example/a,b",
        value_languages="français, anglais",
    )
    lines = (await card(village, village.owner)).decode().split("\r\n")
    assert lines == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "FN:Max Member",
        "N:Member;Max;;;",
        "ORG:Atelier",
        "SOURCE:http://127.0.0.1:8000/c/atelier/directory/people/member",
        "ROLE:Cooper",
        "TEL;VALUE=uri:tel:+33556001020",
        "URL:https://cooper.example/a,b",
        "NOTE:Languages: français\\, anglais",
        "END:VCARD",
        "",
    ]
    await village.leave(village.member, village.hidden)
    assert b"TEL" not in await card(village, village.moderator, "owner")


async def test_nothing_in_a_profile_adds_a_line_to_the_card_and_lines_are_folded(village: Village) -> None:
    evil = "a;b,c\\d\r\nTEL:666\nEND:VCARD\u2028X:1"
    await saved(village, value_availability=evil + "é" * 300, value_trade="Rôle; x")
    raw = await card(village, village.owner)
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert [line for line in lines if line.startswith((b"TEL", b"X", b"END"))] == [b"END:VCARD"]
    unfolded = raw.replace(b"\r\n ", b"").decode()
    assert "NOTE:Availability: a\\;b\\,c\\\\d\\nTEL:666\\nEND:VCARD" in unfolded
    assert "é" * 300 in unfolded


async def test_only_operators_define_fields(village: Village) -> None:
    field = await ProfileField.get(key="trade")
    for path in ("/admin/directory", "/admin/directory/new", f"/admin/directory/{field.id}"):
        assert (await village.client(village.operator).get(path)).status_code == 200
        assert (await village.client(village.owner).get(path)).status_code == 403
        assert (await village.client(None).get(path)).status_code == 303
    for path in ("groups", "new", f"{field.id}", f"{field.id}/move"):
        assert (await village.client(village.owner).post(f"/admin/directory/{path}", data={})).status_code == 403


async def test_an_operator_adds_a_field_that_members_fill_in(village: Village) -> None:
    group = await FieldGroup.all().order_by("position").first()
    assert group
    data = {"label": "Région d’origine", "kind": "choice", "group": str(group.id), "choices": "Landes\nGironde\nLandes"}
    answer = await village.client(village.operator).post("/admin/directory/new", data={**data, "is_facet": "true"})
    assert answer.status_code == 303
    made = await ProfileField.get(key="region_dorigine")
    assert (made.label, made.choices, made.is_facet) == ("Région d’origine", ["Landes", "Gironde"], True)
    assert await AuditEntry.filter(action="directory.field_added").count() == 1
    assert await saved(village, value_region_dorigine="Landes") == {"region_dorigine": ("Landes", "club")}
    page = (await village.client(village.owner).get("/c/atelier/directory/?region_dorigine=landes")).text
    assert "Max Member" in page
    assert "Mona Moderator" not in page


async def test_a_choice_that_is_taken_away_stays_with_who_has_it(village: Village) -> None:
    field = await ProfileField.get(key="region")
    data = {"label": "Region", "kind": "choice", "group": str(field.group_id), "choices": "Landes\nGironde"}
    operator = village.client(village.operator)
    assert (await operator.post(f"/admin/directory/{field.id}", data=data)).status_code == 303
    await saved(village, value_region="Landes")
    await operator.post(f"/admin/directory/{field.id}", data={**data, "choices": "Gironde"})
    assert await saved(village, value_region="Landes") == {"region": ("Landes", "club")}
    assert (await village.client(village.owner).post(ME, data={"value_region": "Landes"})).status_code == 422


async def test_renaming_hiding_and_moving_lose_nothing(village: Village) -> None:
    await saved(village, value_trade="cooper")
    field = await ProfileField.get(key="trade")
    operator = village.client(village.operator)
    data = {"label": "Métier", "kind": "text", "group": str(field.group_id), "is_hidden": "true"}
    await operator.post(f"/admin/directory/{field.id}", data=data)
    assert "value_trade" not in (await village.client(village.member).get(ME)).text
    await village.client(village.member).post(ME, data={"value_region": "Landes", "listed": "true", "present": "true"})
    await operator.post(f"/admin/directory/{field.id}", data={**data, "is_hidden": ""})
    await operator.post(f"/admin/directory/{field.id}/move", data={"direction": "down"})
    page = (await village.client(village.owner).get("/c/atelier/directory/people/member")).text
    assert page.index("Region") < page.index("Métier") < page.index("cooper")


async def test_groups_are_added_renamed_and_moved(village: Village) -> None:
    operator = village.client(village.operator)
    assert (await operator.post("/admin/directory/groups", data={"label": "Outside work"})).status_code == 303
    group = await FieldGroup.get(label="Outside work")
    await operator.post(f"/admin/directory/groups/{group.id}", data={"label": "Leisure"})
    await operator.post(f"/admin/directory/groups/{group.id}/move", data={"direction": "up"})
    labels = [group.label for group in await FieldGroup.all().order_by("position")]
    assert labels == ["Work", "Skills", "Leisure", "Contact"]


@pytest.mark.parametrize(
    "wrong",
    [{"label": ""}, {"kind": "magic"}, {"kind": "choice", "choices": ""}, {"choices": "x" * 121}, {"label": "x" * 81}],
)
async def test_a_wrong_field_is_refused(village: Village, wrong: dict[str, str]) -> None:
    group = await FieldGroup.all().first()
    assert group
    before = await ProfileField.all().count()
    data = {"label": "New", "kind": "text", "group": str(group.id), **wrong}
    assert (await village.client(village.operator).post("/admin/directory/new", data=data)).status_code == 422
    assert await ProfileField.all().count() == before


async def test_a_field_with_answers_keeps_its_kind(village: Village) -> None:
    field = await ProfileField.get(key="skills")
    data = {"label": "Skills", "kind": "url", "group": str(field.group_id)}
    answer = await village.client(village.operator).post(f"/admin/directory/{field.id}", data=data)
    assert answer.status_code == 422
    assert (await ProfileField.get(key="skills")).kind == "list"


async def test_unknown_fields_and_groups_are_not_found(village: Village) -> None:
    operator = village.client(village.operator)
    for path in ("999", "99999999999999999999"):
        assert (await operator.get(f"/admin/directory/{path}")).status_code == 404
        assert (await operator.post(f"/admin/directory/groups/{path}", data={"label": "x"})).status_code == 404


async def test_a_new_site_has_the_usual_fields_once(village: Village) -> None:
    keys = [field.key for field in await ProfileField.all().order_by("group__position", "position")]
    assert keys == [
        *("trade", "region", "can_help", "skills", "looking_for", "phone", "website", "languages", "availability")
    ]
    assert await make_first_fields() is False
    assert await ProfileField.all().count() == 9


async def test_turning_the_directory_off_says_whose_profiles_it_freezes(village: Village) -> None:
    from plugins.directory.hooks import plugin_holdings

    await saved(village, value_trade="cooper")
    assert [(holding.label, holding.count) for holding in await plugin_holdings(village.club)] == [("profile", 1)]


async def test_an_emptied_answer_can_be_put_back(village: Village) -> None:
    await saved(village, value_trade="Cooper", value_can_help="Barrels, staves", audience_can_help="moderators")
    member = village.client(village.member)
    sent = {"listed": "true", "present": "true", "value_trade": "Joiner"}
    undo = await undo_of(member, await member.post(ME, data=sent))
    assert undo.fields == {"value_can_help": "Barrels, staves", "audience_can_help": "moderators"}
    assert (await undo.press(village.client(village.outsider))).status_code == 404
    for _ in range(2):
        assert (await undo.press(member)).status_code == 303
    rows = await Answer.filter(user_id=village.member.id).exclude(text="").select_related("field")
    assert {row.field.key: (row.text, row.audience) for row in rows} == {
        "trade": ("Joiner", "club"),
        "can_help": ("Barrels\nstaves", "moderators"),
    }
    assert await Tag.filter(answer__field__key="can_help").count() == 2


async def test_nothing_emptied_leaves_nothing_to_put_back(village: Village) -> None:
    member = village.client(village.member)
    answer = await member.post(ME, data={"listed": "true", "present": "true", "value_trade": "Cooper"})
    assert await find_undo(member, answer) is None
    assert (await member.post(f"{ME}/answers", data={"value_nonsense": "x"})).status_code == 422


async def test_an_answer_too_long_for_a_cookie_has_no_way_back(village: Village) -> None:
    words = b85encode(b"".join(sha256(bytes([number])).digest() for number in range(97))).decode()
    await saved(village, value_availability=words)
    member = village.client(village.member)
    answer = await member.post(ME, data={"listed": "true", "present": "true"})
    assert await find_undo(member, answer) is None
