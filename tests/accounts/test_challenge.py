"""The puzzle against robots: solved by a browser, waited out by a person without scripts, and once only."""

import asyncio
import base64
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from cercle.testing import Village
from core.accounts.models import OneTimeLink
from core.accounts.settings import SiteSettings
from core.models import Mail
from core.plugin_settings.changes import change_site_settings
from tests.accounts.puzzling import answers, filled, older
from tests.accounts.test_sign_up import allow

FORM = "application/x-www-form-urlencoded"
NEW = "new@village.example"


@pytest.fixture(autouse=True)
def open_site(village: Village) -> None:
    """Everybody may sign up."""
    allow(village, "open")


async def test_the_page_carries_a_puzzle_that_opens_the_form_once(village: Village) -> None:
    client = village.client()
    puzzle = await filled(client, "/sign-up")
    assert [(await client.post("/sign-up", data={"email": NEW, **puzzle})).status_code for _ in range(2)] == [200, 422]
    assert await Mail.all().count() == 1


async def test_of_many_with_one_puzzle_at_the_same_time_one_gets_through(village: Village) -> None:
    puzzle = await filled(village.client(), "/sign-up")
    sent = [
        village.client().post("/sign-up", data={"email": f"new{number}@village.example", **puzzle})
        for number in range(20)
    ]
    codes = sorted(answer.status_code for answer in await asyncio.gather(*sent))
    assert codes == [200] + [422] * 19
    assert await Mail.all().count() == 1


async def test_without_a_puzzle_nothing_is_sent(village: Village) -> None:
    answer = await village.client().post("/sign-up", data={"email": NEW})
    assert answer.status_code == 422
    assert "open for too long" in answer.text
    assert await OneTimeLink.all().count() == 0


def _broken(puzzle: dict[str, str], change: str) -> dict[str, str]:
    """A puzzle's answer with one thing wrong."""
    payload: dict[str, Any] = json.loads(base64.b64decode(puzzle["_solution"]))
    if change == "counter":
        payload["solution"]["derivedKey"] = "00" * 32
    elif change == "easier":
        payload["challenge"]["parameters"].update(cost=1, keyPrefix="")
    elif change == "unsigned":
        payload["challenge"]["signature"] = None
    elif change == "nonce":
        payload["challenge"]["parameters"]["data"] = {"nonce": "another"}
    else:
        return {**puzzle, "_solution": change}
    return {**puzzle, "_solution": base64.b64encode(json.dumps(payload).encode()).decode()}


@pytest.mark.parametrize(
    "change",
    [
        *("counter", "easier", "unsigned", "nonce", "no base64 at all", "bnVsbA==", "W10=", "eyJjaGFsbGVuZ2UiOjF9"),
        *("[" * 3000, "A" * 100_000, "\ud800", "\0", base64.b64encode(b"[" * 2900).decode()),
    ],
)
async def test_an_answer_that_was_tampered_with_counts_as_none(village: Village, change: str) -> None:
    client = village.client()
    puzzle = _broken(await filled(client, "/sign-up"), change)
    body = urlencode({"email": NEW, **puzzle}, errors="surrogatepass")
    answer = await client.post("/sign-up", content=body, headers={"content-type": FORM})
    assert answer.status_code == 422
    assert "did not solve the small puzzle" in answer.text
    assert await Mail.all().count() == 0


@pytest.mark.parametrize("ticket", ["", "x", "\0", "é" * 9, "A" * 100_000, "gAAAAABm" + "A" * 100])
async def test_a_ticket_that_is_not_ours_is_refused(village: Village, ticket: str) -> None:
    client = village.client()
    puzzle = await filled(client, "/sign-up")
    answer = await client.post("/sign-up", data={"email": NEW, **puzzle, "_ticket": ticket})
    assert answer.status_code == 422
    assert await Mail.all().count() == 0


async def test_the_answer_to_another_page_does_not_open_this_one(village: Village) -> None:
    client = village.client()
    first, second = await filled(client, "/sign-up"), await filled(client, "/sign-up")
    mixed = {**first, "_solution": second["_solution"]}
    assert (await client.post("/sign-up", data={"email": NEW, **mixed})).status_code == 422
    assert await Mail.all().count() == 0


async def test_a_page_of_yesterday_is_refused(village: Village) -> None:
    client = village.client()
    puzzle = await filled(client, "/sign-up")
    puzzle["_ticket"] = older(puzzle["_ticket"], 3601)
    answer = await client.post("/sign-up", data={"email": NEW, **puzzle})
    assert (answer.status_code, "open for too long" in answer.text) == (422, True)


async def test_a_form_that_comes_back_at_once_is_refused(village: Village) -> None:
    client = village.client()
    puzzle = await filled(client, "/sign-up", aged=0)
    puzzle["_ticket"] = older(puzzle["_ticket"], -30)
    answer = await client.post("/sign-up", data={"email": NEW, **puzzle})
    assert (answer.status_code, "very fast" in answer.text) == (422, True)


async def test_who_has_no_scripts_waits_and_keeps_what_they_typed(village: Village) -> None:
    client = village.client()
    early = await client.post("/sign-up", data={"email": NEW, **await filled(client, "/sign-up", solve=False, aged=5)})
    assert early.status_code == 422
    assert "Please wait 15 seconds" in early.text
    assert f'value="{NEW}"' in early.text
    later = answers(early.text, solve=False, aged=15)
    assert (await client.post("/sign-up", data={"email": NEW, **later})).status_code == 200
    assert await Mail.all().count() == 1


async def test_a_network_may_wait_three_times_an_hour(village: Village) -> None:
    client, codes = village.client(), []
    for number in range(5):
        puzzle = await filled(client, "/sign-up", solve=number == 4, aged=21)
        answer = await client.post("/sign-up", data={"email": f"new{number}@village.example", **puzzle})
        codes.append(answer.status_code)
    assert codes == [200, 200, 200, 429, 200]


async def test_what_fills_in_the_hidden_field_is_a_robot(village: Village) -> None:
    client = village.client()
    puzzle = await filled(client, "/sign-up")
    answer = await client.post("/sign-up", data={"email": NEW, **puzzle, "_homepage": "https://example.org"})
    assert answer.status_code == 422
    assert await Mail.all().count() == 0


@pytest.mark.parametrize("path", ["/reset-password", "/sign-in/link"])
async def test_a_network_that_asks_often_for_mail_solves_a_puzzle_too(village: Village, path: str) -> None:
    client = village.client()
    for number in range(3):
        assert "_ticket" not in (await client.get(path)).text
        assert (await client.post(path, data={"email": f"x{number}@village.example"})).status_code == 200
    asked = await client.post(path, data={"email": NEW})
    assert (asked.status_code, "Several requests" in asked.text) == (422, True)
    assert (await client.post(path, data={"email": NEW, **answers(asked.text)})).status_code == 200
    assert await Mail.all().count() == 4


async def test_operators_may_do_without_puzzles(village: Village) -> None:
    await change_site_settings(SiteSettings, {"challenge": False}, actor=await village.viewer(village.operator))
    client = village.client()
    assert "_ticket" not in (await client.get("/sign-up")).text
    assert (await client.post("/sign-up", data={"email": NEW})).status_code == 200
