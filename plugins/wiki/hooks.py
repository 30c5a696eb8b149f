"""What the wiki answers to others: a panel for the club's home, what it keeps, demo pages, the state of its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tortoise.expressions import F
from tortoise.functions import Count, Sum

from cercle import (
    Club,
    ExportFile,
    Finding,
    Holding,
    ImportRequest,
    Link,
    MergeStep,
    Panel,
    PanelQuery,
    PersonHolding,
    Report,
    Select,
    Shared,
    ShareTarget,
    Viewer,
    access_for,
    ago,
    can,
    current_app,
    dialect,
    gettext,
    hookimpl,
    links_to,
    moment,
    ngettext,
    rows,
    speaking,
    visible_sql,
)
from plugins.wiki.importers import import_markdown
from plugins.wiki.models import Attachment, Page
from plugins.wiki.permissions import EDIT
from plugins.wiki.services import leaving, works
from plugins.wiki.services.demo import LONG_AGO, NEWEST, spread_over_weeks
from plugins.wiki.services.merging import make_new, make_room
from plugins.wiki.services.pages import tell_of_page
from plugins.wiki.services.trash import restore_page, trash_page

RECENT = 5
DEMO = Path(__file__).parent / "demo"


@hookimpl
def club_panels(club: Club, viewer: Viewer) -> Sequence[PanelQuery]:
    """The pages that changed last."""
    visible, values = visible_sql(club, viewer, plugin="wiki")
    sql = (
        f"SELECT c.title, c.url, c.updated_at FROM spaces_content c WHERE {visible} "
        f"AND c.kind = 'page' AND c.state = 'published' ORDER BY c.updated_at DESC, c.id DESC LIMIT {RECENT}"
    )
    return (PanelQuery(Select(("title", "url", "updated_at"), sql, values), partial(_panel, club.slug)),)


def _panel(club: str, pages: list[list[Any]]) -> Panel | None:
    links = tuple(Link(title, url, "file-text", _ago(changed)) for title, url, changed in pages)
    more = Link(gettext("Recent changes"), current_app().urls.path("wiki:changes.index", club=club))
    return Panel(gettext("Recent pages"), links, more, order=20) if links else None


def _ago(time: str) -> str:
    found = moment(time)
    return ago(found) if found else ""


@hookimpl
def palette_commands(club: Club, viewer: Viewer) -> Sequence[Link]:
    """Writing a page, and the ways through those there are."""
    path = current_app().urls.path
    new = [Link(gettext("New page"), path("wiki:pages.new", club=club.slug), "file-plus")]
    return [
        *(new if can(viewer, EDIT, club) else ()),
        Link(gettext("All pages"), path("wiki:pages.index", club=club.slug), "list-tree"),
        Link(gettext("Recent changes"), path("wiki:changes.index", club=club.slug), "history"),
    ]


@hookimpl
def share_targets(club: Club, viewer: Viewer, shared: Shared) -> Sequence[ShareTarget]:
    """A new page of what is shared."""
    if shared.files or not can(viewer, EDIT, club):
        return ()
    url = current_app().urls.path("wiki:pages.new", club=club.slug, title=shared.title, body=shared.text)
    return [ShareTarget(gettext("New wiki page"), url, "file-plus")]


@hookimpl
async def plugin_holdings(club: Club) -> Sequence[Holding]:
    """How many pages there are, and how many bytes their attachments have."""
    pages = await Page.filter(club_id=club.id, trashed_at=None).count()
    files = Attachment.filter(club_id=club.id).annotate(count=Count("id"), size=Sum("size"))
    found = await files.group_by("club_id").values_list("count", "size")
    count, size = found[0] if found else (0, 0)
    attached = Holding(ngettext("attachment", "attachments", count), int(count), int(size or 0))
    return (Holding(ngettext("page", "pages", pages), pages), attached)


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """What they wrote, and the files they sent."""
    return await leaving.files_of_person(user.id)


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """Pages."""
    return await works.holdings_of_person(user.id)


@hookimpl
async def person_erased(user: Any) -> None:
    """Files that wait for a page that they were writing; pages stay, unless the person wants theirs erased."""
    await leaving.forget_person(user.id)
    if not user.leaves_works:
        await works.erase_works(user.id)


@hookimpl
async def links_counted(club: Club, address: str) -> Sequence[Holding]:
    """Pages with links to an address."""
    condition, values = links_to("body_html", address, first=2)
    sql = f"SELECT COUNT(*) AS pages FROM wiki_page WHERE club_id = {dialect().param(1)} AND trashed_at IS NULL AND {condition}"
    count = int((await rows(sql, [club.id, *values]))[0]["pages"])
    return (Holding(ngettext("page", "pages", count), count),)


@hookimpl
async def content_hidden(club: Club, object_id: int, hidden: bool, actor: Viewer, is_new: bool) -> None:
    """A page goes into the trash, and comes out of it; of one that waited, everybody hears as of a new one."""
    page = await Page.get_or_none(id=object_id, club_id=club.id).select_related("author")
    if page is None or (page.trashed_at is not None) == hidden:
        return
    if hidden:
        await trash_page(club, page, actor=actor)
        return
    restored = await restore_page(club, page, actor=actor)
    if is_new:
        author = Viewer(id=page.author.id, name=page.author.name) if page.author else actor
        await tell_of_page(club, restored, actor=author, mentions=restored.source is None)


@hookimpl
async def club_merged(source: Club, target: Club, is_over: bool) -> MergeStep | None:
    """Pages whose name is taken get another one; afterwards links are looked at again."""
    if not is_over:
        return await make_room(source, target)
    await make_new(target)
    return None


@hookimpl
async def demo_seeded(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Bring in the demo pages of this club, where there are some; they are in French."""
    folder = DEMO / club.slug
    if folder.is_dir():
        owner = cast["owner"]
        viewer = await access_for(app, club, user_id=owner.id, name=owner.name)
        with speaking("fr"):
            await import_markdown(ImportRequest(club, viewer, folder, Report(), lambda *_: None))
    await spread_over_weeks(club, newest=NEWEST if folder.is_dir() else LONG_AGO)


@hookimpl
async def site_checked(app: Any) -> list[Finding]:
    """Pages whose place in the tree or whose history do not fit together."""
    whole = await Page.all().count()
    complete = await Page.filter(revisions__number=F("version")).count()
    if whole != complete:
        text = gettext("%(count)s pages lack their latest version; restore a backup.", count=whole - complete)
        return [Finding("error", "wiki", text)]
    return [Finding("ok", "wiki", gettext("%(count)s pages, each with its history", count=whole))]
