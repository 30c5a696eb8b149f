"""E-mail addresses: what counts as one."""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address

from core.errors import Invalid
from core.i18n import gettext as _

MAX_ADDRESS = 254  # RFC 5321, 4.5.3.1.3
_MAILBOX = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>\s]+)>|(?P<alone>[^<>\s]+)")
# a dot-atom of RFC 5322 before the @, host names after it
_ADDRESS = re.compile(
    r"(?=.{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
    re.IGNORECASE,
)


def parse_address(text: str) -> Address:
    """The address in `address` or `Name <address>`, with the host name in ASCII.

    Raises:
        Invalid: when it is none.
    """
    try:
        return read_address(text)
    except ValueError:
        raise Invalid(_("“%(given)s” is not an e-mail address.", given=text[:80])) from None


def read_address(text: str) -> Address:
    """The address in a text. Raises ValueError when there is none."""
    found = _MAILBOX.fullmatch(text.strip())
    if found is None or not is_one_line(text):
        raise ValueError(text)
    local, _at, domain = (found["address"] or found["alone"]).rpartition("@")
    address = f"{local}@{domain.encode('idna').decode()}"
    if len(address) > MAX_ADDRESS or not _ADDRESS.fullmatch(address):
        raise ValueError(text)
    return Address(display_name=_unquoted(found["name"] or ""), addr_spec=address)


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return re.sub(r"\\(.)", r"\1", name[1:-1]) if quoted else name


def is_one_line(text: str) -> bool:
    return not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in text)
