"""Second factors of the village's people: setting up an app, its codes, and signing in with both."""

import re
import time

import httpx
import pyotp

from cercle.testing import Village
from core.accounts.models import User
from core.accounts.services.authenticators import PERIOD, keep_authenticator, new_secret


async def with_app(person: User) -> str:
    """Give a person an authenticator app; answers its secret."""
    secret = new_secret()
    await keep_authenticator(person, secret, 0)
    return secret


def code_of(secret: str, offset: int = 0) -> str:
    """The code that the app shows now, or so many steps later."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // PERIOD + offset)


def wrong_code(secret: str) -> str:
    """Six digits that the app does not show these minutes."""
    shown = {code_of(secret, offset) for offset in range(-3, 4)}
    return next(
        code
        for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
        if code not in shown
    )


async def password_given(village: Village, person: User, wanted: str = "/account/") -> httpx.AsyncClient:
    """A browser in which the password was right, and which waits for the second factor."""
    client = village.client()
    answer = await client.post("/sign-in", data={"email": person.email, "password": village.password, "next": wanted})
    assert answer.headers["location"] == "/sign-in/factor"
    return client


async def signed_in(village: Village, person: User, secret: str) -> httpx.AsyncClient:
    """A browser in which password and code were given."""
    client = await password_given(village, person)
    for offset in (-1, 0, 1):
        answer = await client.post("/sign-in/factor", data={"code": code_of(secret, offset)})
        if answer.status_code == 303:
            return client
    raise AssertionError("no code of this app was taken")


def shown_secret(page: str) -> str:
    """The secret on the page that sets an app up."""
    found = re.search(r'class="factor-secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert found is not None
    return found.group(1).replace(" ", "")


def shown_codes(page: str) -> list[str]:
    """The recovery codes on the page that shows them."""
    return re.findall(r"<code>([A-Z2-7-]{29})</code>", page)
