"""What passkeys are bound to: the name and origin of this site, from the configured address and nothing that a request says."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from core import current
from core.errors import Invalid
from core.i18n import gettext as _

T = TypeVar("T")


def site_id() -> str:
    """The relying party's id (WebAuthn Level 3, 5.4.2): the host name of the site."""
    return urlsplit(current.app().settings.base_url).hostname or ""


def site_origin() -> str:
    """Where answers must come from, as browsers write it: scheme, host name, port."""
    parts = urlsplit(current.app().settings.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def takes_passkeys() -> bool:
    """Whether browsers make passkeys for this site: it has a name, not a number, and comes over https or is `localhost`."""
    name = site_id()
    try:
        ip_address(name)
    except ValueError:
        return current.app().settings.is_secure or name == "localhost"
    return False


def checked(check: Callable[[], T]) -> T:
    """The outcome of a check by the library, which stumbles over hostile answers in many ways.

    Raises:
        Invalid: when the answer is not right, whatever is wrong with it.
    """
    try:
        return check()
    except Exception as error:  # its parsers raise whatever they meet, and all of it means the same
        raise Invalid(_("This passkey could not be checked. Please try again.")) from error


def too_late() -> Invalid:
    """The error for a challenge that is unknown, used, expired or another browser's."""
    return Invalid(_("This took too long, or was done twice. Please try again."))
