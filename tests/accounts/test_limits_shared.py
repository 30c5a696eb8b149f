"""Limits of guessing: who is stopped, who is not, and that several processes count together."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, SignIn
from core.accounts.views.entry import Proof
from core.accounts.views.tries import ACCOUNT, NETWORK
from core.limits import Limits
from core.models import Mail
from tests.accounts.test_sign_in import counted
from tests.accounts.working import FIREFOX, browser, sign_in
from tests.services.processes import accepts_connections, free_port, running

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def known(village: Village) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with which the member has signed in, and out."""
    async with browser(village) as client:
        assert (await sign_in(village, client, village.member)).status_code == 303
        await client.post("/sign-out")
        yield client


async def guess(village: Village, address: str, times: int, email: str = "") -> list[int]:
    """Wrong passwords from one address, all at once; answers how each was refused."""
    data = {"email": email or village.member.email, "password": "wrong"}
    async with browser(village, address) as stranger:
        return [
            a.status_code for a in await asyncio.gather(*(stranger.post("/sign-in", data=data) for _ in range(times)))
        ]


async def attack(village: Village) -> None:
    """Many networks have tried passwords on the member's account until nobody may any more."""
    for _try in range(60):
        await village.app.limits.hit(ACCOUNT, village.member.email)
    assert await guess(village, "203.0.113.9", 1) == [429]


async def test_a_stranger_is_stopped_and_shuts_the_owner_out_of_no_browser_that_they_know(village: Village) -> None:
    async with known(village) as mine:
        await attack(village)
        assert (await sign_in(village, mine, village.member)).status_code == 303


async def test_a_stranger_in_the_same_network_shuts_the_owner_out_of_no_browser_either(village: Village) -> None:
    async with known(village) as mine:
        for _try in range(99):  # and the one of before
            await village.app.limits.hit(NETWORK, "198.51.100.7/32")
        assert await guess(village, "198.51.100.7", 1, "nobody@village.example") == [429]
        assert (await sign_in(village, mine, village.member)).status_code == 303


async def test_a_browser_that_its_owner_does_not_know_is_not_let_past(village: Village) -> None:
    async with known(village) as mine, browser(village) as strange:
        await attack(village)
        strange.cookies.set("cercle-device", f"{mine.cookies['cercle-device']}x")
        assert (await sign_in(village, strange, village.member)).status_code == 429


async def test_my_known_browser_is_a_strangers_for_other_accounts(village: Village) -> None:
    async with known(village) as mine:
        codes = [(await sign_in(village, mine, village.owner, "wrong")).status_code for _ in range(11)]
        assert codes == [422] * 10 + [429]


async def test_a_known_browser_may_not_guess_without_end_either(village: Village) -> None:
    async with known(village) as stolen:
        codes = [(await sign_in(village, stolen, village.member, "wrong")).status_code for _ in range(11)]
        assert codes == [422] * 10 + [429]
    async with browser(village, "203.0.113.9") as elsewhere:
        assert (await sign_in(village, elsewhere, village.member)).status_code == 303


async def test_the_owners_right_password_gives_strangers_no_new_tries(village: Village) -> None:
    async with known(village) as mine:
        await attack(village)
        assert (await sign_in(village, mine, village.member)).status_code == 303
        assert await guess(village, "203.0.113.200", 1) == [429]


@pytest.mark.parametrize(
    "spelled",
    ["MEMBER@village.example", " member@village.example", "mem\x01ber@village.example", "member@VILLAGE.example\x7f"],
)
async def test_every_spelling_of_an_address_counts_as_the_same_account(village: Village, spelled: str) -> None:
    assert await guess(village, "203.0.113.9", 10) == [422] * 10
    assert await guess(village, "203.0.113.9", 1, spelled) == [429]


async def test_wrong_passwords_stop_no_sign_in_by_another_way(village: Village) -> None:
    await attack(village)
    await SignIn.all().delete()
    async with browser(village) as mine:
        await mine.post("/sign-in/link", data={"email": village.member.email})
        mail = await Mail.filter(recipient=village.member.email).order_by("-id").first()
        assert mail is not None
        path = mail.text.partition("http://127.0.0.1:8000")[2].split()[0]
        assert (await mine.post(path)).status_code == 303
    assert (await SignIn.get(user=village.member)).how == Proof("link").method


