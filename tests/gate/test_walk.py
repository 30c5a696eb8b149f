"""Every route x every kind of person x every state of club and plugin gives what the table of the design says."""

from __future__ import annotations

import re

import httpx
import pytest

from cercle._testing.walk import Scenario, arrange, clients_of, stops, surprises
from cercle.testing import Village

SCENARIOS = (
    Scenario(),
    Scenario(state="read_only"),
    Scenario(state="off"),
    Scenario(visibility="hidden"),
    Scenario(visibility="public"),
    Scenario(archived=True),
)
VARYING = re.compile(r"[0-9a-f]{16}|nonce=\S+")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_every_route_answers_every_kind_of_person_as_the_design_says(
    village: Village, scenario: Scenario
) -> None:
    assert await surprises(village, scenario) == []


@pytest.mark.postgres_only
async def test_the_gate_answers_alike_on_postgresql(village: Village) -> None:
    assert await surprises(village, Scenario(visibility="public", state="read_only")) == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", ["operator", "outsider", "removed", "anonymous"])
async def test_a_hidden_club_cannot_be_told_from_one_that_does_not_exist(village: Village, kind: str) -> None:
    await arrange(village, Scenario(visibility="hidden"))
    page, api = (await clients_of(village))[kind]
    different = []
    for stop in (stop for stop in stops(village) if stop.is_in_a_club):
        client = api if stop.is_api else page
        there = await client.request(stop.method, stop.path())
        absent = await client.request(stop.method, stop.path(club="zqxjkvb"))
        if _normal(there, "atelier") != _normal(absent, "zqxjkvb"):
            different.append(str(stop))
    assert different == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", ["owner", "member", "outsider", "anonymous"])
async def test_a_plugin_that_is_off_cannot_be_told_from_one_that_does_not_exist(village: Village, kind: str) -> None:
    await arrange(village, Scenario(state="off"))
    page, api = (await clients_of(village))[kind]
    different = []
    for loaded in village.app.parts.plugins:
        for client, prefix in ((page, "/c/atelier/"), (api, "/clubs/atelier/")):
            for below in ("", "/", "/1", "/pages", "/pages/1"):
                there = await client.get(f"{prefix}{loaded.name}{below}")
                absent = await client.get(f"{prefix}zqxjkvb{below}")
                if _normal(there, loaded.name) != _normal(absent, "zqxjkvb"):
                    different.append(f"{prefix}{loaded.name}{below}")
    assert different == []


async def test_a_removed_member_is_outside_at_the_next_request(village: Village) -> None:
    await arrange(village, Scenario(visibility="hidden"))
    page, api = (await clients_of(village))["member"]
    readable = [stop for stop in stops(village) if stop.method == "GET" and stop.is_in_a_club]
    before = {str(stop): (await (api if stop.is_api else page).get(stop.path())).status_code for stop in readable}
    await village.leave(village.member, village.club)
    after = {str(stop): (await (api if stop.is_api else page).get(stop.path())).status_code for stop in readable}
    assert 200 in before.values()
    assert {stop: status for stop, status in after.items() if status != 404} == {}


async def test_an_owner_who_switches_a_plugin_off_closes_it_for_open_clients(village: Village) -> None:
    page, _ = (await clients_of(village))["member"]
    for loaded in village.app.parts.plugins:
        assert (await page.get(f"/c/atelier/{loaded.name}/")).status_code != 404
        await village.switch(loaded.name, "off")
        assert (await page.get(f"/c/atelier/{loaded.name}/")).status_code == 404
        await village.switch(loaded.name, "on")
        assert (await page.get(f"/c/atelier/{loaded.name}/")).status_code != 404


def _normal(answer: httpx.Response, name: str) -> tuple[int, dict[str, str], str]:
    """What somebody could compare: status, headers, body, without ids of the request and the name that was asked for."""
    headers = {key: value.replace(name, "…") for key, value in answer.headers.items() if key != "x-request-id"}
    headers.pop("content-length", None)
    return answer.status_code, headers, VARYING.sub("…", answer.text.replace(name, "…"))
