"""Flash messages: words for the next page, carried in a signed cookie."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.http import header
from core.render import Message as FlashMessage

FLASH = "cercle_flash"
ROOM = 3500  # characters; browsers drop cookies of more than 4096, so what does not fit loses its way back


class Flash:
    """Carries messages from one request to the next page in a signed cookie that lives until it is shown."""

    def __init__(self, inner: ASGIApp, *, key: str, secure: bool) -> None:
        self.inner, self.secure = inner, secure
        self.serializer = URLSafeSerializer(key, salt="flash")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        carried = self._read(scope)
        if carried:
            scope["cercle_messages"] = carried

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._write(scope, message, carried=bool(carried))
            await send(message)

        await self.inner(scope, receive, sending)

    def _read(self, scope: Scope) -> list[FlashMessage]:
        raw = header(scope, b"cookie")
        if FLASH not in raw:
            return []
        try:
            return [FlashMessage(*said) for said in self.serializer.loads(cookie_parser(raw).get(FLASH, ""))][:5]
        except (BadSignature, ValueError, TypeError):
            return []

    def _write(self, scope: Scope, message: Message, *, carried: bool) -> None:
        waiting = scope.pop("cercle_flash", None)
        if waiting:
            self._cookie(message, f"{FLASH}={self._signed(waiting[:5])}; Max-Age=600")
        elif carried and "cercle_messages" not in scope:
            self._cookie(message, f"{FLASH}=; Max-Age=0")

    def _signed(self, waiting: list[tuple[str, str, str | None, dict[str, str]]]) -> str:
        value = str(self.serializer.dumps(waiting))
        if len(value) <= ROOM:
            return value
        return str(self.serializer.dumps([(kind, text, None, {}) for kind, text, _, _ in waiting]))

    def _cookie(self, message: Message, text: str) -> None:
        secure = "; Secure" if self.secure else ""
        MutableHeaders(raw=message.setdefault("headers", [])).append(
            "set-cookie", f"{text}; Path=/; HttpOnly; SameSite=Lax{secure}"
        )
