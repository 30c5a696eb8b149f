"""Browsers that people have signed in with before, and how a browser and a network are named to them.

A browser is known by a secret in a cookie of its own, of which the database has the SHA-256. It opens nothing: it says that a
sign-in from here is not news, and its tries are counted apart, so that a stranger's wrong ones do not shut its owner out
(OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from core.accounts.models import KnownDevice, User
from core.accounts.queries import normal_email
from core.accounts.sessions import digest
from core.db import atomic
from core.errors import Invalid
from core.i18n import gettext as _

DEVICE_LASTS = timedelta(days=400)  # the most that browsers keep a cookie for (RFC 6265bis, 5.5)
MOST_DEVICES = 50  # of one account; the one that was away longest goes
_SHOWN_BITS = {4: 24, 6: 48}  # of an address in the history: enough to tell one's own network from a stranger's
_LOCAL = tuple(
    ip_network(words)
    for words in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"^[A-Za-z][\w.-]{0,30}")


@dataclass(frozen=True, slots=True)
class Browser:
    """What a request says of the browser that it comes from.

    Args:
        name: its `User-Agent`, a claim.
        address: the IP address as far as it can be believed, see `core.limits.client_address`.
        secret: of its device cookie, "" when it brings none.
    """

    name: str = ""
    address: str = ""
    secret: str = ""

    @property
    def network(self) -> str:
        """The network that it comes from, as the history keeps it."""
        return shown_network(self.address)


async def knows_device(email: str, secret: str) -> bool:
    """Whether the owner of this address has signed in with this browser before.

    It takes one query when there is a secret and none otherwise, whether the address is known or not.
    """
    if not secret:
        return False
    try:
        address = normal_email(email)
    except Invalid:
        address = ""
    return await KnownDevice.filter(token_hash=digest(secret), user__email=address, user__is_active=True).exists()


async def meet_again(user: User, browser: Browser) -> bool:
    """Note that somebody uses a browser of theirs again; False when they do not know it."""
    if not browser.secret:
        return False
    known = KnownDevice.filter(token_hash=digest(browser.secret), user_id=user.id)
    now = datetime.now(UTC)
    return bool(await known.update(seen_at=now, device=browser.name[:200], network=browser.network))


async def remember_device(user: User, browser: Browser) -> str:
    """Make a browser known to a user, under a new secret.

    Others who use this browser stay known by the new secret, and the old one ends: who planted a cookie here, so as to be taken
    for this user elsewhere, holds nothing.

    Returns:
        The secret for the cookie; it is stored nowhere.
    """
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    async with atomic():
        if browser.secret:
            await KnownDevice.filter(token_hash=digest(browser.secret)).update(token_hash=digest(secret))
        row = KnownDevice(
            token_hash=digest(secret),
            user_id=user.id,
            device=browser.name[:200],
            network=browser.network,
            seen_at=now,
        )
        await KnownDevice.bulk_create([row], ignore_conflicts=True)
        await _drop_oldest(user)
    return secret


async def forget_devices(user_id: int, *, keep: str = "") -> None:
    """Every browser but the one with the secret `keep` is a stranger's again: the next sign-in from there is news."""
    await KnownDevice.filter(user_id=user_id).exclude(token_hash=digest(keep)).delete()


async def forget_old_devices() -> None:
    """Forget browsers whose cookie is gone by now."""
    await KnownDevice.filter(seen_at__lt=datetime.now(UTC) - DEVICE_LASTS).delete()


def device_words(user_agent: str) -> str:
    """What a browser calls itself, in plain words; a claim, not a fact."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    program = _PROGRAM.match(user_agent)
    return browser or system or (program.group() if program else _("Unknown device"))


def shown_network(address: str) -> str:
    """The network around an IP address: /24, or /48 for IPv6; "" where there is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(ip_network(f"{found}/{_SHOWN_BITS[found.version]}", strict=False))


def network_words(network: str) -> str:
    """Where a request came from, as far as that can be said without asking anybody: nobody's map is looked at."""
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        return _("unknown network")
    if found.is_loopback or found.network_address.is_loopback:
        return _("this server itself")
    if any(found.version == local.version and found.network_address in local for local in _LOCAL):
        return _("local network %(network)s", network=shown_network(str(found.network_address)))
    return _("network %(network)s", network=shown_network(str(found.network_address)))


async def _drop_oldest(user: User) -> None:
    over = KnownDevice.filter(user_id=user.id).order_by("-seen_at", "-id").offset(MOST_DEVICES).limit(100)
    ids = await over.values_list("id", flat=True)
    if ids:
        await KnownDevice.filter(id__in=ids).delete()
