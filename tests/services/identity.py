"""An OpenID Connect provider: the package oidc-provider, run by node."""

import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.services.processes import ServiceError, accepts_connections, free_port, running

SCRIPT = Path(__file__).with_name("identity_provider.mjs")
MOST_STEPS = 10


@dataclass(slots=True)
class IdentityProvider:
    """A running provider. Args: url: its issuer. site: which it sends people back to."""

    url: str
    site: str
    client_id: str = "cercle"
    secret: str = "a secret of the tests"

    def set_people(self, people: Mapping[str, Mapping[str, Any]]) -> None:
        """Say who has an account there: claims by subject."""
        httpx.post(f"{self.url}/test/people", json=people).raise_for_status()

    async def sign_in(
        self, address: str, person: str, *, amr: str = "pwd", browser: httpx.AsyncClient | None = None
    ) -> str:
        """Go where the site leads, sign in as this person, and answer the address on the site to which the provider leads back.

        Args:
            address: of the authorization endpoint, as the site made it.
            person: their subject.
            amr: which proofs they gave, with spaces between.
            browser: one that may be signed in there already; a new one unless given.
        """
        async with _kept(browser) as client:
            answer = await client.get(address)
            for _number in range(MOST_STEPS):
                target = str(urljoin(str(answer.url), answer.headers.get("location", "")))
                if target.startswith(self.site):
                    return target
                if "location" in answer.headers:
                    answer = await client.get(target)
                elif "/interaction/" in str(answer.url):
                    answer = await client.post(answer.url, data={"person": person, "amr": amr})
                else:
                    raise ServiceError(f"{answer.status_code} {answer.text[:500]}")
        raise ServiceError("the provider leads in a circle")


@contextmanager
def identity_provider(folder: Path, site: str) -> Iterator[IdentityProvider]:
    """Run a provider on a free port of 127.0.0.1.

    Args:
        folder: for its log.
        site: the base address of the site that people come from.
    """
    node = shutil.which("node")
    if node is None:
        raise ServiceError("node is not installed")
    port = free_port()
    command = [node, str(SCRIPT), str(port), site]
    with running(
        command, ready=lambda: accepts_connections(port), log=folder / "identity.log", stop_signal=signal.SIGTERM
    ):
        yield IdentityProvider(f"http://127.0.0.1:{port}", site)


@asynccontextmanager
async def _kept(given: httpx.AsyncClient | None) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that was given and stays open, or a new one."""
    if given is not None:
        yield given
        return
    async with httpx.AsyncClient() as client:
        yield client
