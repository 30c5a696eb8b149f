"""Addresses, routes and doors."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse, Response

from cercle.testing import Village
from core.errors import PluginError
from core.http import Request, Route, SiteDoor, local_path
from core.parts import LoadedPart, Part
from core.routing import Router


async def _show(request: Request) -> Response:
    return PlainTextResponse("shown")


@pytest.mark.parametrize("path", ["/", "/c/atelier/", "/search?q=a b&x=//y", "/c/é", "/a/..", "/?next=http://x"])
def test_a_path_on_this_site_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            None,
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "http://evil.example",
            "javascript:alert(1)",
        ),
        *("/\t/evil.example", "/x\n", "/x\r\nSet-Cookie: a=b", "/\x00", " /x", "evil", "/" + "x" * 3000, "/a\\b"),
    ],
)
def test_anything_else_is_not(path: str | None) -> None:
    assert local_path(path, "/home") == "/home"


@given(st.text(max_size=30))
def test_whatever_is_kept_stays_on_this_site(text: str) -> None:
    kept = local_path(f"/{text}")
    assert kept.startswith("/")
    assert not kept.startswith(("//", "/\\"))
    assert not any(ord(letter) < 32 for letter in kept)


def test_a_route_without_permission_does_not_start() -> None:
    route = Route("GET", "/", _show, "show")
    with pytest.raises(PluginError, match="names no permission"):
        Router().add("/x", _part(), [route], _door())


def test_the_routes_of_a_broken_part_are_taken_out() -> None:
    router = Router()
    router.add("/c/{club}/poll", _part(), [Route("GET", "/", _show, "show", public=True)], _door())
    router.remove("poll")
    assert router.all() == []


@pytest.mark.parametrize(
    "method, reads, writes",
    [
        ("GET", False, False),
        ("HEAD", False, False),
        ("POST", False, True),
        ("DELETE", False, True),
        ("POST", True, False),
    ],
)
def test_a_route_knows_what_writes(method: str, reads: bool, writes: bool) -> None:
    assert Route("GET POST", "/", _show, "x", public=True, reads=reads).writes(method) is writes


async def test_addresses_are_made_from_names(village: Village) -> None:
    path = village.app.urls.path
    assert path("spaces:club", club="atelier") == "/c/atelier/"
    assert path("spaces:clubs", q="a b&c", empty="", none=None) == "/clubs?q=a+b%26c"
    assert path("spaces:club", club="a?b c") == "/c/a%3Fb%20c/"
    with pytest.raises(LookupError, match="There is no route named 'spaces:nothing'"):
        path("spaces:nothing")
    with pytest.raises(LookupError, match="needs the parameter 'club'"):
        path("spaces:club")


@pytest.mark.sqlite_only
async def test_an_address_without_its_slash_is_sent_on_with_its_query(village: Village) -> None:
    answer = await village.client(village.member).get("/c/atelier?tab=1")
    assert (answer.status_code, answer.headers["location"]) == (307, "/c/atelier/?tab=1")


@pytest.mark.sqlite_only
async def test_an_address_without_its_slash_says_nothing_about_a_hidden_club(village: Village) -> None:
    client = village.client(village.outsider)
    assert [(await client.get(path)).status_code for path in ("/c/cave", "/c/cave/wiki", "/c/nothing")] == [404] * 3


@pytest.mark.sqlite_only
async def test_a_wrong_method_is_told_the_right_ones(village: Village) -> None:
    answer = await village.client().put("/clubs")
    assert (answer.status_code, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


async def test_a_stranger_is_sent_to_sign_in_and_back(village: Village) -> None:
    answer = await village.client().get("/account/?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Faccount%2F%3Fx%3D1")
    submitted = await village.client().post("/account/")
    assert (submitted.status_code, submitted.headers["location"]) == (303, "/sign-in?next=%2F")


async def test_a_token_counts_below_the_api_alone(village: Village) -> None:
    api = village.api(village.operator)
    assert (await api.get("me")).status_code == 200
    header = {"authorization": api.headers["authorization"]}
    assert (await village.client().get("/account/", headers=header)).status_code == 303


async def test_a_token_that_may_only_read_cannot_write_through_any_door(village: Village) -> None:
    api = village.api(village.operator, scopes="read")
    body = {"name": "New", "kind": "team", "visibility": "listed", "join_policy": "open", "purpose": ""}
    assert (await api.post("clubs", json=body)).status_code == 403
    assert (await village.api(village.operator).post("clubs", json=body)).status_code == 201


async def test_a_bad_token_is_told_so_even_beside_a_good_cookie(village: Village) -> None:
    client = village.client(village.member, authorization="Bearer nonsense")
    answer = await client.get("/api/v1/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def _part() -> LoadedPart:
    return LoadedPart(Part("poll", "Poll", "", "1"), "poll", bundled=False)


def _door() -> SiteDoor:
    return SiteDoor(cast(Any, None))


@pytest.mark.sqlite_only
async def test_a_bad_token_at_an_address_that_does_not_exist_is_an_answer(village: Village) -> None:
    answer = await village.client(authorization="Bearer nonsense").get("/api/v1/nothing")
    assert answer.status_code == 404
