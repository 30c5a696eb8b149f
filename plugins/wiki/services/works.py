"""What somebody has written in the wikis of clubs: counted, and erased where nobody else has worked on it."""

from __future__ import annotations

from cercle import PersonHolding, atomic, dialect, holdings_by_club, ngettext, rows
from plugins.wiki.models import Page
from plugins.wiki.services.links import mark_stale, names_of, take_tree
from plugins.wiki.services.trash import erase_page

BATCH = 100
_THEIRS = "EXISTS (SELECT 1 FROM wiki_revision r WHERE r.page_id = p.id AND r.author_id = {})"
_BELOW = "d.club_id = p.club_id AND d.path LIKE p.path || '%'"
_ALONE = (
    "NOT EXISTS (SELECT 1 FROM wiki_page d JOIN wiki_revision r ON r.page_id = d.id "
    f"WHERE {_BELOW} AND COALESCE(r.author_id, 0) <> {{}}) "
    "AND NOT EXISTS (SELECT 1 FROM wiki_page d JOIN wiki_attachment a ON a.page_id = d.id "
    f"WHERE {_BELOW} AND COALESCE(a.uploader_id, 0) <> {{}})"
)


async def holdings_of_person(user_id: int) -> list[PersonHolding]:
    """The pages of which they wrote a version."""
    found = await rows(
        _sql(
            f"SELECT p.club_id, COUNT(*) AS pages, SUM(CASE WHEN {_ALONE} THEN 1 ELSE 0 END) AS alone "
            f"FROM wiki_page p WHERE {_THEIRS} GROUP BY p.club_id ORDER BY p.club_id"
        ),
        [user_id] * 3,
    )
    counts = {row["club_id"]: (int(row["pages"]), int(row["alone"])) for row in found}
    return await holdings_by_club(user_id, "wiki", counts, lambda count: ngettext("page", "pages", count))


async def erase_works(user_id: int) -> None:
    """Erase the pages that they alone wrote and that have no page or file of anybody else below, the deepest first."""
    query = _sql(
        f"SELECT p.id FROM wiki_page p WHERE {_THEIRS} AND {_ALONE} ORDER BY LENGTH(p.path) DESC, p.id LIMIT {BATCH}"
    )
    while found := await rows(query, [user_id] * 3):
        for row in found:
            await _erase(row["id"], user_id)


async def _erase(page_id: int, user_id: int) -> None:
    """Erase one page, when nobody has worked on it in the meantime."""
    page = await Page.get_or_none(id=page_id)
    if page is None:
        return
    async with atomic():
        await take_tree(page.club_id)
        alone = _sql(f"SELECT p.id FROM wiki_page p WHERE {_ALONE} AND p.id = {{}}")
        if await rows(alone, [user_id, user_id, page_id]):
            await mark_stale(page.club_id, await names_of(page), besides=page.id)
            await erase_page(page)


def _sql(text: str) -> str:
    """Fill each `{}` with the next placeholder of the open database."""
    words = dialect()
    return text.format(*(words.param(number) for number in range(1, text.count("{}") + 1)))
