"""Comments for the tests, written by the services as the pages would, and the items that they are about."""

from __future__ import annotations

from itertools import count
from typing import Any

from cercle import Club, Content
from cercle.testing import Village
from core.accounts.models import User
from plugins.comments.models import Comment
from plugins.comments.queries.items import Item, find_item
from plugins.comments.services.writing import Words, write_comment
from plugins.wiki.models import Page
from plugins.wiki.services.drafts import Draft
from plugins.wiki.services.pages import create_page

TEXT = "The bench stands by the window. Every chisel has its place."

_said = count(2)


async def page_of(
    village: Village, title: str = "Tools", *, club: Club | None = None, author: User | None = None
) -> Page:
    """A page of the wiki, written by the owner."""
    place = club or village.club
    viewer = await village.viewer(author or village.owner, place)
    return await create_page(place, Draft(title, TEXT), actor=viewer)


def of(page: Any, rest: str = "", *, club: str = "atelier") -> str:
    """The address of the comments of a page."""
    return f"/c/{club}/comments/of/wiki/page/{page.id}{rest}"


async def say(
    village: Village,
    page: Page,
    body: str = "",
    *,
    author: User | None = None,
    to: Comment | None = None,
    exact: str = "",
    club: Club | None = None,
) -> Comment:
    """A comment on a page, by the member unless said."""
    place = club or village.club
    viewer = await village.viewer(author or village.member, place)
    item = await find_item(place, "wiki", "page", page.id, viewer=viewer)
    comment, _ = await write_comment(
        place, item, Words(body or f"Well said {next(_said)} times.", to.id if to else None, exact), actor=viewer
    )
    return comment


async def item_of(village: Village, page: Page) -> Item:
    """What the comments of a page are about, as the owner sees it."""
    return await find_item(village.club, "wiki", "page", page.id, viewer=await village.viewer(village.owner))


async def row_of(comment: Comment) -> Content:
    """The catalogue's row of a comment."""
    return await Content.get(plugin="comments", kind="comment", object_id=comment.id)
