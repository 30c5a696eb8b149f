"""People at a browser. What goes wrong on their pages is noted: errors on the console, policy violations, broken requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Response, StorageState

from tests.browser.site import PASSWORD, Site

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
LOOK = (Path(__file__).parent / "look.js").read_text()
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
"""
PATIENCE = 8_000
"""Milliseconds until something that should be on a page counts as missing."""


class Visitor:
    """Somebody with one page open, in French unless said otherwise."""

    def __init__(self, page: Page, site: Site, *, scripts: bool = True) -> None:
        self.page, self.site, self.scripts = page, site, scripts
        self.faults: list[str] = []
        self._refused: set[str] = set()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"{error} on {page.url}"))

    async def open(self, path: str, *, expect: int = 200) -> Response:
        """Goes to a page of the site, which answers with the status `expect`, and looks at it.

        Raises AssertionError when it answers otherwise, or something is wrong with how the page is made.
        """
        if expect >= 400:  # browsers report these on the console
            self._refused.add(path.partition("?")[0])
        response = await self.page.goto(self.site.at(path))
        assert response is not None, f"{path} does not answer"
        assert response.status == expect, f"{path} answered {response.status} instead of {expect}"
        await self.look()
        return response

    async def look(self) -> None:
        """Looks at the page as it stands.

        Raises AssertionError that names what is wrong with it.
        """
        wrong = await self.page.evaluate(LOOK)
        assert not wrong, "\n".join([self.path, *wrong])

    async def press(self, name: str, *, role: Any = "button", exact: bool = True) -> None:
        """Presses the button or link of this name and waits for the page behind it, if there is one."""
        target = self.page.get_by_role(role, name=name, exact=exact).first
        leads = await target.get_attribute("href") or await target.get_attribute("type") == "submit"
        arrived = asyncio.Event()
        self.page.once("framenavigated", lambda _: arrived.set())
        await target.click()
        if leads:
            with suppress(TimeoutError):  # what a script of the page takes over leads nowhere
                await asyncio.wait_for(arrived.wait(), 2)
        await self.page.wait_for_load_state()

    async def fill(self, label: str, text: str) -> None:
        """Writes into the field whose label begins with `label`: in the rich editor where the page has one, key by key."""
        if self.scripts and await self.page.locator("textarea[data-editor]").count():
            await self.page.locator(".has-editor").first.wait_for()
        field = self.page.get_by_role("main").get_by_label(label).first
        if await field.get_attribute("contenteditable") != "true":
            await field.fill(text)
            return
        await field.focus()
        await self.page.keyboard.press("ControlOrMeta+a")
        await self.page.keyboard.press("Backspace")
        for number, line in enumerate(text.replace("\n\n", "\n").split("\n")):
            if number:
                await self.page.keyboard.press("Enter")
            await self.page.keyboard.type(line)

    async def sees(self, *texts: str) -> None:
        """Waits until each text stands on the page."""
        for text in texts:
            await self.page.get_by_role("main").get_by_text(text).first.wait_for()

    async def tabs(self) -> list[str]:
        """The names of the club's tabs."""
        return [text.strip() for text in await self.page.locator(".club-head .tabs a").all_inner_texts()]

    async def heading(self) -> str:
        """The page's heading."""
        return (await self.page.locator("h1").inner_text()).strip()

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.url).path

    def expect_refusal(self, path: str) -> None:
        """The browser may report that this path answered with an error; anything else it reports is a fault."""
        self._refused.add(path)

    def _hear(self, message: ConsoleMessage) -> None:
        source = urlsplit(message.location.get("url", "")).path
        expected = "the server responded with a status of 4" in message.text and source in self._refused
        if message.type in ("error", "warning") and not expected:
            self.faults.append(f"{message.type} on {self.page.url}: {message.text} ({source})")


class Door:
    """Lets people in; who has signed in once comes back with the same login session."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser, self._site = browser, site
        self._known: dict[str, StorageState] = {}

    @asynccontextmanager
    async def visit(
        self, person: str | None = None, *, device: dict[str, Any] = PHONE, scripts: bool = True, locale: str = "fr-FR"
    ) -> AsyncIterator[Visitor]:
        """Opens a browser of one's own until the block is left.

        Args:
            person: `owner`, `member` or `outsider` of the demo, signed in; None for nobody.
            device: PHONE or DESKTOP.
            scripts: whether JavaScript runs.
            locale: the browser's language.

        Raises AssertionError at the end when a page reported an error or broke the site's security policy.
        """
        context = await self._browser.new_context(
            **device,
            locale=locale,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            storage_state=await self._session(person) if person else None,
        )
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(TELL_VIOLATIONS)
        try:
            visitor = Visitor(await context.new_page(), self._site, scripts=scripts)
            yield visitor
            assert not visitor.faults, "\n".join(visitor.faults)
        finally:
            await context.close()

    async def _session(self, person: str) -> StorageState:
        if person not in self._known:
            async with self.visit() as visitor:
                await sign_in(visitor, person)
                self._known[person] = await visitor.page.context.storage_state()
        return self._known[person]


async def sign_in(visitor: Visitor, person: str) -> None:
    """Signs in through the form."""
    await visitor.page.goto(visitor.site.at("/sign-in"))
    await visitor.fill("Adresse e-mail", f"{person}@cercle.example")
    await visitor.fill("Mot de passe", PASSWORD)
    await visitor.page.keyboard.press("Enter")
    await visitor.page.wait_for_url(visitor.site.at("/"))
