"""What Tortoise knows of the tables while it migrates, made only when somebody looks.

Tortoise makes the classes of all related models anew at each operation, twice. With a table that most others point to, as that of
the users, a new site waited for half a minute.
"""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

Models = dict[tuple[str, str], ModelState]


class LazyApps(StateApps):
    """The classes of the models of a state, made when one is asked for.

    Args:
        models: of the state.
        like: has the same connections.
    """

    def __init__(self, models: Models, like: StateApps) -> None:
        super().__init__(default_connections=like._default_connections, connections=like._connections)
        self._like = like
        self._models = models
        self.is_stale = True

    @property
    def apps(self) -> dict[str, dict[str, type[Model]]]:
        """The classes, by part and name."""
        if self.is_stale:
            self.is_stale = False
            self._made = self._like.clone(model_states=copied(self._models)).apps
        return self._made

    @apps.setter
    def apps(self, made: dict[str, dict[str, type[Model]]]) -> None:
        self._made, self.is_stale = made, False


class LazyState(State):
    """The tables between two operations.

    Args:
        models: what the operations so far amount to, by part and name.
        like: has the connections.
        is_replay: whether the operations were done on another day, and the classes between them interest nobody.
    """

    apps: LazyApps

    def __init__(self, models: Models, like: StateApps, *, is_replay: bool = False) -> None:
        super().__init__(models, LazyApps(models, like))
        self._like = like
        self.is_replay = is_replay

    def reload_model(self, app_label: str, model_name: str) -> None:
        """One model has changed."""
        if (app_label, model_name) not in self.models:
            raise LookupError(f"Model state {app_label}.{model_name} is unknown")
        self.apps.is_stale = True

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Several models have changed."""
        self.apps.is_stale = True

    def validate_relations_initialized(self) -> None:
        """See that every relation leads somewhere, after a migration that is done now."""
        if not self.is_replay:
            super().validate_relations_initialized()

    def clone(self) -> State:
        """A state that later changes of this one do not touch."""
        return LazyState(copied(self.models), self._like)


async def state_after(migrations: Iterable[Migration], connections: dict[str, str]) -> LazyState:
    """The tables after migrations that were done before.

    Args:
        migrations: in their order.
        connections: the name of the connection of each part.
    """
    state = LazyState({}, StateApps(default_connections=connections), is_replay=True)
    for migration in migrations:
        await migration.apply(state, dry_run=True, schema_editor=None)
    state.is_replay = False
    return state


def copied(models: Models) -> Models:
    """Descriptions of the models that may be changed apart from these."""
    return {key: model.clone() for key, model in models.items()}
