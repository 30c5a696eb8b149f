"""Passkeys in a browser that has a device for them, without JavaScript, and where no device is."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.async_api import CDPSession, expect

from tests.browser.site import Site, demo_site
from tests.browser.visitors import DESKTOP, PATIENCE, PHONE, Door, Visitor, sign_in

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
TELL_ASKED = """
const ask = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = (options) => {
  const found = ask(options);
  document.documentElement.dataset.asked = "";
  return found;
};
"""
MAKE, USE = "Créer une clé d’accès", "Se connecter avec une clé d’accès"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo under a name, to which browsers bind passkeys, and not under a number."""
    with demo_site(tmp_path_factory.mktemp("named"), host="localhost") as site:
        yield site


class Device:
    """The authenticator of one page, as Chromium plays it."""

    def __init__(self, session: CDPSession, number: str) -> None:
        self._session, self._number = session, number

    async def answers(self, now: bool) -> None:
        """Whether the person touches it when it is asked."""
        await self._session.send(
            "WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self._number, "enabled": now}
        )

    async def unlocks(self, now: bool) -> None:
        """Whether finger, face or PIN are right."""
        await self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._number, "isUserVerified": now})

    async def keys(self) -> int:
        """How many passkeys it holds."""
        found = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._number})
        return len(found["credentials"])


async def device_of(visitor: Visitor) -> Device:
    """Give the visitor's page an authenticator."""
    session = await visitor.page.context.new_cdp_session(visitor.page)
    await session.send("WebAuthn.enable", {"enableUI": False})
    made = await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Device(session, made["authenticatorId"])


async def sign_out(visitor: Visitor) -> None:
    await visitor.page.evaluate("fetch('/sign-out', { method: 'POST' })")


async def make_passkey(visitor: Visitor) -> None:
    await visitor.open("/account/passkeys")
    await visitor.page.get_by_role("button", name=MAKE).click()
    await visitor.page.get_by_text("Votre clé d’accès est prête").first.wait_for()


async def test_a_passkey_is_made_and_signs_in_with_the_button_and_by_itself(door: Door) -> None:
    async with door.visit(device=PHONE) as member:
        device = await device_of(member)
        await sign_in(member, "member")
        await make_passkey(member)
        await member.look()
        await member.sees("Chrome sous Linux", "pas encore utilisée")
        assert await device.keys() == 1

        await device.answers(False)
        await sign_out(member)
        await member.page.add_init_script(TELL_ASKED)
        await member.open("/sign-in?next=/account/passkeys")
        await member.page.locator("html[data-asked]").wait_for()  # it is among the proposals now, untouched
        await device.answers(True)
        await member.page.get_by_role("button", name=USE).click()
        await member.page.wait_for_url(member.site.at("/account/passkeys"))
        await member.sees("dernière utilisation")

        await sign_out(member)
        with suppress(Exception):  # the device answers while the page still loads, which ends the navigation
            await member.page.goto(member.site.at("/sign-in?next=/account/sessions"))
        await member.page.wait_for_url(member.site.at("/account/sessions"))

        await member.open("/account/passkeys")
        await member.page.get_by_text("Changer").first.click()
        await member.look()
        await member.press("Retirer : Chrome sous Linux")
        await member.sees("Pas encore de clé d’accès")
        async with asyncio.timeout(PATIENCE / 1000):
            while await device.keys():  # the page tells the device, which forgets it
                pass


async def test_a_passkey_is_the_second_factor_after_a_password_and_a_proof(door: Door) -> None:
    async with door.visit(device=DESKTOP) as outsider:
        device = await device_of(outsider)
        await sign_in(outsider, "outsider")
        await make_passkey(outsider)
        await device.answers(False)
        await sign_out(outsider)
        await outsider.page.goto(outsider.site.at("/sign-in?next=/account/passkeys"))
        await outsider.fill("Adresse e-mail", "outsider@cercle.example")
        await outsider.fill("Mot de passe", "cercle-demo")
        await outsider.page.keyboard.press("Enter")
        await outsider.page.wait_for_url(outsider.site.at("/sign-in/factor"))
        await device.answers(True)
        await outsider.page.get_by_role("button", name="clé d’accès").first.click()
        await outsider.page.wait_for_url(outsider.site.at("/account/passkeys"))

        await outsider.page.goto(outsider.site.at("/account/proof?next=/account/password"))
        await outsider.page.get_by_role("button", name="clé d’accès").first.click()
        await outsider.page.wait_for_url(outsider.site.at("/account/password"))


async def test_a_device_that_is_not_unlocked_says_so_and_may_try_again(door: Door) -> None:
    async with door.visit("owner", device=PHONE) as owner:
        device = await device_of(owner)
        await device.unlocks(False)
        await owner.open("/account/passkeys")
        button = owner.page.get_by_role("button", name=MAKE)
        await button.click()
        await owner.sees("Cela n’a pas fonctionné, ou a été annulé")
        await expect(button).to_be_enabled()
        assert await device.keys() == 0


async def test_without_javascript_the_password_is_asked_and_the_page_says_why(door: Door) -> None:
    async with door.visit("owner", scripts=False) as owner:
        await owner.open("/account/passkeys")
        assert "Créer une clé d’accès demande JavaScript" in await owner.page.locator("noscript").first.inner_html()
        await expect(owner.page.get_by_role("button", name=MAKE)).to_be_hidden()
    async with door.visit(scripts=False) as stranger:
        await stranger.open("/sign-in")
        await expect(stranger.page.get_by_role("button", name=USE)).to_be_hidden()
        await expect(stranger.page.get_by_label("Mot de passe")).to_be_visible()


async def test_a_browser_without_passkeys_says_so(door: Door) -> None:
    async with door.visit("owner") as owner:
        await owner.page.add_init_script("delete window.PublicKeyCredential")
        await owner.open("/account/passkeys")
        await owner.sees("Ce navigateur ne sait pas créer de clé d’accès")
        await expect(owner.page.get_by_role("button", name=MAKE)).to_be_hidden()
