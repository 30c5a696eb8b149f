"""How a test goes through an identity provider: leaving the site with its page, and coming back with what the provider says."""

import html
import re
from typing import Any

import httpx

from core.accounts.models import Provider
from core.accounts.services.providers import ProviderRules, add_provider

CLIENT = "cercle"
SECRET = "a secret of the tests"
_LEADS_TO = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


async def connected(issuer: str, *, slug: str = "works", **rules: Any) -> Provider:
    """A provider that is connected to the site under the name `works`."""
    return await add_provider(
        title="Works Council" if slug == "works" else slug.title(),
        issuer=issuer,
        client_id=CLIENT,
        secret=SECRET,
        scopes="openid email profile",
        rules=ProviderRules(**rules),
        slug=slug,
        actor=None,
    )


def leads_to(answer: httpx.Response) -> str:
    """Where the page on the way leads the browser."""
    assert answer.status_code == 200, answer.text
    found = _LEADS_TO.search(answer.text)
    assert found is not None
    return html.unescape(found[1])


async def leave(client: httpx.AsyncClient, path: str = "/sign-in/providers/works", wanted: str = "") -> str:
    """Press the button that leads to a provider; answers its address."""
    return leads_to(await client.post(path, data={"next": wanted}))
