"""Pages in a browser, under the eyes of axe-core: what WCAG 2.2 AA asks that a look at the source cannot tell, colours first.

The browser asks the village itself: no server listens, every request is answered by the application in this process.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, Route

ADVICE = 'pip install "cercle[wcag]" && playwright install chromium'
PACKAGES = ("axe_playwright_python", "axe_core_python")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
LOOKS: tuple[tuple[Literal["light", "dark"], int, int], ...] = (("light", 390, 844), ("dark", 1280, 900))
_ASK = """async (options) => (await window.axe.run(document, options)).violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)}`))"""
_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection"})

Browsers = Callable[[], "AbstractAsyncContextManager[Browser]"]


@dataclass(frozen=True, slots=True)
class Wcag:
    """A browser, and what to look with.

    Args:
        browsers: opens one.
        script: the source of axe-core.
    """

    browsers: Browsers
    script: str

    async def violations(self, client: httpx.AsyncClient, paths: Iterable[str]) -> dict[str, list[str]]:
        """What is wrong with pages, by path; by day on a telephone, by night on a desk.

        Args:
            client: of the person who looks.
            paths: of the pages.
        """
        found: dict[str, list[str]] = {}
        addresses = list(paths)
        async with self.browsers() as browser:
            for scheme, width, height in LOOKS:
                size: Any = {"width": width, "height": height}
                context = await browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
                page = await context.new_page()
                await page.route("**/*", lambda route: _answer(client, route))
                for path in addresses:
                    if wrong := await self._look(page, f"{str(client.base_url).rstrip('/')}{path}"):
                        found.setdefault(path, []).extend(f"{scheme}: {one}" for one in wrong)
                await context.close()
        return found

    async def _look(self, page: Page, url: str) -> list[str]:
        await page.goto(url)
        await page.evaluate(self.script)
        answer: list[str] = await page.evaluate(_ASK, OPTIONS)
        return answer


async def _answer(client: httpx.AsyncClient, route: Route) -> None:
    asked = route.request
    if not asked.url.startswith(str(client.base_url)):
        await route.abort()
        return
    parts = {name: value for name, value in asked.headers.items() if name.startswith("hx-")}
    answer = await client.request(
        asked.method, asked.url, content=asked.post_data_buffer, headers=parts, follow_redirects=True
    )
    headers = {name: value for name, value in answer.headers.items() if name not in _DROPPED}
    await route.fulfill(status=answer.status_code, headers=headers, body=answer.content)


@asynccontextmanager
async def own_browser() -> AsyncIterator[Browser]:
    """Playwright's Chromium; the test is skipped with the reason where there is none."""
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        pytest.skip(f"there is no browser to look with: {ADVICE}")
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch()
        except Error as error:
            pytest.skip(f"the browser does not start ({error.message.splitlines()[0]}): {ADVICE}")
        try:
            yield browser
        finally:
            await browser.close()


def find_axe() -> str | None:
    """The source of axe-core: the file that CERCLE_TEST_AXE names, or that of an installed package; None where there is none."""
    if named := os.environ.get("CERCLE_TEST_AXE"):
        return Path(named).read_text(encoding="utf-8")
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if (path := Path(folder) / "axe.min.js").is_file():
                return path.read_text(encoding="utf-8")
    return None
