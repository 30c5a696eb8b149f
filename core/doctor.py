"""`cercle doctor`: looks at machine, settings and data, and says what to do about what is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from core.accounts.models import User
from core.db import rows
from core.dispatch.deprecation import deprecations
from core.dispatch.faults import gist
from core.models import Blob, Delivery, Fault, Mail, OutboxEvent
from core.plugin_settings.check import misfits
from core.settings import GIB
from core.sqlite import library_is_safe_for_several_writers
from core.storage import verify

if TYPE_CHECKING:
    from core.app import Cercle
    from core.parts import LoadedPart

SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report.

    Args:
        level: `ok`, `warn` or `error`.
        subject: what was looked at.
        text: what was found, and what to do.
    """

    level: Literal["ok", "warn", "error"]
    subject: str
    text: str


async def examine(app: Cercle) -> list[Finding]:
    """Everything there is to say about this site, the worst included; reads only."""
    findings = [
        await _database(app),
        _disk(app),
        _address(app),
        await _operators(),
        *_plugins(app),
        *await _faults(app),
    ]
    findings += [await _outbox(), await _mail(app), *await _blobs(app)]
    findings += [Finding("warn", "settings", text) for text in await misfits(app)]
    for answer in await app.hooks.collect("site_checked", app=app):
        findings += answer.value
    return findings


async def _database(app: Cercle) -> Finding:
    if not app.settings.is_sqlite:
        return Finding("ok", "database", "PostgreSQL")
    version = sqlite3.sqlite_version
    damage = await rows("SELECT quick_check AS found FROM pragma_quick_check(1)")
    if damage[0]["found"] != "ok":
        return Finding("error", "database", f"SQLite finds damage: {damage[0]['found']}. Restore a backup")
    if library_is_safe_for_several_writers():
        return Finding("ok", "database", f"SQLite {version}")
    return Finding(
        "warn", "database", f"SQLite {version}: run one process only (several writers are safe from 3.51.3 on)"
    )


def _disk(app: Cercle) -> Finding:
    free = shutil.disk_usage(app.settings.data_dir).free
    text = f"{free / GIB:.1f} GiB free in {app.settings.data_dir}"
    return Finding("warn" if free < 2 * GIB else "ok", "disk", text)


def _address(app: Cercle) -> Finding:
    url = app.settings.base_url
    if app.settings.is_secure or _is_trial(app):
        return Finding("ok", "address", url)
    return Finding(
        "warn", "address", f"{url} is not https: passwords cross the network in the clear. Set CERCLE_BASE_URL"
    )


def _is_trial(app: Cercle) -> bool:
    """Whether only this machine reaches the site."""
    return urlsplit(app.settings.base_url).hostname in ("127.0.0.1", "localhost", "::1")


async def _operators() -> Finding:
    count = await User.filter(is_operator=True, is_active=True).count()
    if count:
        return Finding("ok", "operators", str(count))
    return Finding(
        "warn", "operators", "nobody runs this site: cercle serve prints a link, cercle user promote makes one"
    )


def _plugins(app: Cercle) -> list[Finding]:
    return [_plugin(one, app.settings.safe) for one in app.parts.all()] + [
        Finding("warn", f"plugin {one.name}", text) for one in app.parts for text in deprecations(app, one.name)
    ]


def _plugin(loaded: LoadedPart, safe: bool) -> Finding:
    if loaded.failure is None:
        return Finding("ok", f"plugin {loaded.name}", loaded.part.version)
    level: Literal["warn", "error"] = "warn" if safe and not loaded.bundled else "error"
    return Finding(level, f"plugin {loaded.name}", f"{loaded.failure}. {loaded.advice}".rstrip())


async def _faults(app: Cercle) -> list[Finding]:
    """What plugins did wrong since yesterday, by plugin and hook."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    since = datetime.now(UTC) - timedelta(days=1)
    for fault in await Fault.filter(at__gt=since).order_by("-id").limit(1000):
        groups.setdefault((fault.plugin, fault.hook), []).append(fault)
    return [_fault(app.parts.get(plugin), plugin, hook, faults) for (plugin, hook), faults in sorted(groups.items())]


def _fault(loaded: LoadedPart | None, plugin: str, hook: str, faults: list[Fault]) -> Finding:
    reason = gist(faults[0].traceback, loaded.folder if loaded else None)
    times = "once" if len(faults) == 1 else f"{len(faults)} times"
    text = f"failed {times} since yesterday in {hook}, the last time with {reason}. See /admin/plugins/{plugin}"
    return Finding("warn", f"plugin {plugin}", text)


async def _outbox() -> Finding:
    late = datetime.now(UTC) - timedelta(minutes=10)
    waiting = await OutboxEvent.filter(delivered_at=None, created_at__lt=late).count()
    failing = await Delivery.all().count()
    if waiting or failing:
        return Finding(
            "warn", "outbox", f"{waiting} events wait for more than ten minutes, {failing} deliveries are retried"
        )
    return Finding("ok", "outbox", "nothing waits")


async def _mail(app: Cercle) -> Finding:
    failing = await Mail.filter(sent_at=None, attempts__gt=0).order_by("-id").first()
    if failing:
        count = await Mail.filter(sent_at=None, attempts__gt=0).count()
        text = f"{count} messages could not be sent yet ({failing.error}); look at CERCLE_SMTP_URL"
        return Finding("warn", "mail", text)
    if app.settings.smtp_url is None and not _is_trial(app):
        return Finding("warn", "mail", f"goes to {app.settings.data_dir}/mail and to nobody. Set CERCLE_SMTP_URL")
    return Finding("ok", "mail", "nothing fails")


async def _blobs(app: Cercle) -> list[Finding]:
    """Re-reads the newest files and compares them with their hashes."""
    newest = await Blob.filter(references__gt=0).order_by("-created_at").limit(SAMPLE)
    damaged = [blob.hash for blob in newest if not await verify(app.storage, blob.hash)]
    if not damaged:
        return [Finding("ok", "storage", f"{len(newest)} of the newest files are as they were stored")]
    return [
        Finding("error", "storage", f"the file {hash} is missing or damaged; bring it back from a backup")
        for hash in damaged
    ]
