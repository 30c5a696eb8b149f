"""What comes at once is one mail; digests, quiet hours, pauses; what a mail says of itself; the last look at each line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cercle.testing import Village
from core.models import Mail
from core.notification_times import Rhythm
from core.notification_wishes import choose, choose_rhythm, wishes_of
from core.notifications import notify
from plugins.notifications.models import Entry, SilentClub
from plugins.notifications.notifications import PUBLISHED
from plugins.wiki.notifications import MENTIONED
from spaces.models import Club, Content
from spaces.notifications import REPORT_ANSWERED
from tests.notifications.telling import follow, mails, mention, publish, text_of, time_passes


async def test_what_comes_within_minutes_is_one_mail(village: Village) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    await mention(village, village.guest, key="three")
    assert await mails(village) == []
    await time_passes()
    sent = {message["To"]: message for message in await mails(village)}
    assert len(sent) == 2
    both = sent[village.member.email]
    assert both["Subject"] == "2 new things in Atelier"
    assert ("See “Tools one”" in text_of(both), "See “Tools two”" in text_of(both)) == (True, True)
    assert sent[village.guest.email]["Subject"] == "About “Tools three”"
    await time_passes()
    assert len(await mails(village)) == 2


async def test_what_is_due_takes_along_what_still_waits(village: Village) -> None:
    await follow(village, village.member, "club:")
    await publish(village, "Hammer")
    await mention(village, village.member)
    await time_passes(5)
    (message,) = await mails(village)
    assert message["Subject"] == "2 new things in Atelier"


async def test_what_somebody_waits_for_does_not_wait(village: Village) -> None:
    await notify(
        REPORT_ANSWERED,
        to=[village.member.id],
        club=await Club.get(id=village.club.id),
        key="x",
        subject="Decided",
        text="It was decided.",
        path="/c/atelier/",
    )
    assert [message["Subject"] for message in await mails(village)] == ["Decided"]


async def test_a_line_whose_reason_has_ended_is_left_out_of_the_mail(village: Village) -> None:
    await follow(village, village.member, "club:")
    content = await publish(village, "Hammer")
    await publish(village, "Saw")
    await mention(village, village.member)
    await Content.filter(id=content.id).update(state="trashed")
    await choose(village.member.id, {"mail": {"wiki.mentioned": False}})
    await time_passes()
    (message,) = await mails(village)
    assert (message["Subject"], "Hammer" in message.as_string(), "Tools" in message.as_string()) == (
        "New in Atelier: Saw",
        False,
        False,
    )


async def test_a_mail_of_which_nothing_is_left_does_not_leave(village: Village) -> None:
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    await village.leave(village.member, village.club)
    await time_passes()
    assert (await mails(village), await Mail.all().count()) == ([], 0)


async def test_a_digest_leaves_at_my_hour(village: Village) -> None:
    await choose_rhythm(village.member.id, Rhythm(digest="daily", hour=(datetime.now(UTC).hour + 3) % 24))
    await follow(village, village.member, "club:")
    await publish(village, "Hammer")
    await publish(village, "Saw")
    dues = await Mail.filter(recipient=village.member.email).values_list("due_at", flat=True)
    assert {(due.minute, due.hour) for due in dues} == {(0, (datetime.now(UTC).hour + 3) % 24)}  # type: ignore[attr-defined]
    await time_passes()
    assert await mails(village) == []
    await time_passes(180)
    (message,) = await mails(village)
    assert ("Hammer" in text_of(message), "Saw" in text_of(message)) == (True, True)


async def test_in_quiet_hours_and_before_the_end_of_a_pause_nothing_leaves(village: Village) -> None:
    now = datetime.now(UTC)
    await mention(village, village.member)
    await mention(village, village.guest)
    await time_passes()
    await choose_rhythm(village.member.id, Rhythm(quiet_from=now.hour, quiet_until=(now.hour + 2) % 24))
    await choose_rhythm(village.guest.id, Rhythm(paused_until=now.date() + timedelta(days=3)))
    assert await mails(village) == []
    waits = {mail.recipient: mail.due_at for mail in await Mail.all()}
    assert waits[village.member.email].hour == (now.hour + 2) % 24
    assert waits[village.guest.email].date() == now.date() + timedelta(days=3)
    await choose_rhythm(village.member.id, Rhythm())
    await time_passes(180)
    assert [message["To"] for message in await mails(village)] == [village.member.email]


@pytest.mark.parametrize(
    "rhythm,moment,free",
    [
        (Rhythm(quiet_from=22, quiet_until=7), "2026-03-02T23:30", "2026-03-03T06:00"),
        (Rhythm(quiet_from=22, quiet_until=7), "2026-03-02T03:30", "2026-03-02T06:00"),
        (Rhythm(quiet_from=22, quiet_until=7), "2026-03-02T12:30", "2026-03-02T12:30"),
        (Rhythm(quiet_from=9, quiet_until=9), "2026-03-02T08:30", "2026-03-02T08:30"),
        (Rhythm(paused_until=date(2026, 3, 5)), "2026-03-02T12:00", "2026-03-04T23:00"),
        (Rhythm(paused_until=date(2026, 3, 5), quiet_from=22, quiet_until=7), "2026-03-02T12:00", "2026-03-05T06:00"),
    ],
)
def test_when_somebody_in_paris_may_be_disturbed(rhythm: Rhythm, moment: str, free: str) -> None:
    asked = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert rhythm.free_at(asked, "Europe/Paris") == datetime.fromisoformat(free).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "rhythm,at",
    [
        (Rhythm(digest="daily", hour=8), "2026-03-03T07:00"),
        (Rhythm(digest="daily", hour=18), "2026-03-02T17:00"),
        (Rhythm(digest="weekly", hour=8, weekday=6), "2026-03-08T07:00"),
        (Rhythm(digest="weekly", hour=8, weekday=0), "2026-03-09T07:00"),
    ],
)
def test_when_the_digest_of_somebody_in_paris_leaves(rhythm: Rhythm, at: str) -> None:
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert rhythm.digest_at(monday, "Europe/Paris") == datetime.fromisoformat(at).replace(tzinfo=UTC)


async def test_a_club_may_be_quieter_than_the_others(village: Village) -> None:
    browser = village.client(village.member)
    path = f"/account/notifications?of={village.club.id}"
    assert (await browser.post(path, data={"shown": ["mail wiki.mentioned"]})).status_code == 303
    await mention(village, village.member)
    assert await Mail.all().count() == 0
    wishes = (await wishes_of([village.member.id]))[village.member.id]
    assert (wishes.everywhere, wishes.clubs) == ({}, {village.club.id: {"mail": {"wiki.mentioned": False}}})
    await browser.post(path, data={"on": ["everywhere"]})
    await mention(village, village.member, key="two")
    assert await Mail.all().count() == 1


async def test_a_club_of_others_cannot_be_chosen_for(village: Village) -> None:
    path = f"/account/notifications?of={village.hidden.id}"
    assert (await village.client(village.member).get(path)).status_code == 404
    assert (await village.client(village.member).post(path, data={})).status_code == 404


@pytest.mark.parametrize("why", ["hidden", "chosen"])
async def test_mails_of_a_confidential_club_name_nothing(village: Village, why: str) -> None:
    if why == "hidden":
        await Club.filter(id=village.club.id).update(visibility="hidden")
    else:
        path = "/c/atelier/notifications"
        assert (await village.client(village.member).get(path)).status_code == 403
        assert (await village.client(village.outsider).get(path)).status_code == 404
        assert (await village.client(village.owner).post(path, data={"is_silent": "true"})).status_code == 303
        assert await SilentClub.filter(club=village.club).count() == 1
    for key in ("one", "two"):
        await mention(village, village.member, key=key)
    await time_passes()
    (message,) = await mails(village)
    assert message["Subject"] == "There is something new in one of your clubs"
    whole = message.as_string().lower()
    assert [word for word in ("tools", "atelier", "wiki/") if word in whole] == []
    assert f"{village.app.settings.base_url}/notifications" in text_of(message)


async def test_mails_about_one_item_belong_to_one_thread_and_a_club_is_a_list(village: Village) -> None:
    await follow(village, village.member, "club:")
    content = await publish(village, "Hammer")
    await mention(village, village.guest, content=content)
    await time_passes()
    first, second = await mails(village)
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert first["List-Id"] == f"Atelier <club-{village.club.id}.localhost>"
    assert first["Message-ID"] != second["Message-ID"]


async def test_an_answer_goes_where_the_part_says(village: Village) -> None:
    club = await Club.get(id=village.club.id)
    await notify(
        MENTIONED,
        to=[village.member.id],
        club=club,
        key="x",
        subject="s",
        text="t",
        path="/",
        reply_to=lambda user_id: f"reply+{user_id}@cercle.example",
    )
    assert (await Mail.get()).headers["Reply-To"] == f"reply+{village.member.id}@cercle.example"


async def test_one_press_ends_all_kinds_of_a_mail(village: Village) -> None:
    await follow(village, village.member, "club:")
    await publish(village, "Hammer")
    await mention(village, village.member)
    await time_passes()
    (message,) = await mails(village)
    path = message["List-Unsubscribe"].strip("<>").removeprefix(village.app.settings.base_url)
    assert (await village.client().get(path)).status_code == 200
    assert (await village.client().post(path, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    wishes = (await wishes_of([village.member.id]))[village.member.id]
    assert (wishes.want(MENTIONED, "mail"), wishes.want(PUBLISHED, "mail")) == (False, False)


async def test_only_who_may_see_the_item_is_told_of_it(village: Village) -> None:
    content = await publish(village, "Hammer")
    await Content.filter(id=content.id).update(audience="moderators")
    await mention(village, village.member, village.moderator, content=content)
    assert [mail.recipient for mail in await Mail.all()] == [village.moderator.email]
    assert [one.user_id for one in await Entry.filter(kind="wiki.mentioned")] == [village.moderator.id]


async def test_news_of_a_page_that_was_not_read_is_one_line(village: Village) -> None:
    club = await Club.get(id=village.club.id)
    for key in ("one", "two", "three"):
        values = {"to": [village.member.id], "club": club, "key": key, "subject": f"New {key}", "text": f"New {key}."}
        await notify(PUBLISHED, path="/c/atelier/wiki/page", **values)  # type: ignore[arg-type]
    assert [one.subject for one in await Entry.filter(user=village.member)] == ["New three"]
    await time_passes()
    (message,) = await mails(village)
    assert message["Subject"] == "New three"
