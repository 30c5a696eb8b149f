"""Comments below a page as people use them: written without another page, found live, about a passage, by keyboard alone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.async_api import Locator, Page

from tests.browser.checks import SCHEMES, audit
from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

PAGE = "/c/aquitaine/wiki/pages/nos-rencontres"
SELECT = """() => {
  const walker = document.createTreeWalker(document.querySelector("#main .prose"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const [words] = walker.currentNode.data.match(/\\w+ \\w+ \\w+/) ?? [];
    if (!words) continue;
    const at = walker.currentNode.data.indexOf(words);
    getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + words.length);
    return words;
  }
}"""
MARKED = """[...(CSS.highlights.get("comments-passage") ?? [])].map(String)"""


async def below(visitor: Visitor) -> Locator:
    """The comments below the page, when they have come."""
    comments = visitor.page.locator("#comments")
    await comments.wait_for()
    return comments


async def begin(page: Page) -> Locator:
    """The open form, with the caret in the text."""
    await page.get_by_role("link", name="Écrire un commentaire").click()
    await page.locator("#comments-write [contenteditable=true]:focus").wait_for()
    return page.locator("#comments-write [contenteditable=true]")


async def comment(visitor: Visitor, text: str) -> None:
    """Write a comment below the page."""
    field = await begin(visitor.page)
    await field.press_sequentially(text)
    await visitor.page.get_by_role("button", name="Commenter", exact=True).click()
    await visitor.page.locator(".comments-one", has_text=text).wait_for()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_a_comment_is_written_and_answered_without_another_page(door: Door, device: dict[str, Any]) -> None:
    async with door.visit("member", device=device) as member:
        await member.open(PAGE)
        await below(member)
        await member.page.evaluate("self.same = true")
        said = f"Qui apporte le café ? ({device['viewport']})"
        await comment(member, said)
        thread = member.page.locator(".comments-thread", has_text=said)
        await thread.get_by_role("link", name="Répondre").click()
        await thread.locator("[contenteditable=true]").press_sequentially("Moi, volontiers.")
        await thread.get_by_role("button", name="Répondre", exact=True).click()
        await thread.locator(".comments-one", has_text="Moi, volontiers.").wait_for()
        assert await member.page.evaluate("self.same")
        assert await member.page.locator("#comments-write a").count() == 1
        await member.look()


async def test_what_somebody_else_writes_is_offered_and_moves_nothing(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", device=DESKTOP) as member:
        await owner.open(PAGE)
        await below(owner)
        draft = await begin(owner.page)
        await draft.press_sequentially("Je réfléchis encore")
        await member.open(PAGE)
        await below(member)
        await comment(member, "La salle est réservée.")
        offered = owner.page.get_by_role("link", name="1 nouveau commentaire")
        await offered.wait_for()
        assert await owner.page.locator(".comments-one", has_text="La salle est réservée.").count() == 0
        await offered.click()
        await owner.page.locator(".comments-one", has_text="La salle est réservée.").wait_for()
        assert await offered.count() == 0
        assert (await draft.inner_text()).strip() == "Je réfléchis encore"


async def test_a_selected_passage_is_commented_on_and_marked(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(PAGE)
        await below(member)
        words = await member.page.evaluate(SELECT)
        await member.page.get_by_role("button", name="Commenter ce passage").click()
        field = member.page.locator("#comments-write [contenteditable=true]")
        await field.press_sequentially("À préciser.")
        assert (await member.page.locator("#comments-write blockquote").inner_text()).strip() == words
        await member.page.get_by_role("button", name="Commenter", exact=True).click()
        written = member.page.locator(".comments-one", has_text="À préciser.")
        await written.wait_for()
        assert (await written.locator("blockquote").inner_text()).strip() == words
        await member.open(PAGE)
        await member.page.locator("[data-quote][data-found]").first.wait_for()
        assert words in await member.page.evaluate(MARKED)


async def test_a_comment_is_written_with_the_keyboard_alone(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open(PAGE)
        await below(member)
        await member.page.get_by_role("link", name="Écrire un commentaire").focus()
        await member.page.keyboard.press("Enter")
        await member.page.locator("#comments-write [contenteditable=true]:focus").wait_for()
        await member.page.keyboard.type("Sans souris.")
        await member.page.get_by_role("button", name="Commenter", exact=True).focus()
        await member.page.keyboard.press("Enter")
        written = member.page.locator(".comments-one", has_text="Sans souris.")
        await written.wait_for()
        await written.locator("summary[aria-label=Réagir]").focus()
        await member.page.keyboard.press("Enter")
        await written.get_by_role("button", name="Je suis d’accord").first.focus()
        await member.page.keyboard.press("Enter")
        await written.locator(".comments-sign-mine").first.wait_for()


async def test_without_scripts_a_link_leads_to_the_comments_and_they_are_written_there(door: Door) -> None:
    async with door.visit("member", scripts=False) as member:
        await member.open(PAGE)
        await member.press("Commentaires", role="link")
        await member.press("Écrire un commentaire", role="link")
        await member.fill("Texte", "Sans script.")
        await member.fill("Passage", "quelques mots")
        await member.press("Commenter")
        await member.sees("Sans script.", "quelques mots")


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_comments_below_a_page_are_for_everyone(door: Door, scheme: Literal["light", "dark"]) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.page.emulate_media(color_scheme=scheme)
        await member.open("/c/aquitaine/wiki/pages/tarifs-et-devis")
        await below(member)
        await begin(member.page)
        assert await audit(member.page) == []
