"""What the tests of moderation have in common: things to report, reporting them, deciding."""

from __future__ import annotations

from typing import Any

import httpx

from cercle.testing import Village
from core.accounts.models import User
from spaces.models import Case, Content

WORD = "zanzibar"
"""Stands in every title and text that is hidden."""
SOUGHT = "mountebank"
"""Stands in the texts too; search for it, since the page of a search repeats what was asked."""


async def write_page(village: Village, author: User) -> Content:
    """A wiki page with `WORD` in its text."""
    sent = {"title": f"Page {WORD}", "body": f"The text of {WORD}, {SOUGHT}."}
    assert (await village.client(author).post("/c/atelier/wiki/pages", data=sent)).status_code == 303
    return await Content.get(plugin="wiki", kind="page")


async def write_post(village: Village, author: User) -> Content:
    """A blog post that is out, with `WORD` in its text."""
    browser = village.client(author)
    sent = {"title": f"Post {WORD}", "body": f"The text of {WORD}, {SOUGHT}.", "state": "published"}
    answer = await village.api(author).post("clubs/atelier/blog/posts", json=sent)
    assert answer.status_code == 201, answer.text
    await browser.aclose()
    return await Content.get(plugin="blog", kind="post")


async def send_file(village: Village, author: User) -> Content:
    """A text file with `WORD` in its name and bytes."""
    files = {"file": (f"{WORD} {SOUGHT}.txt", f"bytes of {WORD}".encode())}
    answer = await village.client(author).post("/c/atelier/files/uploads", data={"folder": "0"}, files=files)
    assert answer.status_code == 303
    return await Content.get(plugin="files", kind="file")


MAKERS: dict[str, Any] = {"wiki": write_page, "blog": write_post, "files": send_file}


def form_for(item: Content, **more: str) -> dict[str, str]:
    """What the report form sends about an item."""
    return {"plugin": item.plugin, "kind": item.kind, "item": str(item.object_id), "reason": "offensive", **more}


async def report_item(village: Village, item: Content, person: User, **more: str) -> httpx.Response:
    """Report an item by the page."""
    return await village.client(person).post("/c/atelier/report", data=form_for(item, **more))


async def decide(village: Village, person: User, outcome: str, case: Case | None = None, **more: str) -> httpx.Response:
    """Decide about a case, the only one unless another is named, by its page."""
    found = case or await Case.get()
    sent = {"outcome": outcome, "reason": "offensive", "words": "Please stay polite.", **more}
    return await village.client(person).post(f"/c/atelier/moderation/cases/{found.id}", data=sent)


async def hide(village: Village, item: Content) -> Case:
    """Have the guest report an item and the moderator hide it."""
    assert (await report_item(village, item, village.guest)).status_code == 303
    answer = await decide(village, village.moderator, "hide")
    assert answer.status_code == 303, answer.text
    return await Case.get()
