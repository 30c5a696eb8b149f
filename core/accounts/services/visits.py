"""A visit to an identity provider: leaving with a challenge, coming back with a code (OpenID Connect, code flow with PKCE).

What is checked on return is kept on the server in a step that belongs to one browser; a provider's tokens are kept nowhere.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from core import current, outgoing
from core.accounts.models import Provider, SignInStep, User
from core.accounts.queries import normal_email
from core.accounts.services import links
from core.accounts.services.discovery import Metadata, discover, fetch_keys
from core.accounts.services.id_tokens import LEEWAY, WrongTokenError, read_id_token
from core.accounts.services.providers import rules_of, secret_of
from core.accounts.services.steps import begin_step, spend_step
from core.errors import Invalid
from core.i18n import N_
from core.markdown import clean_text
from core.outgoing import OutgoingError

logger = logging.getLogger("cercle.providers")

VISIT = "provider"
SIGN_IN, CONNECT, PROVE = "sign_in", "connect", "prove"
MOST_GROUPS = 500


class VisitError(Exception):
    """A visit that came to nothing; the text is a marked sentence for the person, the reason is in the log."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who came back from a provider, as far as it can be believed.

    Args:
        provider: where they were.
        subject: who they are there, for good.
        email: their address there, "" when it names none that is one.
        is_proved: whether the address counts as theirs by the provider's rules.
        name: as the provider shows it, "" when it shows none.
        groups: that they are in.
        is_strong: whether two factors were asked for there, in words that are believed.
    """

    provider: Provider
    subject: str
    email: str = ""
    is_proved: bool = False
    name: str = ""
    groups: tuple[str, ...] = ()
    is_strong: bool = False


async def begin_visit(
    provider: Provider, *, mode: str = SIGN_IN, wanted: str = "", user: User | None = None
) -> tuple[str, str]:
    """Prepare a visit.

    Args:
        provider: one that is switched on.
        mode: what it is for: `SIGN_IN`, `CONNECT` (to the account of `user`) or `PROVE` (that it is still `user`).
        wanted: where the person wants to be afterwards.
        user: whose account it is about.

    Returns:
        The provider's address for the browser, and the secret of the step for its cookie.

    Raises:
        OutgoingError: when the provider does not answer as it should.
    """
    metadata = await discover(provider.issuer)
    state, nonce, verifier = (secrets.token_urlsafe(48) for _number in range(3))
    facts = {"provider": provider.id, "mode": mode, "state": state, "nonce": nonce, "verifier": verifier}
    facts |= {"wanted": wanted, "metadata": metadata.facts()}
    secret = await begin_step(VISIT, user=user, facts=facts)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": return_address(provider),
        "scope": provider.scopes,
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    if mode == PROVE:
        asked |= {"prompt": "login", "max_age": "0"}
    return str(httpx.URL(metadata.authorization_endpoint).copy_merge_params(asked)), secret


async def end_visit(provider: Provider, step: SignInStep, said: Mapping[str, str]) -> Visitor:
    """Take what the browser brings back, and ask the provider who it is.

    Args:
        provider: whose return address was opened.
        step: the visit that this browser began; it is used up whatever comes.
        said: `code`, `state`, `iss` and `error` of the address.

    Raises:
        VisitError: when anything does not fit.
    """
    facts = step.facts
    if not hmac.compare_digest(str(facts["state"]).encode(), said.get("state", "").encode("utf-8", "replace")):
        raise _refused(provider, "state", N_("This answer belongs to another visit. Please begin again."))
    if not await spend_step(step):
        raise _refused(provider, "replay", N_("This answer was used already. Please begin again."))
    metadata = Metadata.of(facts["metadata"])
    if facts["provider"] != provider.id or metadata.issuer != provider.issuer:
        raise _refused(provider, "another provider", N_("This answer belongs to another visit. Please begin again."))
    if said.get("iss", metadata.issuer) != metadata.issuer or (metadata.names_itself and "iss" not in said):
        raise _refused(provider, "iss of the answer", N_("The answer does not come from where you were sent."))
    if "error" in said or not said.get("code"):
        raise _refused(provider, said.get("error", "no code"), N_("You were not signed in there."))
    try:
        claims = await _claims(provider, metadata, step, said["code"])
    except (WrongTokenError, OutgoingError) as error:
        raise _refused(
            provider, str(error), N_("The answer could not be trusted. Tell the people who run this site.")
        ) from error
    if facts["mode"] == PROVE and not _is_fresh(claims, step):
        raise _refused(provider, "auth_time", N_("You were not asked to sign in again there, so this proves nothing."))
    return _visitor(provider, claims)


def return_address(provider: Provider) -> str:
    """Where the provider sends people back to. Each has its own address, so that none answers for another."""
    return links.address_of("provider.callback", slug=provider.slug)


def farewell_address(provider: Provider, metadata: Metadata) -> str:
    """Where somebody signs out at the provider too (RP-Initiated Logout 1.0), "" where it offers no such page.

    The provider's own token would spare the person a question there, but it is not kept.
    """
    if not metadata.end_session_endpoint:
        return ""
    back = {"client_id": provider.client_id, "post_logout_redirect_uri": current.app().settings.base_url + "/"}
    return str(httpx.URL(metadata.end_session_endpoint).copy_merge_params(back))


async def _claims(provider: Provider, metadata: Metadata, step: SignInStep, code: str) -> dict[str, Any]:
    tokens = await _redeem(provider, metadata, code, str(step.facts["verifier"]))
    access = tokens.get("access_token")
    access = access if isinstance(access, str) else ""
    claims = read_id_token(
        tokens.get("id_token"),
        await fetch_keys(metadata),
        issuer=metadata.issuer,
        client_id=provider.client_id,
        nonce=str(step.facts["nonce"]),
        access_token=access,
    )
    wanted = {"email", "name", rules_of(provider).groups_claim.partition(".")[0]} - {""}
    if metadata.userinfo_endpoint and access and not wanted <= claims.keys():
        return {**await _userinfo(metadata, access, claims["sub"]), **claims}
    return claims


async def _redeem(provider: Provider, metadata: Metadata, code: str, verifier: str) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": return_address(provider)}
    form |= {"code_verifier": verifier}
    secret, headers = secret_of(provider), {}
    if secret is None or metadata.posts_secret:
        form |= {"client_id": provider.client_id} | ({"client_secret": secret} if secret else {})
    else:  # each half is encoded as in a form first (RFC 6749, section 2.3.1)
        pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    answer = await outgoing.call(metadata.token_endpoint, trusted=metadata.issuer, form=form, headers=headers)
    said = answer.json()
    if answer.status != 200 or not isinstance(said, dict):
        reason = said.get("error") if isinstance(said, dict) else ""
        raise WrongTokenError(f"token endpoint answered {answer.status} {str(reason)[:100]!r}")
    return said


async def _userinfo(metadata: Metadata, access: str, subject: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {access}"}
    answer = await outgoing.call(metadata.userinfo_endpoint, trusted=metadata.issuer, headers=headers, follow=False)
    said = answer.json() if answer.status == 200 else None
    if not isinstance(said, dict) or said.get("sub") != subject:
        raise WrongTokenError("userinfo is about somebody else")
    return said


def _is_fresh(claims: Mapping[str, Any], step: SignInStep) -> bool:
    at = claims.get("auth_time")
    begun = (step.created_at - timedelta(seconds=LEEWAY)).timestamp()
    return isinstance(at, int | float) and at >= begun


def _visitor(provider: Provider, claims: Mapping[str, Any]) -> Visitor:
    rules = rules_of(provider)
    email = _email(claims.get("email"))
    proved = rules.emails == "always" or (rules.emails == "said" and claims.get("email_verified") in (True, "true"))
    return Visitor(
        provider=provider,
        subject=claims["sub"],
        email=email,
        is_proved=bool(email) and proved,
        name=_text(claims.get("name")) or _text(claims.get("preferred_username")),
        groups=_groups(claims, rules.groups_claim),
        is_strong=rules.is_strong(claims.get("acr"), claims.get("amr")),
    )


def _groups(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """The groups that a claim lists: by its whole name, else step by step into objects."""
    if not path:
        return ()
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found] if isinstance(found, str) else []
    return tuple(sorted({text for one in listed[:MOST_GROUPS] if (text := _text(one, 200))}))


def _text(value: object, most: int = 120) -> str:
    """A text of a provider in one line; "" for what is none, or too long, or cannot be stored."""
    try:
        text = " ".join(clean_text(value).split()) if isinstance(value, str) and len(value) < 2000 else ""
    except Invalid:
        return ""
    return text if len(text) <= most else ""


def _email(value: object) -> str:
    try:
        return normal_email(value) if isinstance(value, str) else ""
    except Invalid:
        return ""


def _refused(provider: Provider, reason: str, sentence: str) -> VisitError:
    logger.warning("Sign-in through %s refused: %s", provider.slug, repr(reason)[:300])
    return VisitError(sentence)
