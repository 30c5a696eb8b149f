"""The page of what I was told, the number at the bell, and the same for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cercle.testing import Village
from core.models import Mail
from plugins.notifications.models import Entry
from spaces.services.invitations import invite_by_mail
from tests.notifications.telling import follow, mention, publish

HTMX = {"HX-Request": "true"}


async def test_what_i_am_told_stands_on_my_page_and_on_nobody_elses(village: Village) -> None:
    await mention(village, village.member)
    assert "About “Tools one”" in (await village.client(village.member).get("/notifications")).text
    assert "About “Tools one”" not in (await village.client(village.guest).get("/notifications")).text


async def test_the_page_is_for_people_who_are_signed_in(village: Village) -> None:
    assert (await village.client().get("/notifications")).status_code == 303


async def test_the_bell_counts_what_is_not_read(village: Village) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    browser = village.client(village.member)
    assert (await browser.get("/notifications", headers=HTMX)).text == "2"
    entry = await Entry.filter(user=village.member).first()
    assert entry is not None
    answer = await browser.get(f"/notifications/{entry.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, entry.path)
    assert (await browser.get("/notifications", headers=HTMX)).text == "1"
    await browser.post("/notifications/reads")
    assert (await browser.get("/notifications", headers=HTMX)).text == ""


async def test_a_page_that_a_browser_fetches_beforehand_reads_nothing(village: Village) -> None:
    await mention(village, village.member)
    entry = await Entry.get(user=village.member)
    await village.client(village.member).get(f"/notifications/{entry.id}", headers={"Sec-Purpose": "prefetch"})
    assert (await Entry.get(id=entry.id)).read_at is None


async def test_an_entry_of_somebody_else_is_not_there(village: Village) -> None:
    await mention(village, village.member)
    entry = await Entry.get(user=village.member)
    assert (await village.client(village.guest).get(f"/notifications/{entry.id}")).status_code == 404
    await village.client(village.guest).post("/notifications/reads")
    assert (await Entry.get(id=entry.id)).read_at is None


@pytest.mark.parametrize("reason", ["left", "off", "trashed", "plugin gone"])
async def test_what_i_may_not_see_any_more_is_neither_shown_nor_counted(village: Village, reason: str) -> None:
    await follow(village, village.member, "club:")
    content = await publish(village, "Hammer")
    await mention(village, village.member)
    browser = village.client(village.member)
    assert "Hammer" in (await browser.get("/notifications")).text
    if reason == "left":
        await village.leave(village.member, village.club)
    elif reason == "off":
        await village.switch("blog", "off")
        await village.switch("wiki", "off")
    elif reason == "trashed":
        await Entry.filter(kind="wiki.mentioned").delete()
        await type(content).filter(id=content.id).update(state="trashed")
    else:
        village.app.notifications.forget("notifications")
        village.app.notifications.forget("wiki")
    assert "Hammer" not in (await browser.get("/notifications")).text
    assert (await browser.get("/notifications", headers=HTMX)).text == ""
    assert (await village.api(village.member).get("notifications")).json()["items"] == []


async def test_what_i_may_not_see_takes_no_place_on_the_page_and_in_the_count(village: Village) -> None:
    await mention(village, village.member)
    hidden = await publish(village, "Hammer")
    fields = {"user": village.member, "club": village.club, "kind": "wiki.mentioned", "subject": "s", "path": "/"}
    rows = [Entry(**fields, content_id=hidden.id, about=str(number)) for number in range(120)]
    await Entry.bulk_create([*rows, *(Entry(**fields, about=f"seen {number}") for number in range(3))])
    browser = village.client(village.member)
    assert (await browser.get("/notifications", headers=HTMX)).text == "99+"
    await type(hidden).filter(id=hidden.id).update(state="trashed")
    await browser.get("/notifications")
    with village.queries() as asked:
        assert (await browser.get("/notifications", headers=HTMX)).text == "4"
    page = await browser.get("/notifications")
    assert ("About “Tools one”" in page.text, page.text.count("notifications-unread")) == (True, 4)
    assert len([sql for sql in asked.sql if "notifications_entry" in sql]) == 1
    program = village.api(village.member)
    answer = (await program.get("notifications", params={"limit": 4})).json()
    assert (len(answer["items"]), answer["next"]) == (4, None)


async def test_an_invitation_stands_on_the_page_of_whoever_has_an_account(village: Village) -> None:
    actor = await village.viewer(village.owner, village.club)
    await invite_by_mail(village.club, village.outsider.email, actor=actor)
    await invite_by_mail(
        village.hidden, village.outsider.email, actor=await village.viewer(village.owner, village.hidden)
    )
    page = await village.client(village.outsider).get("/notifications")
    assert (page.text.count("notifications-unread"), f"invites you to {village.club.name}" in page.text) == (1, True)
    assert village.hidden.name not in page.text
    keys = [mail.key.split(":")[0] for mail in await Mail.filter(recipient=village.outsider.email)]
    assert "notification" not in keys


async def test_what_moderators_alone_are_told_is_offered_to_them_alone(village: Village) -> None:
    label = "Somebody reports something in a club that you moderate"
    pages = [
        await village.client(person).get("/account/notifications") for person in (village.moderator, village.member)
    ]
    assert [label in page.text for page in pages] == [True, False]


async def test_the_list_can_be_narrowed_to_one_of_my_clubs(village: Village) -> None:
    await mention(village, village.owner)
    browser = village.client(village.owner)
    assert "About “Tools one”" in (await browser.get(f"/notifications?of={village.club.id}")).text
    assert "About “Tools one”" not in (await browser.get(f"/notifications?of={village.hidden.id}")).text
    assert (await village.client(village.member).get(f"/notifications?of={village.hidden.id}")).status_code == 404


async def test_old_entries_go(village: Village) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="old")
    old = await Entry.get(path="/c/atelier/wiki/old")
    await Entry.filter(id=old.id).update(created_at=datetime.now(UTC) - timedelta(days=91))
    await village.app.jobs.run("notifications.forget_old")
    assert [entry.path for entry in await Entry.all()] == ["/c/atelier/wiki/one"]


async def test_programs_read_it_page_by_page_and_mark_it(village: Village) -> None:
    for key in ("one", "two", "three"):
        await mention(village, village.member, key=key)
    program = village.api(village.member)
    first = (await program.get("notifications", params={"limit": 2})).json()
    rest = (await program.get("notifications", params={"limit": 2, "after": first["next"]})).json()
    assert [one["text"] for one in first["items"] + rest["items"]] == [
        "About “Tools three”",
        "About “Tools two”",
        "About “Tools one”",
    ]
    assert rest["next"] is None
    assert (await program.post("notifications/reads", json={"entries": [first["items"][0]["id"]]})).json() == {
        "read": 1
    }
    assert (await program.post("notifications/reads", json={})).json() == {"read": 2}
    assert (await program.get("notifications", params={"unread": "true"})).json()["items"] == []


async def test_three_rows_cost_as_many_queries_as_one(village: Village) -> None:
    await follow(village, village.member, "club:")
    await publish(village, "First")
    browser = village.client(village.member)
    await browser.get("/notifications")
    with village.queries() as one:
        await browser.get("/notifications")
    await publish(village, "Second")
    await publish(village, "Third")
    with village.queries() as three:
        page = await browser.get("/notifications")
    assert (three.count, page.text.count("notifications-unread")) == (one.count, 3)


async def test_an_ordinary_page_asks_nothing_for_the_bell(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/clubs")
    await mention(village, village.member)
    with village.queries() as seen:
        page = await browser.get("/clubs")
    assert 'hx-get="/notifications"' in page.text
    assert [sql for sql in seen.sql if "notifications_" in sql] == []


async def test_the_settings_of_a_club_lead_to_whether_messages_keep_silent(village: Village) -> None:
    owner, member = village.client(village.owner), village.client(village.member)
    assert 'href="/c/atelier/notifications"' in (await owner.get("/c/atelier/settings")).text
    page = await owner.get("/c/atelier/notifications")
    assert (page.status_code, 'href="/c/atelier/settings/plugins"' in page.text) == (200, True)
    assert (await member.get("/c/atelier/notifications")).status_code == 403
    await owner.post("/c/atelier/notifications", data={"is_silent": "true"})
    await mention(village, village.member)
    assert [mail.subject for mail in await Mail.all()] == ["There is something new in one of your clubs"]
