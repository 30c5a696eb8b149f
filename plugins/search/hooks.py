"""Where the search meets the rest of the site: what changes is indexed, and what a person keeps is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cercle import (
    ContentChanged,
    ContentPublished,
    ContentRemoved,
    Event,
    ExportFile,
    PersonHolding,
    after_commit,
    dialect,
    execute,
    gettext,
    hookimpl,
    ngettext,
)
from plugins.search.index import index_here
from plugins.search.models import SavedSearch
from plugins.search.services.indexing import index_rows
from plugins.search.services.keeping import forget_person


@hookimpl
async def site_started() -> None:
    """What is removed from an embedded database is overwritten in its file."""
    if dialect().name == "sqlite":
        await execute("PRAGMA secure_delete = ON")


@hookimpl
async def event_announced(event: Event) -> None:
    """Something in the catalogue is another than before: index it as it is now."""
    if isinstance(event, ContentPublished | ContentChanged | ContentRemoved):
        await index_rows([event.content_id])


@hookimpl
async def person_exported(user: Any) -> Sequence[ExportFile]:
    """The searches that they keep."""
    kept = await SavedSearch.filter(user_id=user.id).order_by("id")
    facts = [
        {"query": one.query, "filters": one.filters, "alert": one.tells, "created_at": one.created_at.isoformat()}
        for one in kept
    ]
    return [ExportFile("saved.json", facts, gettext("Saved searches"))] if facts else []


@hookimpl
async def person_holdings(user: Any) -> Sequence[PersonHolding]:
    """Saved searches go in any case."""
    count = await SavedSearch.filter(user_id=user.id).count()
    label = ngettext("saved search", "saved searches", count)
    return [PersonHolding(label, count, count, gettext("All clubs"), goes=True)]


@hookimpl
async def person_erased(user: Any) -> None:
    """The searches that they keep."""
    await forget_person(user.id)


@hookimpl
async def plugin_purged() -> None:
    """Its entries go with the rows of the catalogue; the files of the index keep nothing of them either."""
    after_commit(lambda: index_here().tidy())
