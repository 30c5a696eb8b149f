"""Notes how the tests of `PluginContract` end, and writes the verdict sheet of each plugin: `pytest --cercle-verdict`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

import core
from core.parts import load_parts
from core.verdicts import Outcome, Sheet, write_verdict

MARK = "cercle_promise"
_WORST: tuple[Outcome, ...] = ("kept", "not tried", "skipped", "broken")


@dataclass(slots=True)
class Sheets:
    """What was seen so far. Under xdist the process that started the others sees all reports.

    Args:
        promises: the names that a whole sheet has.
        results: how each promise of each plugin ended, the worst of all runs.
        databases: on which, by plugin.
    """

    promises: tuple[str, ...]
    results: dict[str, dict[str, Outcome]] = field(default_factory=lambda: defaultdict(dict))
    databases: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, report: pytest.TestReport) -> None:
        """Take one report of one phase of one test into account."""
        marked = dict(report.user_properties).get(MARK)
        if not isinstance(marked, str) or (report.when != "call" and report.passed):
            return
        plugin, promise, database = marked.split("/")
        outcome: Outcome = "kept" if report.passed else "skipped" if report.skipped else "broken"
        before = self.results[plugin].get(promise, "kept")
        self.results[plugin][promise] = max(before, outcome, key=_WORST.index)
        self.databases[plugin].update(filter(None, [database]))

    def write(self) -> Iterator[Path]:
        """Write a sheet into the package of each plugin that was tested; bundled ones have none."""
        parts = {one.name: one for one in load_parts().all()}
        for plugin, results in self.results.items():
            loaded = parts.get(plugin)
            if loaded is None or loaded.bundled or loaded.failure:
                continue
            sheet = Sheet(
                plugin=plugin,
                version=loaded.part.version,
                cercle=core.__version__,
                date=datetime.now(UTC).date(),
                databases=sorted(self.databases[plugin]),
                results={name: results.get(name, "not tried") for name in self.promises},
            )
            yield write_verdict(loaded.folder, sheet)


def mark_promises(items: list[pytest.Item], contract: type) -> None:
    """Write on each test of the contract which promise of which plugin it is, so that its reports carry it."""
    for item in items:
        cls = getattr(item, "cls", None)
        if isinstance(item, pytest.Function) and cls is not None and issubclass(cls, contract):
            name = item.originalname.removeprefix("test_")
            if item.originalname in vars(contract):
                database = getattr(item, "callspec", None)
                kind = database.params.get("database_kind", "") if database else ""
                item.user_properties.append((MARK, f"{getattr(cls, 'plugin', '')}/{name}/{kind}"))


def promises_of(contract: type) -> tuple[str, ...]:
    """The names of the promises, in their order."""
    return tuple(name.removeprefix("test_") for name in vars(contract) if name.startswith("test_"))
