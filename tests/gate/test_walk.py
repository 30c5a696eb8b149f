"""Every route x every kind of person x every state of club and plugin gives what the table of the design says."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from tortoise.transactions import in_transaction

from cercle.testing import Village
from spaces.models import Club, ClubPlugin
from spaces.switches import refresh_many
from tests.gate.walk import ROLES, Oracle, Scenario, Stop, agrees, verdict_of

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
    assert await _surprises(village, scenario) == []


@pytest.mark.postgres_only
async def test_the_gate_answers_alike_on_postgresql(village: Village) -> None:
    assert await _surprises(village, Scenario(visibility="public", state="read_only")) == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize("kind", ["operator", "outsider", "removed", "anonymous"])
async def test_a_hidden_club_cannot_be_told_from_one_that_does_not_exist(village: Village, kind: str) -> None:
    await _arrange(village, Scenario(visibility="hidden"))
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
    await _arrange(village, Scenario(state="off"))
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
    await _arrange(village, Scenario(visibility="hidden"))
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


async def _surprises(village: Village, scenario: Scenario) -> list[str]:
    await _arrange(village, scenario)
    oracle = Oracle(village.app.permissions)
    surprises = []
    for kind, (page, api) in (await clients_of(village)).items():
        for stop in stops(village):
            if (kind == "reader" and not stop.is_api) or (scenario != Scenario() and not stop.is_in_a_club):
                continue
            expected = oracle.expected(kind, stop, scenario)
            async with undone() if stop.writes else kept():
                answer = await (api if stop.is_api else page).request(stop.method, stop.path())
            found = verdict_of(answer.status_code, answer.headers.get("location", ""), is_api=stop.is_api)
            if not agrees(found, expected, stop):
                surprises.append(f"{kind}: {stop} is {found!r} ({answer.status_code}), not {expected!r}")
    return surprises


def stops(village: Village) -> list[Stop]:
    return [
        Stop(method, path, part, route)
        for path, part, route, _ in village.app.router.all()
        for method in route.method_list
    ]


async def clients_of(village: Village) -> dict[str, tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A browser and a script for every kind of person."""
    people = {**village.people, "anonymous": None, "reader": village.owner}
    clients = {
        kind: (
            village.client(people[kind]),
            village.api(people[kind], scopes="read" if kind == "reader" else "read write"),
        )
        for kind in ROLES
    }
    for page, api in clients.values():  # so that all are signed in before anything is taken back
        await page.get("/healthz")
        await api.get("openapi.json")
    return clients


async def _arrange(village: Village, scenario: Scenario) -> None:
    """Bring the club `atelier`, in which there is somebody of every role, into this state."""
    archived = datetime.now(UTC) if scenario.archived else None
    await Club.filter(id=village.club.id).update(visibility=scenario.visibility, archived_at=archived)
    await ClubPlugin.filter(club_id=village.club.id).update(state=scenario.state)
    await refresh_many([await Club.get(id=village.club.id)])


class _Undo(Exception):
    """Ends a transaction that nobody wants to keep."""


@asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """What a permitted request changes is taken back, so that the next one finds the village as it was."""
    try:
        async with in_transaction("default"):
            yield
            raise _Undo
    except _Undo:
        pass


@asynccontextmanager
async def kept() -> AsyncIterator[None]:
    yield


def _normal(answer: httpx.Response, name: str) -> tuple[int, dict[str, str], str]:
    """What somebody could compare: status, headers, body, without ids of the request and the name that was asked for."""
    headers = {key: value.replace(name, "…") for key, value in answer.headers.items() if key != "x-request-id"}
    headers.pop("content-length", None)
    return answer.status_code, headers, VARYING.sub("…", answer.text.replace(name, "…"))
