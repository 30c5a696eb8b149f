"""What is deployed: declared dependencies, and the whole site of docker-compose.yml."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
PACKAGES = ("cercle", "core", "spaces", "plugins")
USED_WITHOUT_IMPORT = {
    "asyncpg": "Tortoise loads it for PostgreSQL",
    "python-multipart": "Starlette loads it for forms",
    "pyyaml": "uvicorn loads it for a log configuration",
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "uvicorn": "the command line may start it as a program",
}
IMPORTED_UNDECLARED = {
    "pytest": "cercle.testing is imported by the tests of plugins, which have it",
    "playwright": "of the extra `wcag`; without it the test that needs a browser says so and is skipped",
    "pydantic-core": "a part of pydantic, which pins its version",
}


def test_each_library_that_is_imported_is_declared_and_the_other_way_round() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {_normal(re.split(r"[\[<>=~! ]", line)[0]) for line in project["dependencies"]}
    modules = {module for package in PACKAGES for module in _imports(ROOT / package)}
    providers = packages_distributions()
    imported = {_normal(providers.get(module, [module])[0]) for module in modules}

    assert imported - declared - set(PACKAGES) - set(IMPORTED_UNDECLARED) == set()
    assert declared - imported - set(USED_WITHOUT_IMPORT) == set()


def test_each_setting_in_the_compose_file_is_known() -> None:
    services: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    names = {name for name in services["web"]["environment"] if name.startswith("CERCLE_")}

    assert names - {f"CERCLE_{field.upper()}" for field in Settings.model_fields} == set()


def test_each_variable_of_the_compose_file_is_explained() -> None:
    used = set(re.findall(r"\$\{([A-Z_0-9]+)", COMPOSE))

    assert used == set(re.findall(r"^(?:# )?([A-Z_0-9]+)=", EXAMPLE, re.MULTILINE))


def test_no_secret_has_a_default() -> None:
    secrets = {"CERCLE_SECRET_KEY", "POSTGRES_PASSWORD", "S3_SECRET_KEY"}

    assert set(re.findall(r"^([A-Z_0-9]+)=$", EXAMPLE, re.MULTILINE)) == secrets
    assert all(f"${{{name}:?" in COMPOSE for name in secrets)


def test_nothing_but_the_proxy_is_reached_from_outside() -> None:
    services: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published.pop("proxy") == ["80:80", "443:443", "443:443/udp"]
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_docker_takes_the_compose_file(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    if not docker or _run(docker, "compose", "version").returncode != 0:
        pytest.skip("docker compose is not installed")
    env = tmp_path / "env"
    env.write_text(re.sub(r"^([A-Z_0-9]+)=$", r"\1=secret", EXAMPLE, flags=re.MULTILINE))
    compose = (docker, "compose", "--env-file", env, "--file", ROOT / "docker-compose.yml")
    checked = _run(*compose, "config", "--quiet")

    assert (checked.returncode, checked.stderr) == (0, "")


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


def _imports(folder: Path) -> Iterator[str]:
    """The top-level names that the code in a folder imports, but for those of Python itself."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            else:
                continue
            tops = {name.partition(".")[0] for name in names}
            yield from tops - sys.stdlib_module_names - set(PACKAGES)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
