"""Every part has the known file names, and nothing else."""

from core.app import Cercle
from core.parts import MODULES
from tests.architecture.source import name_of, part_folders

FILES = {"__init__.py", "README.md", *(f"{module}.py" for module in MODULES)}
GROWN = {"models", "forms", "views", "services", "queries", "importers"}
"""A file that has outgrown its size becomes a folder of its name."""
FOLDERS = {"templates", "static", "locale", "migrations", "__pycache__", *GROWN}
DEMO = "what `cercle demo` writes, as files"

EXEMPT = {
    "core/accounts/provider_commands.py": "commands of `core/accounts/commands.py`, in a file of their own for its size",
    "core/accounts/acting.py": "what an operator may do as somebody: asked of every request behind the door",
    "core/accounts/exporting.py": "texts as pages for archives: plugins use it in their hooks",
    "core/accounts/factor_policy.py": "whether somebody owes a second factor: asked of every request behind the door",
    "core/accounts/parting.py": "what somebody who is leaving may still do: asked of every request behind the door",
    "core/accounts/sessions.py": "from a cookie or token to a viewer: the engine's own doors need it",
    "core/accounts/shown.py": "what others see of a person: the people of clubs and plugins ask it too",
    "core/accounts/token_commands.py": "commands of `core/accounts/commands.py`, in a file of their own for its size",
    "core/accounts/viewer.py": "who looks: a value that the engine's own permissions ask",
    "plugins/files/demo": DEMO,
    "plugins/search/index": "one interface, two databases",
    "plugins/wiki/demo": DEMO,
    "plugins/wiki/names.py": "how page names become addresses: links, forms and imports agree on it",
    "plugins/wiki/rendering.py": "from Markdown with links between pages to stored HTML",
    "spaces/access.py": "pure questions about roles and switches, asked by the gate and by the switches",
    "spaces/catalogue.py": "the one condition of all lists",
    "spaces/decisions.py": "whose policy holds in a club: the switches, the gate's readers and the pages agree on it",
    "spaces/demo.py": "the demo network: people, clubs and what is switched on in them",
    "spaces/gate.py": "the one door",
    "spaces/imports.py": "brings importers of plugins and their clubs together",
    "spaces/space.py": "a club's room for bytes, which several plugins count into",
    "spaces/operator_commands.py": "commands that decide about clubs, in a file of their own for the size of the other",
    "spaces/refusals.py": "what somebody is told whom the gate does not let in",
    "spaces/hiding.py": "what the catalogue and the decisions of moderators do alike: an item out of sight and back",
    "spaces/told.py": "what everybody hears of the catalogue, decided by what a row was and is",
    "spaces/trial.py": "whether what is published waits for a moderator: the catalogue asks and begins it",
    "spaces/rehearsal.py": "the walk through every club when an upgrade is rehearsed",
    "spaces/settings_commands.py": "a command of `spaces/commands.py`, in a file of its own for the size of the other",
    "spaces/seen_as.py": "seeing a club as another role: asked of every page behind the door",
    "spaces/tabs.py": "pure functions: how a club names and orders its tabs, asked by views, hooks and services",
    "spaces/switches.py": "the only writer of what is effective in a club",
}


def test_every_part_has_only_known_file_names() -> None:
    unknown = {
        name_of(path)
        for folder in part_folders()
        for path in folder.iterdir()
        if path.name not in (FILES if path.is_file() else FOLDERS)
    }
    assert unknown == set(EXEMPT)


def test_every_part_has_a_manifest_and_a_readme() -> None:
    missing = [
        name_of(folder / name)
        for folder in part_folders()
        for name in ("__init__.py", "README.md")
        if not (folder / name).is_file()
    ]
    assert missing == []


def test_a_part_has_views_as_a_file_or_as_a_folder_not_both() -> None:
    both = [
        name_of(folder) for folder in part_folders() if (folder / "views.py").exists() and (folder / "views").exists()
    ]
    assert both == []


def test_every_bundled_part_runs(site: Cercle) -> None:
    assert {loaded.name: loaded.failure for loaded in site.parts.all() if loaded.failure} == {}
