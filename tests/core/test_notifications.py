"""Notifications: who is told, in which language, by whose choice; the letters; the link that ends them; the last look."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from cercle.testing import Village
from core.accounts.models import User
from core.db import atomic
from core.errors import PluginError
from core.models import Mail, Setting
from core.notification_kinds import NotificationKind
from core.notification_mail import unsubscribe_token
from core.notification_wishes import choices_of, choose
from core.notifications import notify
from core.outlets import compose
from plugins.blog.notifications import POST_PUBLISHED
from plugins.wiki.notifications import MENTIONED
from spaces.models import Club
from spaces.notifications import REQUEST_ANSWERED
from spaces.services import set_grant


async def _tell(
    village: Village,
    *people: User,
    kind: NotificationKind = MENTIONED,
    key: str = "one",
    path: str = "/c/atelier/wiki/",
) -> None:
    await notify(
        kind,
        to=[person.id for person in people],
        club=await Club.get(id=village.club.id),
        key=key,
        subject="About “%(title)s”",
        text="See “%(title)s”.",
        path=path,
        values={"title": "Tools\n& <b>"},
    )


async def _time_passes(minutes: int = 30) -> None:
    for mail in await Mail.filter(sent_at=None):
        await Mail.filter(id=mail.id).update(due_at=mail.due_at - timedelta(minutes=minutes))


async def _recipients() -> set[str]:
    return {mail.recipient.partition("@")[0] for mail in await Mail.all()}


def _mails(village: Village) -> list[str]:
    folder: Path = village.app.settings.data_dir / "mail"
    return sorted(path.read_text() for path in folder.glob("*.eml"))


async def test_members_who_may_read_are_told_and_nobody_else(village: Village) -> None:
    await set_grant(village.club, "guest", "wiki.view", False, actor=await village.viewer(village.owner, village.club))
    await _tell(village, *village.people.values())
    assert await _recipients() == {"owner", "moderator", "member"}


async def test_everybody_in_the_club_is_told_but_the_one_who_did_it(village: Village) -> None:
    club = await Club.get(id=village.club.id)
    await notify(MENTIONED, to=None, besides=village.owner.id, club=club, key="x", subject="s", text="t", path="/")
    assert await _recipients() == {"moderator", "member", "guest"}


@pytest.mark.parametrize("state,told", [("off", set()), ("read_only", {"member"})])
async def test_nobody_is_told_of_a_plugin_that_is_off(village: Village, state: str, told: set[str]) -> None:
    await village.switch("wiki", state)
    await _tell(village, village.member)
    assert await _recipients() == told


async def test_nobody_is_told_of_a_deleted_club_nor_without_an_account(village: Village) -> None:
    await User.filter(id=village.member.id).update(is_active=False)
    await _tell(village, village.member)
    await Club.filter(id=village.club.id).update(deleted_at=datetime.now(UTC))
    await _tell(village, village.owner)
    assert await _recipients() == set()


async def test_a_club_that_is_hidden_is_not_named_to_people_outside(village: Village) -> None:
    await _tell(village, village.outsider, kind=REQUEST_ANSWERED, key="listed")
    assert await _recipients() == {"outsider"}
    await Mail.all().delete()
    await Club.filter(id=village.club.id).update(visibility="hidden")
    await _tell(village, village.outsider, kind=REQUEST_ANSWERED, key="hidden")
    assert await _recipients() == set()


async def test_the_same_thing_is_told_once(village: Village) -> None:
    await asyncio.gather(*(_tell(village, village.member, key="same") for _ in range(5)))
    await _tell(village, village.member, key="another")
    assert await Mail.all().count() == 2


async def test_a_change_that_fails_tells_nobody(village: Village) -> None:
    async def fail() -> None:
        async with atomic():
            await _tell(village, village.member)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await Mail.all().count() == 0


async def test_each_reads_it_in_their_language(village: Village) -> None:
    await User.filter(id=village.member.id).update(locale="fr")
    text = "%(name)s mentions you on the page “%(title)s” in %(club)s."
    club = await Club.get(id=village.club.id)
    people = [village.member.id, village.guest.id]
    values = {"name": "Ada", "title": "100 % <b>", "club": "Atelier"}
    await notify(MENTIONED, to=people, club=club, key="x", subject=text, text=text, path="/c/atelier/", values=values)
    french = await Mail.get(recipient=village.member.email)
    english = await Mail.get(recipient=village.guest.email)
    assert "Ada vous mentionne sur la page «\u00a0100 % <b>\u00a0» de Atelier." in french.text
    assert "Ada mentions you on the page “100 % <b>” in Atelier." in english.text
    assert "100 % &lt;b&gt;" in english.html
    assert 'lang="fr"' in french.html


async def test_a_letter_is_one_line_of_subject_and_carries_the_link_that_ends_it(village: Village) -> None:
    await _tell(village, village.member)
    message: EmailMessage = compose(await Mail.get(), "Cercle <cercle@cercle.example>")
    assert message["Subject"] == "About “Tools & <b>”"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.fullmatch(r"<http://127\.0\.0\.1:8000(/unsubscribe\?token=\S+)>", message["List-Unsubscribe"])
    assert link is not None
    assert link[1] in (await Mail.get()).text
    assert "/account/notifications" in (await Mail.get()).text


async def test_an_address_that_is_not_ours_is_not_in_a_letter(village: Village) -> None:
    await _tell(village, village.member, path="//evil.example/")
    assert "evil.example" not in (await Mail.get()).text


async def test_a_kind_that_nobody_declares_is_refused(village: Village) -> None:
    with pytest.raises(LookupError, match="poll\\.closed"):
        await _tell(village, village.member, kind=NotificationKind("poll.closed", "Closed"))


@pytest.mark.parametrize(
    "name,reason", [("wiki.mentioned", "twice"), ("blog.x", "must start with 'wiki.'"), ("wiki." + "x" * 50, "50")]
)
async def test_a_part_declares_kinds_under_its_own_name_once(village: Village, name: str, reason: str) -> None:
    with pytest.raises(PluginError, match=reason):
        village.app.notifications.declare("wiki", [NotificationKind(name, "Something")])


async def test_a_plugin_that_is_taken_out_takes_its_kinds_along(village: Village) -> None:
    village.app.notifications.forget("wiki")
    page = await village.client(village.member).get("/account/notifications")
    assert ("wiki.mentioned" in page.text, "blog.post_published" in page.text) == (False, True)


async def test_the_page_shows_what_comes_and_keeps_what_is_ticked(village: Village) -> None:
    browser = village.client(village.member)
    page = (await browser.get("/account/notifications")).text
    kinds = village.app.notifications.all()
    assert _ticked(page) == {
        f"{way} {one.name}"
        for one in kinds
        for way in ("page", "mail", "push")
        if one.comes_by(way) and not one.moderators
    }
    assert "mail wiki.mentioned" in _ticked(page)
    assert "mail blog.post_published" not in _ticked(page)
    shown = ["mail wiki.mentioned", "mail blog.post_published"]
    answer = await browser.post("/account/notifications", data={"shown": shown, "on": ["mail blog.post_published"]})
    assert answer.status_code == 303
    assert await choices_of([village.member.id]) == {
        village.member.id: {"mail": {"wiki.mentioned": False, "blog.post_published": True}}
    }
    await _tell(village, village.member, village.owner)
    await _tell(village, village.member, village.owner, kind=POST_PUBLISHED)
    assert {mail.recipient for mail in await Mail.all()} == {village.owner.email, village.member.email}
    assert await Mail.all().count() == 2


async def test_boxes_that_the_page_did_not_have_are_not_touched(village: Village) -> None:
    await village.client(village.member).post("/account/notifications", data={"shown": ["mail blog.post_published"]})
    await village.client(village.member).post("/account/notifications", data={})
    assert await Setting.filter(scope="member", part="notifications").count() == 0


@pytest.mark.parametrize("box", ["sms wiki.mentioned", "mail nobody.knows", "mail", "x" * 81])
async def test_unknown_boxes_change_nothing(village: Village, box: str) -> None:
    await village.client(village.member).post("/account/notifications", data={"shown": [box], "on": [box]})
    assert await Setting.filter(scope="member", part="notifications").count() == 0


async def test_two_changes_at_once_are_both_kept(village: Village) -> None:
    await asyncio.gather(
        choose(village.member.id, {"mail": {"wiki.mentioned": False}}),
        choose(village.member.id, {"mail": {"blog.post_published": True}}),
        choose(village.member.id, {"mail": {"spaces.request_answered": False}}),
    )
    chosen = (await choices_of([village.member.id]))[village.member.id]
    assert chosen == {"mail": {"wiki.mentioned": False, "blog.post_published": True, "spaces.request_answered": False}}


async def test_opening_the_link_ends_nothing_and_the_button_does(village: Village) -> None:
    path = f"/unsubscribe?token={unsubscribe_token(village.member.id, 'wiki.mentioned')}"
    stranger = village.client()
    page = await stranger.get(path)
    assert (page.status_code, await choices_of([village.member.id])) == (200, {})
    assert f'action="{path}"' in page.text
    assert (await stranger.post(path)).status_code == 200
    await _tell(village, village.member)
    assert await Mail.all().count() == 0


async def test_a_mail_program_ends_them_from_wherever_it_runs(village: Village) -> None:
    path = f"/unsubscribe?token={unsubscribe_token(village.member.id, 'wiki.mentioned')}"
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    answer = await village.client().post(path, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert answer.status_code == 200
    assert (await choices_of([village.member.id]))[village.member.id] == {"mail": {"wiki.mentioned": False}}


@pytest.mark.parametrize("change", ["kind", "person", "digest", "nothing", "garbage", "gone"])
async def test_a_link_that_was_not_made_here_ends_nothing(village: Village, change: str) -> None:
    good = unsubscribe_token(village.member.id, "wiki.mentioned")
    token = {
        "kind": good.replace("wiki.mentioned", "blog.post_published"),
        "person": good.replace(f"{village.member.id}-", f"{village.owner.id}-", 1),
        "digest": good[:-1] + ("0" if good[-1] != "0" else "1"),
        "nothing": "",
        "garbage": "é-\x00-" * 90,
        "gone": unsubscribe_token(village.member.id, "gone.kind"),
    }[change]
    for method in ("GET", "POST"):
        assert (await village.client().request(method, "/unsubscribe", params={"token": token})).status_code == 404
    assert await Setting.filter(scope="member", part="notifications").count() == 0


@pytest.mark.parametrize("reason", ["left", "off", "unsubscribed", "inactive", "moved", "plugin gone"])
async def test_a_letter_that_waited_does_not_leave_when_its_reason_has_ended(village: Village, reason: str) -> None:
    await _tell(village, village.member)
    if reason == "left":
        await village.leave(village.member, village.club)
    elif reason == "off":
        await village.switch("wiki", "off")
    elif reason == "unsubscribed":
        await choose(village.member.id, {"mail": {"wiki.mentioned": False}})
    elif reason == "inactive":
        await User.filter(id=village.member.id).update(is_active=False)
    elif reason == "moved":
        await User.filter(id=village.member.id).update(email="new@village.example")
    else:
        village.app.notifications.forget("wiki")
    await _time_passes()
    await village.app.jobs.run("core.deliver_mail")
    assert (_mails(village), await Mail.all().count()) == ([], 0)


async def test_a_letter_whose_reason_holds_leaves_once(village: Village) -> None:
    await _tell(village, village.member)
    await _time_passes()
    await village.app.jobs.run("core.deliver_mail")
    await village.app.jobs.run("core.deliver_mail")
    assert len(_mails(village)) == 1
    assert (await Mail.get()).sent_at is not None


async def test_telling_many_takes_as_many_queries_as_telling_few(village: Village) -> None:
    crowd = [await village.person(f"Crowd{number} Person") for number in range(30)]
    for person in crowd:
        await village.join(person, village.club)
    await _tell(village, crowd[0], key="what is kept of settings")
    with village.queries() as few:
        await _tell(village, crowd[0], key="few")
    with village.queries() as many:
        await _tell(village, *crowd, key="many")
    assert (many.count, len(await _recipients())) == (few.count, 30)


def _ticked(page: str) -> set[str]:
    return set(re.findall(r'name="on" value="([^"]+)" checked', page))
