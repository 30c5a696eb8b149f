"""The API: bodies, lists, cursors, tags, and a document that describes every route."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from cercle.testing import Village
from core.api import cursor, etag_of, list_limit, read_cursor, require_match
from core.errors import Invalid, Stale
from core.http import Request


class Thing(BaseModel):
    """A model for these tests."""

    name: str


def _request(query: str = "", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": given})


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_is_read_as_it_was_made(values: list[str]) -> None:
    storable = [value.encode("utf-8", "replace").decode() for value in values]
    assert read_cursor(_request(f"after={cursor(*storable)}"), len(storable)) == tuple(storable)


@pytest.mark.parametrize("after", ["x", "!!!", "W10", "bnVsbA", "é", cursor("only one"), "A" * 5000])
@pytest.mark.sqlite_only
async def test_a_made_up_cursor_is_refused(village: Village, after: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(_request(f"after={after}"), 2)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "²", "1e2", "9" * 5000])
@pytest.mark.sqlite_only
async def test_a_limit_is_a_number_from_1_to_200(village: Village, limit: str) -> None:
    with pytest.raises(Invalid):
        list_limit(_request(f"limit={limit}"))
    assert [list_limit(_request(query)) for query in ("limit=1", "limit=200", "")] == [1, 200, 50]


@pytest.mark.parametrize("header", [{}, {"if_match": "*"}, {"if_match": '"abc"'}, {"if_match": 'W/"x", "abc"'}])
def test_a_tag_that_fits_lets_the_write_through(header: dict[str, str]) -> None:
    require_match(_request(**header), "abc", Thing(name="now"))


@pytest.mark.sqlite_only
async def test_a_stale_tag_gets_the_current_version(village: Village) -> None:
    with pytest.raises(Stale) as refused:
        require_match(_request(if_match='"old"'), "abc", Thing(name="now"))
    assert refused.value.extra["current"] == {"name": "now"}


def test_a_tag_changes_with_each_fact() -> None:
    tags = [etag_of(1, "a"), etag_of(1, "b"), etag_of(2, "a"), etag_of("1a"), etag_of(1, "a", "")]
    assert len(set(tags)) == 5


@pytest.mark.sqlite_only
@pytest.mark.parametrize("body", ["{", "[]", "7", '"x"', "null", '{"name": "\\ud800"}'])
async def test_a_body_that_is_no_object_is_refused(village: Village, body: str) -> None:
    answer = await village.api(village.operator).post("clubs", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.sqlite_only
async def test_unknown_fields_are_named(village: Village) -> None:
    answer = await village.api(village.operator).post("clubs", json={"name": "New", "colour": "blue", "owner": 1})
    assert answer.status_code == 422
    assert {"colour", "owner"} <= answer.json()["errors"].keys()


@pytest.mark.sqlite_only
async def test_the_document_describes_every_route_of_the_api(village: Village) -> None:
    document = (await village.api().get("openapi.json")).json()
    described = {(method, path) for path, operations in document["paths"].items() for method in operations}
    registered = {
        (method.lower(), _plain(path))
        for path, _, route, _ in village.app.router.all()
        if path.startswith("/api/v1/") and route.name != "openapi"
        for method in route.method_list
    }
    assert {pair for pair in described if pair[0] != "parameters"} == registered
    assert document["openapi"] == "3.1.0"


@pytest.mark.sqlite_only
async def test_every_reference_of_the_document_leads_somewhere(village: Village) -> None:
    document = (await village.api().get("openapi.json")).json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert _references(document) <= known
    names = [o["operationId"] for path in document["paths"].values() for o in path.values() if isinstance(o, dict)]
    assert len(names) == len(set(names))


def _references(value: Any) -> set[str]:
    text = json.dumps(value)
    return {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}


def _plain(path: str) -> str:
    steps = [step.partition(":")[0] + "}" if step.startswith("{") and ":" in step else step for step in path.split("/")]
    return "/".join(steps)
