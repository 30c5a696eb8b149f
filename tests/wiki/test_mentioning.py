"""Being told of a mention: once, when one's name comes into a page, and only where one may read it."""

from __future__ import annotations

from cercle.testing import Village
from core.accounts.models import User
from core.models import Mail
from plugins.wiki.models import Page
from plugins.wiki.services.mentioning import OFTEN


async def _write(village: Village, body: str) -> None:
    answer = await village.client(village.owner).post("/c/atelier/wiki/pages", data={"title": "Who", "body": body})
    assert answer.status_code == 303


async def _save(village: Village, person: User, body: str) -> None:
    page = await Page.get(slug="who")
    data = {"title": "Who", "body": body, "version": str(page.version)}
    answer = await village.client(person).post("/c/atelier/wiki/pages/who", data=data)
    assert answer.status_code == 303, answer.text


async def _told() -> list[str]:
    found = await Mail.all().order_by("recipient").values_list("recipient", flat=True)
    return [str(address).partition("@")[0] for address in found]


async def test_members_are_told_when_a_page_mentions_them(village: Village) -> None:
    await _write(village, "Ask @Member, @guest, @guest, @outsider, @nobody or me, @owner. Not `@moderator`.")
    assert await _told() == ["guest", "member"]
    mail = await Mail.get(recipient=village.member.email)
    assert mail.subject == "Oscar Owner mentions you in “Who”"
    assert "http://127.0.0.1:8000/c/atelier/wiki/pages/who" in mail.text
    assert "Ask" not in mail.text


async def test_only_a_name_that_comes_in_is_told(village: Village) -> None:
    await _write(village, "@member")
    await Mail.all().delete()
    await _save(village, village.owner, "@member and @guest")
    assert await _told() == ["guest"]


async def test_nobody_is_told_what_they_wrote_themselves(village: Village) -> None:
    await _write(village, "Nobody yet")
    await _save(village, village.member, "@member and @moderator")
    assert await _told() == ["moderator"]


async def test_one_page_tells_at_most_fifty_people(village: Village) -> None:
    for number in range(55):
        await village.join(await village.person(f"P{number} Q"), village.club)
    await _write(village, " ".join(f"@p{number}" for number in range(55)))
    assert await Mail.all().count() == 50


async def test_who_mentions_without_end_is_saved_and_tells_nobody_any_more(village: Village) -> None:
    for _ in range(60):
        await village.app.limits.hit(OFTEN, village.owner.id)
    await _write(village, "@member")
    assert (await Page.filter(slug="who").count(), await _told()) == (1, [])
