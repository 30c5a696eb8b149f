"""What is under version control speaks of the project alone; its settings are all described."""

import re

from core.settings import Settings
from tests.architecture.source import ROOT, name_of, versioned_files

HOMES = "home|Users|root|work|workspace"
MACHINE = re.compile(rf"(?<![\w.~}}-])/(?:{HOMES})/[\w.]")
REGISTRIES = re.compile(
    "|".join(("registry" + r"\.npmjs", "files" + r"\.pythonhosted", r"pypi\.org" + "/simple", "--index" + "-url"))
)
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".woff2", ".ico", ".gz", ".zip"}

PATHS: dict[str, str] = {}
ADDRESSES: dict[str, str] = {}


def test_no_file_names_a_place_of_one_machine() -> None:
    assert {name for name, text in _texts() if MACHINE.search(text)} == set(PATHS)


def test_no_file_names_a_package_registry() -> None:
    assert {name for name, text in _texts() if REGISTRIES.search(text)} == set(ADDRESSES)


def test_every_setting_is_described() -> None:
    page = ROOT / "docs" / "settings.md"
    described = page.read_text(encoding="utf-8") if page.exists() else None
    names = [f"CERCLE_{name.upper()}" for name in Settings.model_fields]
    assert described is None or [name for name in names if f"`{name}`" not in described] == []


def _texts() -> list[tuple[str, str]]:
    files = [path for path in versioned_files() if path.suffix not in BINARY]
    return [(name_of(path), path.read_text(encoding="utf-8", errors="replace")) for path in files]
