"""The canary sweep: unique words go into everything a hidden club holds, then every door is tried from outside.

Somebody who belongs to the hidden club alone (the insider) fills in every form and calls every writing route of the API
that they can find, then follows every link. What they found are the doors: each is tried as every lower kind of person,
under the club's own address and under that of a club the person belongs to. No word may come out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import httpx

from cercle._testing.pages import Page, texts_of
from cercle._testing.planting import Planter
from cercle._testing.village import Village
from core.accounts.models import User

LURE = "quokka"
MOST_PAGES = 1000
MOST_VARIANTS = 40  # of one page, by what stands after the question mark
SECRET_LINKS = ("/feeds/", "/invitations/")
STARTS = (
    "/",
    "/clubs",
    f"/search?q={LURE}",
    f"/api/v1/search?q={LURE}",
    "/account/",
    "/admin/",
    "/api/v1/me",
    "/api/v1/clubs",
)

Plant = Callable[[Planter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Leak:
    """A word that came out.

    Args:
        person: who got it.
        url: where.
        origin: what it had been planted in.
    """

    person: str
    url: str
    origin: str


@dataclass(slots=True)
class Sweep:
    """What a sweep found.

    Args:
        planted: what the insider can read again: origin by word.
        doors: the addresses that were tried.
        leaks: what came out.
    """

    planted: dict[str, str] = field(default_factory=dict)
    doors: set[str] = field(default_factory=set)
    leaks: list[Leak] = field(default_factory=list)

    def planted_by(self, plugin: str) -> list[str]:
        """The origins of words that went through a plugin's routes and can be read again."""
        return sorted({origin for origin in self.planted.values() if f"/{plugin}/" in origin})


async def canary_sweep(village: Village, plant: Plant | None = None, *, plugin: str = "") -> Sweep:
    """Plant words in the hidden club, try every door, and answer what came out.

    Args:
        village: a village; its hidden club is changed.
        plant: plants further words, for what no form and no route of the API can write.
        plugin: leaves out the pages and forms of all others; those of the site are tried nevertheless.
    """
    insider = await village.person("Ines Insider")
    await village.join(insider, village.hidden, "owner")
    await village.join(village.removed, village.hidden, "owner")
    planter = Planter(village, insider, LURE)
    others = _others(village, plugin)
    inside = _Crawler(planter.page, planter.api, others)
    home = f"/c/{village.hidden.slug}/"
    starts = [*STARTS, home, *(f"{home}{name}/" for name in sorted(village.app.parts.plugin_names))]
    await inside.crawl(starts)
    if plant is not None:
        await plant(planter)
    await planter.call_api(village.app, others)
    await _fill_in(planter, inside)
    await village.settle()
    await inside.crawl([*starts, *planter.api_addresses(village.app)], again=True)
    await village.leave(village.removed, village.hidden)
    sweep = Sweep(doors={url for url in inside.seen if not url.startswith(SECRET_LINKS)})
    sweep.planted = {word: planter.words[word] for text in inside.texts for word in planter.found_in(text)}
    await _knock(village, planter, sweep, others)
    return sweep


def _others(village: Village, plugin: str) -> re.Pattern[str] | None:
    """What is below the addresses of all plugins but this one; None when all count."""
    names = sorted(village.app.parts.plugin_names - {plugin})
    return (
        re.compile(rf"^(/api/v1/clubs|/c)/[^/]+/({'|'.join(map(re.escape, names))})(/|$)") if plugin and names else None
    )


async def _fill_in(planter: Planter, inside: _Crawler) -> None:
    """Forms lead to pages with further forms: three rounds reach what can be made in what was made."""
    for _ in range(3):
        before = len(planter.submitted)
        for page in list(inside.pages):
            for form in page.forms:
                await planter.submit(form)
        if len(planter.submitted) == before:
            return
        await inside.crawl([*planter.landed, *inside.seen], again=True)


async def _knock(village: Village, planter: Planter, sweep: Sweep, others: re.Pattern[str] | None) -> None:
    people: dict[str, User | None] = {
        name: village.people[name] for name in ("outsider", "removed", "member", "operator")
    }
    slug = village.hidden.slug
    elsewhere = {url.replace(f"/{slug}/", f"/{village.club.slug}/", 1) for url in sweep.doors if f"/{slug}/" in url}
    for name, person in {**people, "anonymous": None}.items():
        outside = _Crawler(village.client(person), village.api(person), others)
        doors = sweep.doors | (elsewhere if name == "member" else set())
        for url in sorted(doors):
            await outside.visit(url)
        await outside.crawl(STARTS, most=len(outside.seen) + 100)
        for url, text in outside.answers:
            known = planter.found_in(unquote_plus(url))  # a page may repeat what it was asked for
            for word in planter.found_in(text) - known:
                if not _may_see(name, url, planter.words[word], village):
                    sweep.leaks.append(Leak(name, url, planter.words[word]))


def _may_see(person: str, url: str, origin: str, village: Village) -> bool:
    """The operator's console may name clubs and people, never what plugins hold."""
    by_a_plugin = any(f"/{name}/" in origin for name in village.app.parts.plugin_names)
    return person == "operator" and url.startswith(("/admin", "/api/v1/admin")) and not by_a_plugin


class _Crawler:
    """Follows links as one person.

    Args:
        page: their browser.
        api: their script.
        avoided: addresses that are left alone.
    """

    def __init__(self, page: httpx.AsyncClient, api: httpx.AsyncClient, avoided: re.Pattern[str] | None = None) -> None:
        self._page, self._api, self._avoided = page, api, avoided
        self.seen: set[str] = set()
        self.pages: list[Page] = []
        self.answers: list[tuple[str, str]] = []

    @property
    def texts(self) -> list[str]:
        """All that was read."""
        return [text for _, text in self.answers]

    async def crawl(self, starts: Iterable[str], *, again: bool = False, most: int = MOST_PAGES) -> None:
        """Visit these addresses and all that they lead to."""
        if again:
            self.seen, self.pages = set(), []
        waiting, variants = list(dict.fromkeys(starts)), Counter[str]()
        while waiting and len(self.seen) < most:
            url = waiting.pop(0)
            if url in self.seen or url.startswith("/static/") or re.search(r"sign-out|/leave\b", url):
                continue
            if self._avoided and self._avoided.match(url):
                continue
            variants[url.partition("?")[0]] += 1
            if variants[url.partition("?")[0]] > MOST_VARIANTS:
                continue
            waiting += sorted(await self.visit(url) - self.seen)

    async def visit(self, url: str) -> set[str]:
        """Ask for one address; answers where it leads."""
        self.seen.add(url)
        is_api = url.startswith("/api/v1/")
        answer = await (self._api.get(url.removeprefix("/api/v1/")) if is_api else self._page.get(url))
        headers = "\n".join(value for name, value in answer.headers.items() if name != "x-request-id")
        self.answers.append((url, f"{headers}\n{answer.text}"))
        return self._leads(url, answer)

    def _leads(self, url: str, answer: httpx.Response) -> set[str]:
        kind = answer.headers.get("content-type", "")
        found = {answer.headers["location"]} if answer.headers.get("location", "").startswith("/") else set()
        if "html" in kind:
            page = Page(url, answer.text)
            self.pages.append(page)
            found |= page.links
        elif "json" in kind:
            with suppress(ValueError):
                found |= _paths(answer.json())
        return found


def _paths(value: Any) -> set[str]:
    return {text for _, text in texts_of(value) if text.startswith("/") and not text.startswith("//")}
