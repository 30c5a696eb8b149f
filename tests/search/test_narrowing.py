"""Narrowing a search down: by club, kind, author, days and tag, on the page and in the API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cercle import Content
from cercle.testing import Village
from plugins.search.services.indexing import catch_up
from tests.search.publishing import found, publish, shown


@pytest.fixture
async def three(village: Village) -> Village:
    """Three things with one word, by two people in two clubs."""
    await publish(village.club, 1, "Zanzibar one", author_id=village.member.id, fields={"tag": "sea"})
    await publish(village.club, 2, "Zanzibar two", author_id=village.owner.id, plugin="blog")
    await publish(village.public, 3, "Zanzibar three", author_id=village.owner.id)
    await Content.filter(object_id=2).update(updated_at=datetime(2020, 5, 5, 12, tzinfo=UTC))
    return village


@pytest.mark.parametrize(
    "params,titles",
    [
        ({"club": "atelier"}, ["Zanzibar one", "Zanzibar two"]),
        ({"club": "nowhere"}, []),
        ({"kind": "page", "plugin": "blog"}, ["Zanzibar two"]),
        ({"kind": "post"}, []),
        ({"author": "max-member"}, ["Zanzibar one"]),
        ({"author": "nobody"}, []),
        ({"tag": "Sea"}, ["Zanzibar one"]),
        ({"from": "2026-01-01"}, ["Zanzibar one", "Zanzibar three"]),
        ({"to": "2020-05-05"}, ["Zanzibar two"]),
        ({"from": "2020-05-05", "to": "2020-05-05"}, ["Zanzibar two"]),
        ({"from": "2020-05-06", "to": "2020-12-31"}, []),
        ({"from": "no day"}, ["Zanzibar one", "Zanzibar three", "Zanzibar two"]),
    ],
)
async def test_a_filter_leaves_out_all_else(three: Village, params: dict[str, str], titles: list[str]) -> None:
    if "author" in params and params["author"] == "max-member":
        params = {"author": three.member.handle}
    assert sorted(await found(three, three.owner, "zanzibar", **params)) == sorted(titles)
    assert len(await shown(three, three.owner, "zanzibar", **params)) == len(titles)


async def test_a_tag_alone_is_not_a_search_and_a_field_is(three: Village) -> None:
    assert await found(three, three.owner, "", tag="sea") == []
    assert await found(three, three.owner, "tag:sea") == ["Zanzibar one"]


async def test_what_is_chosen_stands_above_the_results_and_can_be_taken_away(three: Village) -> None:
    page = (await three.client(three.owner).get("/search?q=zanzibar&club=atelier&from=2026-01-01")).text
    assert '<a class="search-chip" href="/search?q=zanzibar&amp;from=2026-01-01"><span>In Atelier</span>' in page
    assert '<a class="search-chip" href="/search?q=zanzibar&amp;club=atelier"><span>From 2026-01-01</span>' in page


async def test_the_numbers_of_authors_are_those_of_what_is_seen(three: Village) -> None:
    page = (await three.client(three.member).get("/search?q=zanzibar&club=atelier")).text
    assert page.count(f"author={three.owner.handle}") == 1
    assert 'Oscar Owner</span><span class="search-count">1<' in page


async def test_a_page_with_every_filter_takes_as_many_queries_as_one_without(three: Village) -> None:
    browser = three.client(three.owner)
    await browser.get("/search?q=zanzibar")
    await catch_up()
    with three.queries() as plain:
        await browser.get("/search?q=zanzibar")
    with three.queries() as narrowed:
        await browser.get(f"/search?q=zanzibar&club=atelier&author={three.owner.handle}&from=2020-01-01&kind=page")
    assert narrowed.count == plain.count == 3
