"""Posts to push services (RFC 8030) go through the one outgoing client; its checks of addresses hold for them as for all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from core.i18n import N_
from core.outgoing import SECONDS, OutgoingError, _client


async def post_sealed(url: str, body: bytes, *, headers: Mapping[str, str], trusted: str = "") -> int:
    """Post an encrypted message to a push service; follows no redirect and reads no answer.

    Args:
        url: the address that a browser gave.
        body: what only the browser can read.
        headers: of the request.
        trusted: an address that the operator entered; its scheme, host and port may lie in a private network.

    Returns:
        The status of the answer.

    Raises:
        OutgoingError: after 5 s, for an address that is not allowed, and when nobody answers.
    """
    try:
        async with (
            asyncio.timeout(SECONDS),
            _client(trusted) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            return response.status_code
    except TimeoutError:
        raise OutgoingError(N_("The server did not answer within 5 seconds.")) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise OutgoingError(N_("The server cannot be reached.")) from error
