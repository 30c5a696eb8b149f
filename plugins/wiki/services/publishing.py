"""The wiki's rows in the catalogue."""

from __future__ import annotations

from cercle import FOLDED_END, Club, Content, publish_content, summary
from plugins.wiki.models import Page
from plugins.wiki.names import page_url


async def publish_page(
    club: Club, page: Page, *, text: str | None = None, state: str = "published", touch: bool = True
) -> bool:
    """Write the catalogue's row of a page, in the transaction that changes the page; False for one that waits for a moderator.

    Args:
        club: where.
        page: the page.
        text: its plain words; None leaves those that are known.
        state: `published` or `trashed`.
        touch: whether it counts as news.
    """
    short, words = (summary(text), text) if text is not None else await _known_words(page)
    return await publish_content(
        page,
        plugin="wiki",
        kind="page",
        title=page.title,
        url=page_url(club, page.slug),
        author_id=page.author_id,
        actor_id=page.editor_id,
        state=state,
        created_at=page.created_at,
        touch=touch,
        summary=short,
        words=words,
    )


async def _known_words(page: Page) -> tuple[str, str]:
    known = await Content.get_or_none(plugin="wiki", kind="page", object_id=page.id)
    return (known.summary, known.words.partition(FOLDED_END)[2]) if known else ("", "")
