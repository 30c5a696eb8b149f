"""The one way in which the site calls other servers: only where it was told to, never into its own network by accident.

Every name is resolved here and every address checked; the connection then goes to the address that was checked, also after each
redirect, so that a name which answers differently a moment later gains nothing.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import httpx

from core.errors import CercleError
from core.i18n import N_

SECONDS = 5.0  # for one call, redirects included
MOST_BYTES = 1024 * 1024
MOST_REDIRECTS = 3

Address = IPv4Address | IPv6Address


class OutgoingError(CercleError):
    """A server could not be called, or its answer could not be used."""

    status = 502
    title = N_("Another server did not answer as it should")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Args:
        status: of the answer.
        body: at most 1 MiB.
        headers: with lower-case names.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            OutgoingError: when it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise OutgoingError(N_("The answer is not JSON.")) from None


async def call(
    url: str,
    *,
    trusted: str = "",
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    follow: bool = True,
) -> Answer:
    """Fetch an address, or post a form to it.

    Args:
        url: http or https.
        trusted: an address that the operator entered; its scheme, host and port may lie in a private network.
        form: fields to post; a post follows no redirect.
        headers: more of them; never sent on to where a redirect leads.
        follow: whether up to 3 redirects are followed.

    Raises:
        OutgoingError: after 5 s, past 1 MiB, for an address that is not allowed, and when nobody answers.
    """
    try:
        async with asyncio.timeout(SECONDS), _client(trusted) as client:
            return await _fetch(
                client, url, form, dict(headers or {}), MOST_REDIRECTS if follow and form is None else 0
            )
    except TimeoutError:
        raise OutgoingError(N_("The server did not answer within 5 seconds.")) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        raise OutgoingError(N_("The server cannot be reached.")) from error


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of an address, for comparing two.

    Raises:
        OutgoingError: when it is none.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise OutgoingError(N_("This is not an address.")) from None
    return parsed.scheme, parsed.host, parsed.port or {"http": 80, "https": 443}.get(parsed.scheme)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open network: not this machine, not a private, shared, mapped or reserved one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return False
    return address.is_global and not address.is_multicast


async def _fetch(
    client: httpx.AsyncClient, url: str, form: Mapping[str, str] | None, headers: dict[str, str], redirects: int
) -> Answer:
    headers = {"accept-encoding": "identity", "accept": "application/json", **headers}
    method = "GET" if form is None else "POST"
    async with client.stream(method, url, data=form, headers=headers) as response:
        if response.is_redirect and redirects:
            target = str(response.url.join(response.headers["location"]))
            if response.url.scheme == "https" and not target.startswith("https:"):
                raise OutgoingError(N_("The server leads from an encrypted address to one that is not."))
            return await _fetch(client, target, None, {}, redirects - 1)
        return Answer(response.status_code, await _body(response), dict(response.headers))


async def _body(response: httpx.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise OutgoingError(N_("The answer is packed in a way that was not asked for."))
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise OutgoingError(N_("The answer is too large."))
    return bytes(body)


def _client(trusted: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=_Checked(origin(trusted) if trusted else None), follow_redirects=False, timeout=SECONDS
    )


class _Checked(httpx.AsyncBaseTransport):
    """Connects to addresses that were checked, under the name that was asked for."""

    def __init__(self, trusted: tuple[str, str, int | None] | None) -> None:
        self._trusted = trusted
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https") or request.url.userinfo:
            raise OutgoingError(N_("Only addresses that begin with http:// or https:// can be called."))
        host = request.url.host
        addresses = await _resolve(host, request.url.port)
        if origin(str(request.url)) != self._trusted and not all(map(is_public, addresses)):
            raise OutgoingError(N_("The address lies in a private network."))
        request.extensions["sni_hostname"] = host
        return await self._try_each(request, addresses)

    async def _try_each(self, request: httpx.Request, addresses: list[Address]) -> httpx.Response:
        asked = request.url
        for address in addresses[:-1]:
            request.url = asked.copy_with(host=str(address))
            try:
                return await self._inner.handle_async_request(request)
            except httpx.ConnectError:
                continue
            finally:
                request.url = asked
        request.url = asked.copy_with(host=str(addresses[-1]))
        try:
            return await self._inner.handle_async_request(request)
        finally:
            request.url = asked

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _resolve(host: str, port: int | None) -> list[Address]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port or 443, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not addresses:
        raise OutgoingError(N_("The server cannot be reached."))
    return addresses
