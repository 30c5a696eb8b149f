"""What Cercle promises of every plugin, held here for comments; and what people take along or leave behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from cercle.testing import PluginContract, Village
from core.accounts.models import User
from plugins.comments.models import Comment
from plugins.comments.services.leaving import erase_works, files_of_person, holdings_of_person
from plugins.wiki.models import Page
from tests.comments.talking import of, page_of, say


class TestContract(PluginContract):
    """The gate, the freeze, the canary sweep, the number of queries, pages without scripts."""

    plugin = "comments"
    lists = ("/",)

    async def plant(self, village: Village, number: int) -> None:
        page = await Page.filter(club_id=village.club.id).first() or await page_of(village)
        sent = await village.client(village.member).post(of(page), data={"body": f"Comment {number}"})
        assert sent.status_code == 303

    async def test_no_word_of_a_hidden_club_comes_out(self, village: Village) -> None:
        """As for every plugin; here the forms stand below an item, so one is there with a first comment."""
        page = await page_of(village, club=village.hidden)
        await say(village, page, author=village.owner, club=village.hidden)
        await super().test_no_word_of_a_hidden_club_comes_out(village)


async def test_people_take_along_what_they_wrote(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Mine.")
    await say(village, page, "Theirs.", author=village.owner)
    (file,) = await files_of_person(village.member.id)
    lines = cast("AsyncIterator[bytes]", file.content)
    text = b"".join([part async for part in lines]).decode()
    assert ("Mine." in text, "Theirs." in text) == (True, False)
    assert [(one.count, one.alone, one.club) for one in await holdings_of_person(village.member.id)] == [
        (1, 1, "Atelier")
    ]


async def test_who_wants_their_comments_erased_leaves_empty_stones(village: Village) -> None:
    page = await page_of(village)
    first = await say(village, page, "Mine.")
    reply = await say(village, page, "Theirs.", to=first, author=village.owner)
    await say(village, page, "Mine, too.", to=reply)
    await erase_works(village.member.id)
    rows = [(one.body, one.author_id, one.answers, one.is_live) for one in await Comment.all().order_by("id")]
    assert rows == [("", None, 1, False), ("Theirs.", village.owner.id, 0, True)]


async def test_who_leaves_the_site_leaves_comments_without_a_name(village: Village) -> None:
    page = await page_of(village)
    await say(village, page, "Kept.")
    await User.filter(id=village.member.id).delete()
    shown = (await village.client(village.guest).get(of(page))).text
    assert ("Kept." in shown, "A former member" in shown) == (True, True)
