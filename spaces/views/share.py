"""What members bring from other apps, or begin with "New": choose a club, then what to make of it there.

The device posts what is shared. Where the service worker is at hand it keeps the files in the browser and comes here with the
words; otherwise the words arrive here, and the page says how the files get in.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from core.errors import CercleError, Invalid
from core.http import Request, see_other
from core.markdown import clean_text
from core.settings import MIB
from core.uploads import Field, multipart_files
from spaces.hookspecs import Shared, ShareTarget
from spaces.tabs import read_tabs
from spaces.views.palette import in_order_of_tabs

LONGEST = {"title": 200, "url": 2000, "text": 6000}
MOST_FILES = 100
_ADDRESS_AFTER_SIGN_IN = 1900  # characters of an address that survive the sign-in
_BYTES = 128 * MIB  # that pass by without being kept


async def index(request: Request) -> Response:
    """The clubs to choose from; with one club there is nothing to choose."""
    words = _words(request.query_params)
    if len(request.viewer.clubs) == 1:
        return request.redirect("spaces:club_share", club=request.viewer.clubs[0].slug, **words)
    choices = [(club, request.path("spaces:club_share", club=club.slug, **words)) for club in request.viewer.clubs]
    return await request.page("spaces/share/index.html", shared=_shared(words), words=words, choices=choices)


async def show(request: Request) -> Response:
    """What can be made in this club."""
    words = _words(request.query_params)
    shared = _shared(words)
    others = request.path("spaces:share", **words) if len(request.viewer.clubs) > 1 else None
    targets = await _targets(request, shared)
    return await request.page("spaces/share/show.html", shared=shared, words=words, targets=targets, others=others)


async def receive(request: Request) -> Response:
    """Take what the device posts, change nothing, and go on with GET; files that come this far are named, not kept."""
    sent, lost = await _sent(request)
    words = _words(sent)
    if lost:
        words["lost"] = "1"
    if not request.viewer.is_authenticated:
        words = _short(request, words)
    return see_other(request.path("spaces:share", **words))


async def _targets(request: Request, shared: Shared) -> list[tuple[ShareTarget, str]]:
    """What can be made, each with the name of its place where the club has one of its own."""
    grant = request.access.grant
    if grant.frozen_because:
        return []
    answers = await request.app.hooks.collect(
        "share_targets",
        plugins=frozenset(name for name in grant.writable if f"{name}.view" in grant.allowed),
        club_id=request.club.id,
        club=request.club,
        viewer=request.viewer,
        shared=shared,
    )
    chosen = {tab.name: tab.label for tab in read_tabs(request.club.tabs)}
    return [
        (target, chosen.get(answer.plugin, ""))
        for answer in in_order_of_tabs(request, answers)
        for target in answer.value
        if target.put_url or not shared.files
    ]


def _words(given: Mapping[str, str]) -> dict[str, str]:
    """What was given, cleaned and bounded; `files` is a number, `lost` and `cut` are signs."""
    words = {name: _cleaned(given.get(name, ""), most) for name, most in LONGEST.items()}
    number = given.get("files", "")
    words["files"] = number if number.isascii() and number.isdigit() and 0 < int(number[:4]) <= MOST_FILES else ""
    words |= {sign: "1" if given.get(sign) == "1" else "" for sign in ("lost", "cut")}
    if len(given.get("text", "")) > LONGEST["text"]:
        words["cut"] = "1"
    return {name: value for name, value in words.items() if value}


def _cleaned(text: str, most: int) -> str:
    try:
        return clean_text(text[:most]).strip()
    except Invalid:
        return ""


def _shared(words: Mapping[str, str]) -> Shared:
    text, url = words.get("text", ""), words.get("url", "")
    whole = "\n\n".join(piece for piece in (text, url if url not in text else "") if piece)
    return Shared(" ".join(words.get("title", "").split()), whole, int(words.get("files", "0")))


async def _sent(request: Request) -> tuple[dict[str, str], bool]:
    """The plain fields, and whether there were files, which pass by unread."""
    fields: dict[str, str] = {}
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return fields, False
    files = False
    try:
        async for part in multipart_files(request, limit=_BYTES, max_files=MOST_FILES):
            if isinstance(part, Field):
                fields[part.name] = part.value
            else:
                files = True
    except CercleError:
        return fields, True
    return fields, files


def _short(request: Request, words: dict[str, str]) -> dict[str, str]:
    """The same with a shorter text, where the address would not survive the sign-in; the page says so."""
    text = words.get("text", "")
    while text and len(request.path("spaces:share", **{**words, "text": text, "cut": "1"})) > _ADDRESS_AFTER_SIGN_IN:
        text = text[: len(text) * 3 // 4]
    return words if text == words.get("text", "") else {**words, "text": text, "cut": "1"}
