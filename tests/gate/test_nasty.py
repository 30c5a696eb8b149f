"""Whatever stands in an address, a query or a body: the answer is an answer, never a fault of ours.

On PostgreSQL, which is the stricter of the two about numbers and texts.
"""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest

from cercle._testing.walk import Stop, clients_of, kept, stops, undone
from cercle.testing import Village

STEPS = (
    "0",
    "-1",
    "99999999999999999999",
    "9999999999",
    "a" * 300,
    "%00",
    "%C2%B2",
    "%2e%2e",
    "%2f..%2f",
    "%ED%A0%80",
    "%F0%9F%90%A6",
)
QUERIES = (
    "limit=%C2%B2&after=%C2%B2",
    "limit=0&after=e30",
    "limit=99999999999999999999&page=-1&folder=99999999999999999999&parent=x",
    "q=%00&after=WyJhIl0",
    "q=%22%27%28%29%2A%25_%3A&sort=x&skill=%27&region=%22&tag=%5C&from=x&to=99999999999",
    "q=%ED%A0%80&a[b]=c&%00=1",
    "after=WyIwMDAxLTAxLTAxIiwgIjk5OTk5OTk5OTk5OTk5OTk5OTk5Il0&version=99999999999999999999&left=x&right=²",
)
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b"[]"),
    ("application/json", b"{"),
    ("application/json", b'{"title": "\\ud800", "name": "\\u0000", "body": null, "state": 7, "role": {}}'),
    (
        "application/json",
        b'{"parent": 99999999999999999999, "folder": 99999999999999999999, "title": "a", "body": "b"}',
    ),
    ("application/json", b'{"title": "a\\u0000b", "name": "a\\u0000b", "body": "a\\u0000b", "email": "a\\u0000@b.c"}'),
    ("application/x-www-form-urlencoded", b"title=%00&name=%ED%A0%80&body=%00&slug=%2F..&state=x&role=x&email=%00"),
    (
        "application/x-www-form-urlencoded",
        b"parent=99999999999999999999&folder=-1&version=x&base=x&next=//evil.example",
    ),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="../a\r\n\r\nb'),
    (
        "multipart/form-data; boundary=x; charset=utf-16",
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\n\x00\xd8\r\n--x--\r\n',
    ),
)
_LAST = re.compile(r"{(?!club)\w+(?::\w+)?}")


@pytest.mark.postgres_only
async def test_no_address_is_too_strange(village: Village) -> None:
    page, api = (await clients_of(village))["owner"]
    faults = []
    for stop in stops(village):
        for step in STEPS if _LAST.search(stop.template) else ():
            answer = await _ask(stop, page, api, _strange(stop, step))
            if answer.status_code >= 500:
                faults.append(f"{stop} with {step[:30]}")
    assert faults == []


@pytest.mark.postgres_only
async def test_no_query_is_too_strange(village: Village) -> None:
    page, api = (await clients_of(village))["owner"]
    faults = []
    for stop in (stop for stop in stops(village) if stop.method == "GET"):
        for query in QUERIES:
            answer = await _ask(stop, page, api, f"{stop.path()}?{query}")
            if answer.status_code >= 500:
                faults.append(f"{stop}?{query}")
    assert faults == []


@pytest.mark.postgres_only
async def test_no_body_is_too_strange(village: Village) -> None:
    page, api = (await clients_of(village))["owner"]
    faults = []
    for stop in (stop for stop in stops(village) if stop.method != "GET"):
        for kind, body in BODIES:
            answer = await _ask(stop, page, api, stop.path(), content=body, headers={"content-type": kind})
            if answer.status_code >= 500:
                faults.append(f"{stop} with {kind} {body[:40]!r}")
    assert faults == []


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/%2f/evil.example",
        "/c/%2e%2e/admin",
        "/c//",
        "/static/core/..%2fapp.py",
        "/static/core/%00",
    ],
)
async def test_tricks_with_paths_lead_nowhere(village: Village, path: str) -> None:
    answer = await village.client(village.owner).get(f"http://127.0.0.1:8000{path}")
    assert (answer.status_code, "evil" in answer.headers.get("location", "")) == (404, False)


async def _ask(
    stop: Stop, page: httpx.AsyncClient, api: httpx.AsyncClient, path: str, **options: Any
) -> httpx.Response:
    around: AbstractAsyncContextManager[None] = undone() if stop.writes else kept()
    async with around:
        return await (api if stop.is_api else page).request(stop.method, path, **options)


def _strange(stop: Stop, step: str) -> str:
    return stop.path() if "{" not in stop.template else _club(_LAST.sub(step, stop.template))


def _club(template: str) -> str:
    return template.replace("{club}", "atelier").removeprefix("/api/v1")
