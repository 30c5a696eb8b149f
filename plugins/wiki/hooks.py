"""What the wiki answers to others: a panel for the club's home, what it keeps, demo pages, the state of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tortoise.expressions import F
from tortoise.functions import Count, Sum

from cercle import (
    Club,
    Finding,
    Holding,
    ImportRequest,
    Link,
    Panel,
    Report,
    Viewer,
    access_for,
    ago,
    current_app,
    gettext,
    hookimpl,
    speaking,
    visible_in,
)
from plugins.wiki.importers import import_markdown
from plugins.wiki.models import Attachment, Page
from plugins.wiki.services.demo import spread_over_weeks

RECENT = 5
DEMO = Path(__file__).parent / "demo"


@hookimpl
async def club_panels(club: Club, viewer: Viewer) -> Sequence[Panel]:
    """The pages that changed last."""
    found = visible_in(club, viewer).filter(plugin="wiki", kind="page", state="published").order_by("-updated_at")
    pages = await found.limit(RECENT).only("id", "title", "url", "updated_at")
    if not pages:
        return ()
    links = tuple(Link(page.title, page.url, icon="file-text", note=ago(page.updated_at)) for page in pages)
    more = Link(gettext("Recent changes"), current_app().urls.path("wiki:changes.index", club=club.slug))
    return (Panel(gettext("Recent pages"), links, more=more, order=20),)


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """How many pages there are, and how many bytes their attachments have."""
    pages = await Page.filter(club_id=club.id, trashed_at=None).count()
    files = Attachment.filter(club_id=club.id).annotate(count=Count("id"), size=Sum("size"))
    found = await files.group_by("club_id").values_list("count", "size")
    count, size = found[0] if found else (0, 0)
    return (Holding(gettext("pages"), pages), Holding(gettext("attachments"), int(count), int(size or 0)))


@hookimpl
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Bring in the demo pages of this club, where there are some; they are in French."""
    folder = DEMO / club.slug
    if folder.is_dir():
        owner = cast["owner"]
        viewer = await access_for(app, club, user_id=owner.id, name=owner.name)
        with speaking("fr"):
            await import_markdown(ImportRequest(club, viewer, folder, Report(), lambda *_: None))
    await spread_over_weeks(club)


@hookimpl
async def site_checked(app: Any) -> list[Finding]:
    """Pages whose place in the tree or whose history do not fit together."""
    whole = await Page.all().count()
    complete = await Page.filter(revisions__number=F("version")).count()
    if whole != complete:
        text = gettext("%(count)s pages lack their latest version; restore a backup.", count=whole - complete)
        return [Finding("error", "wiki", text)]
    return [Finding("ok", "wiki", gettext("%(count)s pages, each with its history", count=whole))]
