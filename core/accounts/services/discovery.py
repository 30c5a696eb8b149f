"""What a provider says about itself: its addresses and keys (OpenID Connect Discovery 1.0). Fetched anew for each visit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey
from pydantic import TypeAdapter

from core import outgoing
from core.accounts.models import Provider
from core.i18n import N_
from core.i18n import gettext as _
from core.outgoing import OutgoingError

WELL_KNOWN = "/.well-known/openid-configuration"
MOST_KEYS = 100
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""With which a provider may sign: all with a public key, so that nobody who only reads it can sign."""

_KEYS: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL = ("userinfo_endpoint", "end_session_endpoint")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a visit needs to know of a provider.

    Args:
        issuer: as the operator entered it.
        authorization_endpoint: where the browser goes.
        token_endpoint: where the code becomes a token.
        jwks_uri: where its public keys are.
        userinfo_endpoint: where more claims are, "" where there is none.
        end_session_endpoint: where people sign out there, "" where there is none.
        names_itself: whether it says in its answers who it is (RFC 9207).
        posts_secret: whether the client's secret goes into the form, where it takes no header.
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    names_itself: bool = False
    posts_secret: bool = False

    def facts(self) -> dict[str, object]:
        """As a step keeps it between leaving and coming back."""
        return asdict(self)

    @classmethod
    def of(cls, facts: object) -> Metadata:
        """From what a step kept."""
        return TypeAdapter(cls).validate_python(facts)


async def discover(issuer: str) -> Metadata:
    """Ask a provider for its addresses.

    Args:
        issuer: the address that the operator entered.

    Raises:
        OutgoingError: when it cannot be reached, names another issuer, or lacks something; in plain words.
    """
    answer = await outgoing.call(issuer.rstrip("/") + WELL_KNOWN, trusted=issuer)
    if answer.status != 200:
        raise OutgoingError(_("There is no description of a provider there (status %(status)s).", status=answer.status))
    said = answer.json()
    if not isinstance(said, dict) or said.get("issuer") != issuer:
        raise OutgoingError(N_("The provider calls itself something else: its issuer is not this address."))
    found = {name: _address(said, name, issuer) for name in (*_NEEDED, *_OPTIONAL)}
    missing = [name for name in _NEEDED if not found[name]]
    if missing:
        raise OutgoingError(_("The provider does not say where this is: %(names)s", names=", ".join(missing)))
    taken = said.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        **found,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
        posts_secret=isinstance(taken, list) and "client_secret_basic" not in taken,
    )


async def fetch_keys(metadata: Metadata) -> KeySet:
    """The public keys with which a provider signs at this moment; keys that could be used in other ways are left out.

    Raises:
        OutgoingError: when they cannot be had.
    """
    answer = await outgoing.call(metadata.jwks_uri, trusted=metadata.issuer)
    said = answer.json() if answer.status == 200 else None
    listed = said.get("keys") if isinstance(said, dict) else None
    found = [key for one in (listed if isinstance(listed, list) else [])[:MOST_KEYS] if (key := _key(one)) is not None]
    if not found:
        raise OutgoingError(N_("The provider shows no keys with which its answers could be checked."))
    return KeySet(found)


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at: whether it is well, and a sentence, translated."""

    is_well: bool
    text: str


async def check_provider(provider: Provider) -> list[Checked]:
    """Ask a provider all that a sign-in needs, and say what came of it."""
    try:
        metadata = await discover(provider.issuer)
        keys = await fetch_keys(metadata)
    except OutgoingError as error:
        return [Checked(False, _(error.message))]
    count = len(keys.keys)
    found = [
        Checked(True, _("The provider answers, and is who it should be.")),
        Checked(True, _("It shows its keys: %(count)s.", count=count)),
    ]
    if not metadata.names_itself:
        found.append(
            Checked(True, _("It does not name itself in its answers; separate return addresses stand in for that."))
        )
    if not metadata.end_session_endpoint:
        found.append(Checked(True, _("It offers no page for signing out there.")))
    return found


def _address(said: Mapping[str, Any], name: str, issuer: str) -> str:
    """An address from the description, "" when it is missing or less safe than the issuer's."""
    value = said.get(name)
    if not isinstance(value, str) or len(value) > 2000:
        return ""
    scheme, host, _port = outgoing.origin(value)
    return value if host and (scheme == "https" or (scheme == "http" and issuer.startswith("http:"))) else ""


def _key(said: object) -> Key | None:
    if not isinstance(said, dict) or said.get("use", "sig") != "sig":
        return None
    kind = _KEYS.get(str(said.get("kty")))
    try:
        return kind.import_key({**said, "use": "sig"}) if kind else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
