"""A hostile identity provider: a server in the test process that answers as each test wants it to."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.accounts.visiting import CLIENT

KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})

View = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Hostile:
    """A provider that lies.

    Args:
        url: its issuer.
        description: what its description says otherwise.
        claims: what its ID tokens say otherwise; None leaves a claim out.
        header: of its ID tokens.
        key: that it signs with.
        keys: that it shows.
        forge: makes ID tokens of the claims in another way.
        userinfo: what it says about people beside the token.
        views: whole answers, by path.
        asked: the paths that were called.
    """

    url: str
    nonce: str = ""
    description: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "first"})
    key: RSAKey | OctKey = field(default_factory=lambda: KEY)
    keys: list[dict[str, Any]] = field(default_factory=lambda: [dict(KEY.as_dict(private=False))])
    userinfo: dict[str, Any] | None = None
    forge: Callable[[dict[str, Any]], str] | None = None
    views: dict[str, View] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def visited(self, address: str) -> dict[str, str]:
        """Take note of the browser that arrives; answers what a good provider would send back with it."""
        params = httpx.URL(address).params
        self.nonce = params["nonce"]
        return {"code": "c0de", "state": params["state"], "iss": self.url}

    def signed(self, **claims: Any) -> str:
        """A token with the usual claims, and these."""
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "sub": "eve", "iat": now, "exp": now + 300}
        said = {name: value for name, value in (usual | claims).items() if value is not None}
        if self.forge is not None:
            return self.forge(said)
        return jwt.encode(self.header, said, self.key, algorithms=["RS256", "HS256"])

    def be_honest(self) -> None:
        """Forget all lies."""
        fresh = Hostile(self.url)
        for name in ("description", "claims", "header", "key", "keys", "userinfo", "forge", "views", "asked"):
            setattr(self, name, getattr(fresh, name))

    async def answer(self, request: Request) -> Response:
        """Everything that it is asked."""
        path = request.url.path
        self.asked.append(path)
        if path in self.views:
            return await self.views[path](request)
        if path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/jwks"}
            said = {name: self.url + target for name, target in names.items()}
            named = {"issuer": self.url, "authorization_response_iss_parameter_supported": True}
            if self.userinfo is not None:
                named["userinfo_endpoint"] = f"{self.url}/userinfo"
            return JSONResponse({**said, **named, **self.description})
        if path == "/jwks":
            return JSONResponse({"keys": self.keys})
        if path == "/token":
            claims = {
                "nonce": self.nonce,
                "email": "eve@example.org",
                "email_verified": True,
                "name": "Eve",
                **self.claims,
            }
            return JSONResponse({"access_token": "access", "id_token": self.signed(**claims)})
        return JSONResponse(self.userinfo or {})


@asynccontextmanager
async def hostile_provider() -> AsyncIterator[Hostile]:
    """Run one on a free port of 127.0.0.1, in this event loop."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    hostile = Hostile(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = Starlette(routes=[Route("/{path:path}", hostile.answer, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0)
        yield hostile
    finally:
        server.should_exit = server.force_exit = True
        await serving
