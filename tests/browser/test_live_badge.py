"""The number at the bell: it comes by itself to a page that is open, and the bell is a link without scripts."""

from __future__ import annotations

from playwright.async_api import Page, Request

from tests.browser.visitors import DESKTOP, PHONE, Door, Visitor

PAGE = "/c/aquitaine/wiki/pages/nos-rencontres"
QUIET = 3_000  # ms for which an open page is watched


async def count(page: Page) -> int:
    """The number at the bell, 0 for none, once it has been asked for."""
    await page.locator(".topbar-count[data-live]").wait_for(state="attached")
    await page.wait_for_load_state("networkidle")
    return int(await page.locator(".topbar-count").text_content() or 0)


async def mention(author: Visitor, name: str, text: str) -> None:
    """Write a comment that mentions somebody."""
    await author.open(PAGE)
    await author.page.locator("#comments").wait_for()
    await author.page.get_by_role("link", name="Écrire un commentaire").click()
    field = author.page.locator("#comments-write [contenteditable=true]")
    await field.press_sequentially(f"@{name}")
    await author.page.locator("[role=listbox] [role=option]").first.click()
    await field.press_sequentially(f" {text}")
    await author.page.get_by_role("button", name="Commenter", exact=True).click()
    await author.page.locator(".comments-one", has_text=text).wait_for()


async def test_the_number_comes_by_itself_and_goes_when_all_is_read(door: Door) -> None:
    async with door.visit("owner", device=DESKTOP) as owner, door.visit("member", device=PHONE) as member:
        await member.open("/clubs")
        before = await count(member.page)
        await member.page.evaluate("self.same = true")
        await mention(owner, "Marc", "Peux-tu apporter le vidéoprojecteur ?")
        await member.page.locator(".topbar-count", has_text=str(before + 1)).wait_for()
        assert await member.page.evaluate("self.same")
        await member.look()
        await member.page.locator(".topbar-link").click()
        await member.page.wait_for_url("**/notifications")
        await member.page.get_by_role("button", name="Tout marquer comme lu").click()
        await member.page.locator(".topbar-count:empty").wait_for(state="attached")


async def test_an_open_page_asks_for_nothing_when_nothing_happens(door: Door) -> None:
    async with door.visit("member", device=DESKTOP) as member:
        await member.open("/clubs")
        await count(member.page)
        asked: list[str] = []

        def note(request: Request) -> None:
            asked.append(request.url)

        member.page.on("request", note)
        await member.page.wait_for_timeout(QUIET)
        assert asked == []


async def test_the_bell_is_a_link_without_scripts(door: Door) -> None:
    async with door.visit("member", device=PHONE, scripts=False) as member:
        await member.open("/clubs")
        await member.page.locator(".topbar-link").click()
        assert member.page.url.endswith("/notifications")
        assert await member.page.locator("h1").inner_text() == "Notifications"
