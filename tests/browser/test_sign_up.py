"""Signing up in Chromium: the browser solves the puzzle, or the person waits where scripts are off."""

import re
import time
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest
from playwright.async_api import Browser, expect

from tests.browser.site import Site, fresh_site

WORDS = "four random words here"


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site where everybody may sign up."""
    with fresh_site(tmp_path_factory.mktemp("open"), CERCLE_SIGN_UP="open") as site:
        yield site


def letter_to(site: Site, address: str) -> str:
    """The link in the mail to an address, which may be on its way still."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for path in (site.folder / "mail").glob("*.eml"):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            if mail["to"] == address and body is not None:
                found = re.search(r"https?://\S+/sign-up/\S+", str(body.get_content()))
                assert found is not None
                return found.group(0)
    raise AssertionError(f"no mail to {address} has come")


async def test_a_browser_solves_the_puzzle_and_the_link_makes_an_account(browser: Browser, open_site: Site) -> None:
    async with await browser.new_context(locale="fr-FR", base_url=open_site.url) as context:
        page = await context.new_page()
        await page.goto("/sign-up")
        await page.get_by_label("Adresse e-mail").fill("nouvelle@cercle.example")
        await page.get_by_role("main").get_by_role("button", name="Envoyer").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Consultez votre messagerie")
        await page.goto(letter_to(open_site, "nouvelle@cercle.example"))
        await page.get_by_label("Votre nom").fill("Nina Nouvelle")
        password = page.locator("[name=password]")
        await password.fill(WORDS)
        await page.get_by_role("button", name="Afficher le mot de passe").click()
        await expect(password).to_have_attribute("type", "text")
        await page.get_by_role("button", name="Masquer le mot de passe").click()
        await expect(password).to_have_attribute("type", "password")
        await page.get_by_role("button", name="Créer mon compte", exact=True).click()
        await page.wait_for_url(open_site.at("/"))
        await page.goto("/account/")
        await expect(page.locator("[name=name]")).to_have_value("Nina Nouvelle")


async def test_without_scripts_a_person_waits_and_gets_through(browser: Browser, open_site: Site) -> None:
    address = "patiente@cercle.example"
    async with await browser.new_context(locale="fr-FR", base_url=open_site.url, java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto("/sign-up")
        await expect(page.get_by_role("main")).to_contain_text("au moins 20 secondes")
        await page.get_by_label("Adresse e-mail").fill(address)
        send = page.get_by_role("main").get_by_role("button", name="Envoyer")
        await send.click()
        await expect(page.get_by_role("main")).to_contain_text("puis envoyez de nouveau")
        await expect(page.get_by_label("Adresse e-mail")).to_have_value(address)
        heading, until = page.get_by_role("heading", level=1), time.monotonic() + 40
        while await heading.text_content() != "Consultez votre messagerie" and time.monotonic() < until:
            await send.click()
        await expect(heading).to_have_text("Consultez votre messagerie")
        assert letter_to(open_site, address).startswith(open_site.at("/sign-up/"))
