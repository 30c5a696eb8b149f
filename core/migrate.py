"""Migrations, one part at a time: making them, applying them, refusing a database from the future.

Works around what Tortoise 1.1.9 does: initial migrations of several apps made together miss their dependencies, and
`makemigrations` of one app fails on foreign keys to another. So each part's are made alone, against the full configuration.
It also notes that a migration is applied only after committing it; here that is part of the same transaction.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.exceptions import OperationalError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.operations import Operation
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

import core
from core import sort_keys
from core.db import CONNECTION, AppTables, atomic, dialect, rows, tortoise_config
from core.dispatch.fences import ends_this_task
from core.errors import SettingsError
from core.loading.mends import MigrationFault
from core.migration_states import state_after
from core.models import Setting

logger = logging.getLogger("cercle.migrations")

VERSION_PART = "core"
SortKeys = sort_keys.SortKeys  # migrations take it from here
Progress = Callable[[str, str, str], object]


async def pending(apps: Sequence[AppTables]) -> list[str]:
    """Names of the migrations that are not applied yet, as `part.name`; the database must be open."""
    executor = _executor(apps)
    plan = await executor.plan([MigrationTarget(app.label, "__latest__") for app in apps if app.migrations])
    return [f"{step.migration.app_label}.{step.migration.name}" for step in plan if not step.backward]


async def apply(apps: Sequence[AppTables], *, progress: Progress | None = None) -> dict[str, BaseException]:
    """Bring every part up to date, in their order; the database must be open.

    Args:
        apps: the tables of all parts, the engine first.
        progress: told of each migration.

    Returns:
        The parts that failed and why; a failing plugin does not keep the others from migrating.

    Raises:
        SettingsError: when the engine or another of the foundation cannot be migrated.
    """
    failed: dict[str, BaseException] = {}
    for app in apps:
        if not app.migrations:
            continue
        at: list[str] = []

        def note(event: str, part: str, name: str, at: list[str] = at) -> None:
            at.append(name)
            if progress is not None:
                progress(event, part, name)

        try:
            await _executor(apps).migrate(
                [MigrationTarget(app.label, "__latest__")], direction="forward", progress=note
            )
        except BaseException as error:
            if ends_this_task(error):
                raise
            if app.label in ("core", "accounts", "spaces"):
                raise SettingsError(f"The tables of {app.label} cannot be brought up to date: {error}") from error
            logger.exception("Migrating %s failed", app.label)
            failed[app.label] = MigrationFault(at[-1] if at else "", error)
    await _remember_version()
    return failed


async def unreadable(apps: Sequence[AppTables]) -> BaseException | None:
    """Why the migrations of these parts cannot be planned together, None when they can; the database must be open."""
    try:
        await pending(apps)
    except BaseException as error:
        if ends_this_task(error):
            raise
        return error
    return None


async def ahead(apps: Sequence[AppTables]) -> list[MigrationKey]:
    """What was applied and is not there: a newer version of the part ran here before."""
    known = {app.label for app in apps}
    return [key for key in await applied() if key.app_label in known and not _on_disk(apps, key)]


async def refuse_newer(apps: Sequence[AppTables]) -> None:
    """Refuse a database that a newer version of Cercle has changed.

    Raises:
        SettingsError: naming both versions.
    """
    if unknown := await ahead(apps):
        names = ", ".join(f"{key.app_label}.{key.name}" for key in unknown[:3])
        raise SettingsError(
            f"This database was last used by Cercle {await _remembered_version()}, and this is Cercle {core.__version__}, which "
            f"does not know its changes ({names}). Install the newer version, or restore a backup made with this one."
        )


async def is_empty() -> bool:
    """Whether the database holds nothing of ours yet."""
    return not await applied()


async def make(url: str, apps: Sequence[AppTables], label: str) -> list[Path]:
    """Write the migration that brings a part's tables in step with its models.

    Args:
        url: any database of the right kind; it is not read.
        apps: the tables of all parts.
        label: the part.

    Returns:
        The files written; none when nothing has changed.
    """
    folder = _migrations_folder(next(app for app in apps if app.label == label))
    folder.mkdir(exist_ok=True)
    (folder / "__init__.py").touch()
    complete = [AppTables(app.label, app.models, app.migrations or f"{_package(app)}.migrations") for app in apps]
    on_disk = [app for app in complete if app.label == label or _has_folder(app)]
    importlib.invalidate_caches()
    config = tortoise_config(url, on_disk)
    detector = await _detector(config)
    writers = [writer for writer in await detector.changes() if writer.app_label == label]
    return [Path(str(writer.write())) for writer in writers]


async def changes(url: str, apps: Sequence[AppTables]) -> list[str]:
    """Parts whose models have changed since their last migration."""
    detector = await _detector(tortoise_config(url, apps))
    return [writer.app_label for writer in await detector.changes()]


async def _detector(config: dict[str, Any]) -> MigrationAutodetector:
    """Compares models with migrations, docstrings left out: as table comments, a semicolon in one breaks the SQL on SQLite."""
    await Tortoise.init(config=config, init_connections=False)
    registry = Tortoise.apps
    assert registry is not None
    for models in registry.values():
        for model in models.values():
            model._meta.table_description = None
    return MigrationAutodetector(registry, config["apps"])


class _Recorder(MigrationRecorder):
    """Notes what is applied, at most once."""

    _models: ClassVar[dict[str, type[Model]]] = {}

    def _make_model(self, table_name: str) -> type[Model]:
        if table_name not in self._models:  # Tortoise reads the source of the class each time, which is slow
            self._models[table_name] = super()._make_model(table_name)
        return self._models[table_name]

    async def record_applied(self, app: str, name: str, client: Any = None) -> None:
        word = dialect().param
        sql = (
            f'INSERT INTO "{self.table_name}" ("app", "name", "applied_at") '
            f"VALUES ({word(1)}, {word(2)}, {word(3)}) ON CONFLICT DO NOTHING"
        )
        await (client or self.connection).execute_query(sql, [app, name, datetime.now(UTC)])


class _Note(Operation):
    """The last operation of each migration, inside its transaction: notes that it is applied."""

    def __init__(self, recorder: _Recorder, name: str) -> None:
        self._recorder = recorder
        self._name = name

    def state_forward(self, app_label: str, state: Any) -> None:
        return None

    async def database_forward(self, app_label: str, old_state: Any, new_state: Any, state_editor: Any = None) -> None:
        await self._recorder.record_applied(app_label, self._name, state_editor.client)


class _Executor(MigrationExecutor):
    """Applies a migration and notes it in one transaction, so that a killed process can be run again."""

    def __init__(self, connection: Any, apps_config: dict[str, Any]) -> None:
        # not through super(), which makes a recorder of its own: a tenth of the time in which a site starts
        self.connection, self._logger, self._full_plan_cache = connection, logger, None
        self.recorder: _Recorder = _Recorder(connection)
        self.loader = MigrationLoader(apps_config, self.recorder, load=False)

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        """The state after what is applied; forwards only, so `upto` is never given."""
        nodes = [self.loader.graph.nodes[key] for key in self._full_plan() if key in applied]
        return await state_after([one for one in nodes if one], dict.fromkeys(self.loader.apps_config, CONNECTION))

    def _migration_plan(self, *args: Any) -> list[PlanStep]:
        plan = super()._migration_plan(*args)
        for migration in [step.migration for step in plan if not step.backward]:
            migration.operations = [*migration.operations, _Note(self.recorder, migration.name)]
        return plan


def _executor(apps: Sequence[AppTables]) -> _Executor:
    config: dict[str, Any] = tortoise_config("sqlite://unused", [app for app in apps if app.migrations])["apps"]
    return _Executor(get_connection(CONNECTION), config)


def _package(app: AppTables) -> str:
    return app.models.rpartition(".")[0]


def _migrations_folder(app: AppTables) -> Path:
    package = importlib.import_module(_package(app))
    return Path(str(package.__file__)).parent / "migrations"


def _has_folder(app: AppTables) -> bool:
    return (_migrations_folder(app) / "__init__.py").exists()


def _on_disk(apps: Sequence[AppTables], key: MigrationKey) -> bool:
    app = next(app for app in apps if app.label == key.app_label)
    return (_migrations_folder(app) / f"{key.name}.py").exists()


async def applied() -> list[MigrationKey]:
    """The migrations that are noted in the open database; none in an empty one."""
    try:
        found = await rows("SELECT app, name FROM tortoise_migrations")
    except OperationalError:
        return []
    return [MigrationKey(app_label=row["app"], name=row["name"]) for row in found]


async def _remembered_version() -> str:
    row = await Setting.get_or_none(scope="site", owner_id=0, part=VERSION_PART)
    return str(row.values.get("version", "of an unknown version")) if row else "of an unknown version"


async def _remember_version() -> None:
    async with atomic():
        row, _ = await Setting.get_or_create(scope="site", owner_id=0, part=VERSION_PART)
        if row.values.get("version") != core.__version__:
            row.values = {**row.values, "version": core.__version__}
            await row.save(update_fields=["values"])
