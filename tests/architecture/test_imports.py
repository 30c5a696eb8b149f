"""Imports go down: the contracts of import-linter hold, and they cover every part."""

import ast
import fnmatch
import subprocess
import sys
import tomllib

from tests.architecture.source import ROOT, name_of, part_folders, plugin_folders

LIBRARIES = {
    "Stemmer",
    "aiofiles",
    "anyio",
    "babel",
    "icalendar",
    "jinja2",
    "markupsafe",
    "merge3",
    "nh3",
    "orjson",
    "pydantic",
    "pypika_tortoise",
    "slugify",
    "starlette",
    "tortoise",
    "typer",
    "yaml",
}


def test_the_contracts_hold() -> None:
    # in a process of its own, because it switches off the loggers of the one it runs in
    command = (
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(cache_dir=None))",
    )
    answer = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout


def test_the_contracts_name_every_part() -> None:
    manifest = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {contract["id"]: contract for contract in manifest["tool"]["importlinter"]["contracts"]}
    covered = contracts["parts"]["containers"]
    packages = [name_of(folder).replace("/", ".") for folder in part_folders()]
    assert [p for p in packages if not any(fnmatch.fnmatch(p, pattern) for pattern in covered)] == []


def test_plugins_import_nothing_but_cercle_and_a_few_libraries() -> None:
    wrong = {}
    for folder in plugin_folders():
        allowed = {"cercle", *LIBRARIES, *sys.stdlib_module_names}
        for path in folder.rglob("*.py"):
            names = set() if "migrations" in path.parts else _imported(path.read_text(encoding="utf-8"))
            foreign = {n for n in names if n.split(".")[0] not in allowed and not _is_own(n, folder.name)}
            if foreign:
                wrong[name_of(path)] = sorted(foreign)
    assert wrong == {}


def _imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            if node.module == "plugins":
                names |= {f"plugins.{alias.name}" for alias in node.names}
    return names - {"plugins"}


def _is_own(name: str, plugin: str) -> bool:
    return name == f"plugins.{plugin}" or name.startswith(f"plugins.{plugin}.")
