"""The directory of all clubs: search, kinds and pages, of ten thousand as of ten."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cercle.testing import Village
from core.collation import sort_key
from spaces.models import Club

pytestmark = pytest.mark.anyio

_NAME = re.compile(r'<h2 class="club-card-name"><a href="/c/([^/]*)/"')
_OLDER = re.compile(r'href="(/clubs\?[^"]*after=[^"]*)"')


async def test_a_kind_leaves_out_the_others_and_stays_with_search_and_pages(village: Village) -> None:
    await _clubs(60, kind="trade", word="Bois")
    await _clubs(3, kind="team", word="Fer")
    browser = village.client(village.member)

    first = await browser.get("/clubs", params={"kind": "trade", "q": "bois"})
    second = await browser.get(_older(first))

    assert [len(_slugs(page)) for page in (first, second)] == [48, 12]
    assert all(slug.startswith("bois-") for slug in _slugs(first) + _slugs(second))
    assert parse_qs(urlsplit(_older(first)).query) == {"q": ["bois"], "kind": ["trade"], "after": ["bois-47"]}
    assert '<input type="hidden" name="kind" value="trade">' in first.text


@pytest.mark.parametrize("kind", ["nothing", "trade' OR '1'='1", "x" * 9000])
async def test_a_kind_that_is_not_there_shows_all(village: Village, kind: str) -> None:
    browser = village.client(village.member)

    assert _slugs(await browser.get("/clubs", params={"kind": kind})) == _slugs(await browser.get("/clubs"))


async def test_an_empty_kind_says_so(village: Village) -> None:
    assert "No club of this kind yet" in (await village.client(village.member).get("/clubs?kind=trade")).text


async def test_hidden_clubs_are_in_no_kind_and_on_no_page(village: Village) -> None:
    kind = (await Club.get(id=village.hidden.id)).kind
    for person in (village.member, village.outsider, None):
        for query in ({"kind": kind}, {"q": "cave"}, {"kind": kind, "after": "atelier"}):
            assert "cave" not in _slugs(await village.client(person).get("/clubs", params=query))


async def test_the_pages_name_each_of_a_thousand_clubs_once_in_the_same_queries(village: Village) -> None:
    browser = village.client(village.member)
    await browser.get("/clubs")
    few = await _count(village, browser, "/clubs?kind=team")
    await _clubs(1000, kind="trade", word="Élan")
    seen, path = list[str](), "/clubs?kind=trade"
    while path:
        assert await _count(village, browser, path) == few
        page = await browser.get(path)
        seen += _slugs(page)
        path = _older(page)

    assert seen == [f"elan-{number}" for number in range(1000)]


async def test_my_clubs_are_a_tap_away(village: Village) -> None:
    assert 'href="/clubs/mine"' in _main(await village.client(village.member).get("/clubs"))
    assert 'href="/clubs/mine"' not in _main(await village.client(village.outsider).get("/clubs"))


async def _clubs(many: int, *, kind: str, word: str) -> None:
    stem = sort_key(word)
    await Club.bulk_create(
        [
            Club(slug=f"{stem}-{number}", name=f"{word} {number}", sort_name=sort_key(f"{word} {number}"), kind=kind)
            for number in range(many)
        ]
    )


async def _count(village: Village, browser: httpx.AsyncClient, path: str) -> int:
    with village.queries() as seen:
        assert (await browser.get(path)).status_code == 200
    return int(seen.count)


def _slugs(page: httpx.Response) -> list[str]:
    assert page.status_code == 200
    return _NAME.findall(page.text)


def _older(page: httpx.Response) -> str:
    return unescape(found[1]) if (found := _OLDER.search(page.text)) else ""


def _main(page: httpx.Response) -> str:
    return page.text.partition("<main")[2]
