"""What Tortoise knows of the tables while it migrates, made only when somebody looks, and only what they look at.

Tortoise makes the classes of all related models anew at each operation, twice. With a table that most others point to, as that of
the users, a new site waited for half a minute.
"""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

Key = tuple[str, str]
Models = dict[Key, ModelState]


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
        self.forget()

    def forget(self) -> None:
        """A model has changed: make the classes anew."""
        self._is_made, self._near = False, dict[Key, type[Model]]()

    @property
    def apps(self) -> dict[str, dict[str, type[Model]]]:
        """All classes, by part and name."""
        if not self._is_made:
            self._is_made = True
            self._made = self._like.clone(model_states=copied(self._models)).apps
        return self._made

    @apps.setter
    def apps(self, made: dict[str, dict[str, type[Model]]]) -> None:
        self._made, self._is_made, self._near = made, True, {}

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        """One class. As long as nobody asked for all of them, only those are made with it that it points to."""
        key = self.split_reference(app_label) if model_name is None else (app_label, model_name)
        if self._is_made or key not in self._models:
            return super().get_model(*key)
        if key not in self._near:
            some = {one: self._models[one] for one in _needed(key, self._models)}
            self._near[key] = self._like.clone(model_states=copied(some)).apps[key[0]][key[1]]
        return self._near[key]


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
        self.apps.forget()

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Several models have changed."""
        self.apps.forget()

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


def _needed(first: Key, models: Models) -> list[Key]:
    """A model and those that it points to, and they to, where they are known."""
    found = [first]
    for key in found:
        targets = (getattr(field, "model_name", None) for field in models[key].fields.values())
        named = (tuple(target.split(".")) for target in targets if isinstance(target, str))
        found += [one for one in dict.fromkeys(named) if one in models and one not in found]
    return found
