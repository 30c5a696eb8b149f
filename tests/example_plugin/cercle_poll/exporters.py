"""The way out: what `cercle export --format json` writes."""

from __future__ import annotations

import asyncio
import json

from cercle import N_, Exporter, ExportRequest
from cercle_poll.models import Poll
from cercle_poll.queries import standing_of


async def export_json(request: ExportRequest) -> None:
    """Write the polls of a club with their results, as far as the person in whose name it runs may see them."""
    polls, written = await Poll.filter(club_id=request.club.id, removed_at=None).order_by("id"), []
    for number, poll in enumerate(polls):
        request.progress(number, len(polls), poll.question)
        standing = await standing_of(poll, request.actor)
        answers = [{"text": one.text, "votes": one.votes, "names": one.names} for one in standing.results]
        facts = {"question": poll.question, "asked": poll.created_at.isoformat(), "open": poll.is_open}
        written.append({**facts, "voters": standing.voters, "answers": answers})
        request.report.created.append(poll.question)
    text = json.dumps(written, ensure_ascii=False, indent=2)
    await asyncio.to_thread(request.path.write_text, text, encoding="utf-8")
    request.progress(len(polls), len(polls), "")


exporters = (Exporter("json", N_("A JSON file with the polls and their results"), export_json),)