async def test_forged_forwarding_headers_give_no_new_tries(village: Village) -> None:
    async with browser(village, "203.0.113.9") as stranger:
        codes = []
        for number in range(11):
            forged = {"x-forwarded-for": f"192.0.2.{number}", "forwarded": f"for=192.0.2.{number}", "x-real-ip": "::1"}
            data = {"email": village.member.email, "password": "wrong"}
            codes.append((await stranger.post("/sign-in", data=data, headers=forged)).status_code)
    assert codes == [422] * 10 + [429]


@pytest.mark.parametrize("with_cookie", [False, True], ids=["no device cookie", "a device cookie"])
async def test_known_and_unknown_addresses_cost_the_same(
    village: Village, monkeypatch: pytest.MonkeyPatch, with_cookie: bool
) -> None:
    """Comparisons of passwords and queries, until the limit and past it."""
    costs = []
    for email in (village.member.email, "nobody@village.example"):
        village.app.limits = Limits()
        async with browser(village) as client:
            if with_cookie:
                client.cookies.set("cercle-device", "unknown")
            data = {"email": email, "password": "wrong"}
            await client.post("/sign-in", data=data)
            compared = counted(monkeypatch)
            with village.queries() as seen:
                codes = [(await client.post("/sign-in", data=data)).status_code for _ in range(11)]
            costs.append((codes, len(compared), seen.count))
            monkeypatch.undo()
    assert costs[0] == costs[1]
    assert costs[0][1] == 9


@pytest.mark.parametrize("path", ["/reset-password", "/sign-in/link"])
async def test_asking_for_a_mail_costs_the_same_for_known_and_unknown_addresses(village: Village, path: str) -> None:
    costs = []
    for email in ("first@village.example", village.member.email, "nobody@village.example"):
        async with browser(village) as client:
            with village.queries() as seen:
                answer = await client.post(path, data={"email": email})
            costs.append((answer.status_code, seen.count, answer.text.replace(email, "")))
    assert costs[1] == costs[2]  # the first one reads the settings of the site


def test_each_limit_is_in_the_documentation_with_its_rate() -> None:
    page = (ROOT / "docs" / "limits.md").read_text()
    told = {(rule, rate) for rate, rule in re.findall(r"\| (\d+ per [\w ]+) \| `([a-z_.]+)` \|$", page, re.MULTILINE)}
    sources = [path.read_text() for part in ("core", "spaces", "plugins") for path in (ROOT / part).rglob("*.py")]
    assert told == {found for text in sources for found in re.findall(r'\bRule\("([a-z_.]+)", "([^"]+)"\)', text)}


@contextmanager
def served(folder: Path, database_url: str, redis_url: str) -> Iterator[str]:
    """A server process of its own; gives its address."""
    port = free_port()
    folder.mkdir()
    env = {
        "CERCLE_DATA_DIR": str(folder),
        "CERCLE_DATABASE_URL": database_url,
        "CERCLE_REDIS_URL": redis_url,
        "CERCLE_SECRET_KEY": "k" * 48,
        "CERCLE_BASE_URL": f"http://127.0.0.1:{port}",
    }
    command = (sys.executable, "-m", "cercle", "serve", "--port", str(port))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CERCLE_")}
    with running(command, ready=lambda: accepts_connections(port), log=folder / "log", env=ours | env):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.postgres_only
async def test_two_server_processes_count_together(
    village: Village, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        sites = [stack.enter_context(served(tmp_path / name, database_url, redis_url)) for name in ("one", "two")]
        clients = [httpx.AsyncClient(base_url=site, timeout=60, headers={"user-agent": FIREFOX}) for site in sites]
        data = {"email": village.member.email, "password": "wrong"}
        sent = [clients[number % 2].post("/sign-in", data=data) for number in range(14)]
        codes = sorted([answer.status_code for answer in await asyncio.gather(*sent)])
        right = await clients[0].post("/sign-in", data=data | {"password": village.password})
        for client in clients:
            await client.aclose()
    assert (codes, right.status_code) == ([422] * 10 + [429] * 4, 429)
    assert await LoginSession.filter(user=village.member).count() == 0
