"""What is asked of a page by tests that walk over all of them: axe-core, themes and schemes, and ways of looking at it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

ROOT = Path(__file__).parents[2]
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
QUESTIONS = (Path(__file__).parent / "questions.js").read_text(encoding="utf-8")
THEMES = sorted(path.parent.name for path in (ROOT / "themes").glob("*/theme.toml"))
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

EVERYTHING: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
COLOURS: dict[str, Any] = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
"""What may differ between themes and schemes."""

_DRESS = """([theme, sheets]) => {
    document.documentElement.dataset.theme = theme;
    for (const link of document.querySelectorAll("link[rel=stylesheet][href*='/static/theme-']")) link.disabled = true;
    document.adoptedStyleSheets = sheets.map((text) => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(text);
        return sheet;
    });
}"""

_STYLE = """(text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""


async def audit(page: Page, options: dict[str, Any] = EVERYTHING) -> list[str]:
    """What axe-core finds wrong on a page, a sentence for each element."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found: list[str] = await ask(page, "axe", options)
    return found


async def ask(page: Page, question: str, given: Any = None) -> Any:
    """The answer to a question of `questions.js`."""
    return await page.evaluate(f"(given) => ({QUESTIONS}).{question}(given)", given)


async def look(page: Page) -> list[str]:
    """What the project's own look at a page finds wrong."""
    found: list[str] = await page.evaluate(LOOK)
    return found


async def dress(page: Page, theme: str) -> None:
    """Gives the page the style sheets of a theme instead of those that it came with."""
    sheets = sorted((ROOT / "themes" / theme / "static").glob("*.css"), reverse=True)  # tokens before theme
    await page.evaluate(_DRESS, [theme, [sheet.read_text(encoding="utf-8") for sheet in sheets]])


async def settle(page: Page) -> None:
    """Waits until the page is drawn with what has just changed."""
    await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


async def add_style(page: Page, css: str) -> None:
    """Adds a style sheet, as a reader's own browser would."""
    await page.evaluate(_STYLE, css)


def listed(faults: Iterable[str]) -> str:
    """Faults as a message, each once."""
    return "\n".join(dict.fromkeys(faults))
