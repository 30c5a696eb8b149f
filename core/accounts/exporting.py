"""Texts as pages that people read from a disk, for the archives that they take along."""

from __future__ import annotations

from core import current
from core.errors import Invalid
from core.i18n import direction, language_tag
from core.markdown import render_in_child


async def readable_page(title: str, text: str) -> str:
    """A text as a page of HTML that needs nothing else; its links lead to the site.

    Args:
        title: its heading.
        text: Markdown. What takes too long to render is shown as it was typed.
    """
    try:
        html = (await render_in_child(text)).html
    except Invalid:
        html = ""
    app = current.app()
    facts = {"title": title, "html": html, "text": text, "base_url": app.settings.base_url}
    return app.pages.render("accounts/export/page.html", **facts, locale=language_tag(), direction=direction())
