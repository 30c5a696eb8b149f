"""One plugin in the console: whether it runs, where it is on, what it did wrong, how long it takes, how its data are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from core.doctor import Finding
from core.errors import NotFound
from core.http import Request
from core.i18n import gettext, ngettext
from core.parts import LoadedPart
from core.standing import Standing, standing
from core.verdicts import read_verdict, verdict_summary
from spaces.queries.console import names_of_clubs
from spaces.queries.plugin_reports import (
    Timing,
    count_states,
    list_fault_groups,
    list_job_runs,
    list_pauses,
    read_timings,
)
from spaces.views.admin.machine import span
from spaces.views.admin.pages import console

DAY, WEEK = timedelta(days=1), timedelta(days=7)
HEALTH_SECONDS = 10.0


async def show(request: Request) -> Response:
    """Everything about one plugin, a sentence first."""
    loaded = _found(request)
    states, pauses, faults = await _where(loaded)
    day, week = await read_timings(loaded.name, DAY), await read_timings(loaded.name, WEEK)
    jobs = [] if loaded.failure else [j for j in request.app.jobs.registered if j.name.startswith(f"{loaded.name}.")]
    return await console(
        request,
        "plugin.html",
        "admin.plugins",
        loaded=loaded,
        advice=gettext(loaded.advice) if loaded.advice else "",
        sentence=_sentence(loaded, states, day),
        is_well=not loaded.failure and not pauses and not _failures(day),
        states=states,
        pauses=pauses,
        faults=faults,
        names=await names_of_clubs([club for fault in faults for club in fault.club_ids]),
        day=day,
        week=week,
        jobs=[(run, gettext(run.job.title) or run.job.name) for run in await list_job_runs(jobs, day)],
        span=span,
        needed_by=[one for one in request.app.parts.all() if loaded.name in one.needs],
        migrations=await _migrations(loaded),
        health=await _health(request, loaded) if "health" in request.query_params else None,
        health_seconds=int(HEALTH_SECONDS),
        verdict=None if loaded.failure else read_verdict(loaded),
        tested=verdict_summary(loaded) if not loaded.failure else "",
        has_settings=not loaded.failure and request.app.plugin_settings.for_operators(loaded.name),
    )


def _found(request: Request) -> LoadedPart:
    """The running one of a name before others; `package` names one of several."""
    name, package = request.path_params["plugin"], request.query_params.get("package", "")
    found = [one for one in request.app.parts.all() if one.name == name and package in ("", one.package)]
    if not found:
        raise NotFound()
    return min(found, key=lambda one: one.failure is not None)


async def _where(loaded: LoadedPart) -> tuple[Mapping[str, int], Any, Any]:
    folder = None if loaded.failure else loaded.folder
    return await count_states(loaded.name), await list_pauses(loaded.name), await list_fault_groups(loaded.name, folder)


async def _migrations(loaded: LoadedPart) -> Standing:
    return await standing(loaded.name, loaded.package)


async def _health(request: Request, loaded: LoadedPart) -> list[Finding]:
    """What the plugin finds wrong with its own data, within a time."""
    failed: list[str] = []
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            answers = await request.app.hooks.collect("site_checked", only=loaded.name, failed=failed, app=request.app)
    except TimeoutError:
        return [Finding("warn", loaded.name, gettext("The check took too long and was stopped. Run: cercle doctor"))]
    if failed:
        return [Finding("error", loaded.name, gettext("The check itself failed; see the faults below."))]
    found = [finding for answer in answers for finding in answer.value]
    return found or [Finding("ok", loaded.name, gettext("It has nothing to say about its data."))]


def _failures(timings: list[Timing]) -> int:
    return sum(timing.faults for timing in timings)


def _sentence(loaded: LoadedPart, states: Mapping[str, int], day: list[Timing]) -> str:
    title = gettext(loaded.part.title)
    if loaded.failure:
        return gettext(
            "%(plugin)s does not run. Nothing in it is lost; where it was on, members read that it is unavailable.",
            plugin=title,
        )
    if paused := states.get("paused", 0):
        return ngettext(
            "%(plugin)s runs, but is paused in %(count)s club, because it kept failing there.",
            "%(plugin)s runs, but is paused in %(count)s clubs, because it kept failing there.",
            paused,
            plugin=title,
        )
    if failures := _failures(day):
        return ngettext(
            "%(plugin)s runs. It failed %(count)s time since yesterday; nobody lost anything by it.",
            "%(plugin)s runs. It failed %(count)s times since yesterday; nobody lost anything by it.",
            failures,
            plugin=title,
        )
    return gettext("%(plugin)s runs, and nothing went wrong since yesterday.", plugin=title)
