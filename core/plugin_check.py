"""What `cercle plugin check` looks at: whether a plugin keeps to the rules, with file and line of what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.db import fits
from core.parts import LoadedPart
from core.plugin_checks.checked import Checked
from core.plugin_checks.coding import check_coding
from core.plugin_checks.faults import Fault
from core.plugin_checks.hooks import check_deprecations, check_hooks
from core.plugin_checks.imports import check_imports
from core.plugin_checks.layout import check_layout
from core.plugin_checks.loading import check_loading
from core.plugin_checks.manifest import check_manifest
from core.plugin_checks.models import check_events, check_migrations, check_models, tables_of
from core.plugin_checks.options import check_settings
from core.plugin_checks.rights import check_permissions, check_routes
from core.plugin_checks.statics import check_statics
from core.plugin_checks.templates import check_templates
from core.plugin_checks.translations import check_translations

if TYPE_CHECKING:
    from core.app import Cercle

__all__ = ["Fault", "check_plugin"]

Look = Callable[[Checked], Iterator[Fault]]

OF_FILES: tuple[Look, ...] = (
    *(
        check_layout,
        check_imports,
        check_coding,
        check_manifest,
        check_hooks,
        check_translations,
        check_statics,
        check_settings,
    ),
)
OF_WHAT_RUNS: tuple[Look, ...] = (
    *(check_permissions, check_routes, check_models, check_events, check_templates, check_deprecations),
)


async def check_plugin(app: Cercle, loaded: LoadedPart, root: Path | None = None) -> list[Fault]:
    """Everything that is wrong with a plugin, by file and line. Of one that does not load, what its files show.

    Args:
        app: built with the plugin, not running.
        loaded: the plugin.
        root: the folder of its `pyproject.toml`, where it is known.
    """
    checked = Checked(app, loaded, root)
    faults = {*checked.unreadable(), *(fault for look in OF_FILES for fault in look(checked))}
    faults |= {*_reasons(checked, faults)}
    if checked.is_running:
        if misfit := await fits("sqlite://:memory:", tables_of(checked)):
            path = loaded.folder / "models.py"
            return sorted({*faults, Fault(path, 1, f"the models do not fit those of Cercle: {misfit}")})
        faults |= {fault for look in OF_WHAT_RUNS for fault in look(checked)}
        faults |= {*await check_migrations(checked)}
    return sorted(faults)


def _reasons(checked: Checked, told: set[Fault]) -> Iterator[Fault]:
    """Why it does not load, unless one of the faults at that very place says it already."""
    places = {(fault.path, fault.line) for fault in told if fault.level == "error"}
    return (fault for fault in check_loading(checked) if (fault.path, fault.line) not in places)
