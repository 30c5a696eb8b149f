"""What tests of sign-in share: browsers in other networks, jobs that run, and the forms that they send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from cercle.testing import Village
from core.accounts.models import User

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
DEVICE = "cercle-device"
HOME = "198.51.100.7"


def browser(village: Village, address: str = HOME, agent: str = FIREFOX, **headers: str) -> httpx.AsyncClient:
    """A browser of nobody that comes from an IP address; it follows no redirects."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(village.app, client=(address, 40_000)),
        base_url=village.app.settings.base_url,
        headers={"user-agent": agent} | {name.replace("_", "-"): value for name, value in headers.items()},
    )


async def sign_in(village: Village, client: httpx.AsyncClient, person: User, password: str = "") -> httpx.Response:
    """Send the form of the sign-in page."""
    return await client.post("/sign-in", data={"email": person.email, "password": password or village.password})


@asynccontextmanager
async def working(village: Village) -> AsyncIterator[None]:
    """Jobs that are nudged in the block have run when it is left."""
    await village.app.jobs.start(as_worker=True)
    try:
        yield
    finally:
        await village.app.jobs.close()
