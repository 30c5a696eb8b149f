"""Walks every page of every club as each kind of person, for the rehearsal of an upgrade."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Literal
from urllib.parse import urldefrag, urljoin

import httpx

from core.accounts.models import LoginSession, User
from core.accounts.sessions import cookie_name, digest
from core.doctor import Finding
from spaces.models import Club, Membership
from spaces.queries.standing import stands

if TYPE_CHECKING:
    from core.app import Cercle

MOST_PAGES = 300
"""For one person in one club; lists are alike from page to page."""
SECONDS = 3.0
"""From which on a page counts as slow."""
SLOW = f"takes more than {SECONDS:.0f} seconds"
_LINK = re.compile(r"""<a\b[^>]*?\bhref="([^"]+)\"""")
_SHORT = {"Range": "bytes=0-0"}  # of a file, the first byte will do


async def walk_clubs(app: Cercle) -> list[Finding]:
    """What answers with a fault, or slowly, and as whom; and how many pages were tried."""
    seen, count = dict[tuple[str, str], list[str]](), 0
    for club in await Club.filter(deleted_at=None).order_by("id"):
        async for kind, person in _cast(club):
            async with await _browser(app, person) as browser:
                async for path, trouble in _walk(browser, club):
                    count += 1
                    if trouble:
                        seen.setdefault((path, trouble), []).append(kind)
    level: dict[str, Literal["warn", "error"]] = {SLOW: "warn"}
    found = [
        Finding(level.get(trouble, "error"), path, f"{trouble}, as {', '.join(dict.fromkeys(kinds))}")
        for (path, trouble), kinds in seen.items()
    ]
    return [*found, Finding("ok", "pages", f"{count} tried in all clubs")]


async def _cast(club: Club) -> AsyncIterator[tuple[str, User | None]]:
    """Somebody of each role in the club, an operator, somebody from outside, and nobody."""
    members = await Membership.filter(stands(), club=club).select_related("user").order_by("id")
    for role in dict.fromkeys(each.role for each in members):
        yield role, next(each.user for each in members if each.role == role)
    inside = {each.user_id for each in members}
    if operator := await User.filter(is_operator=True).order_by("id").first():
        yield "operator", operator
    if outsider := await User.filter(id__not_in=inside, is_operator=False).order_by("id").first():
        yield "visitor", outsider
    yield "anonymous", None


async def _walk(browser: httpx.AsyncClient, club: Club) -> AsyncIterator[tuple[str, str]]:
    """Each page of the club that this browser comes to, and what is wrong with it, "" for nothing."""
    home = f"/c/{club.slug}/"
    seen, waiting = {home}, [home]
    while waiting and len(seen) - len(waiting) < MOST_PAGES:
        path = waiting.pop()
        answer = await browser.get(path, headers=_SHORT)
        slow = answer.elapsed.total_seconds() > SECONDS
        yield path, f"answers {answer.status_code}" if answer.status_code >= 500 else SLOW if slow else ""
        fresh = {link for link in _links(path, answer) if link.startswith(home)} - seen
        seen |= fresh
        waiting += sorted(fresh)


def _links(path: str, answer: httpx.Response) -> set[str]:
    if "html" not in answer.headers.get("content-type", ""):
        return set()
    return {urldefrag(urljoin(path, unescape(link)))[0] for link in _LINK.findall(answer.text)}


async def _browser(app: Cercle, person: User | None) -> httpx.AsyncClient:
    """A browser in which this person is signed in, in the copy."""
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=app.settings.base_url
    )
    if person is not None:
        secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
        await LoginSession.create(
            token_hash=digest(secret), user=person, stamp=person.stamp, proven_at=now, seen_at=now,
            expires_at=now + timedelta(hours=1),
        )  # fmt: skip
        browser.cookies.set(cookie_name(app.settings), secret)
    return browser
