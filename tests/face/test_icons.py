"""Holds that every icon a template or a part names is in the sprite; a missing one is an empty square."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"""(?:\b(?:icon|empty_state)\(|icon(?:_name)?=|"icon":)\s*["']([a-z0-9-]+)["']""")


def test_every_named_icon_is_in_the_sprite() -> None:
    lines = (ROOT / "frontend" / "icons.txt").read_text().splitlines()
    sprite = {line.strip() for line in lines if line.strip() and not line.startswith("#")}
    missing = {f"{path.relative_to(ROOT)}: {name}" for path, name in named_icons() if name not in sprite}
    assert missing == set()


def named_icons() -> list[tuple[Path, str]]:
    """Each file of the product that names an icon, with the name."""
    folders = [ROOT / name for name in ("core", "spaces", "plugins", "themes")]
    files = [path for folder in folders for ending in ("*.html", "*.py") for path in folder.rglob(ending)]
    found = [(path, NAMED.findall(path.read_text(encoding="utf-8"))) for path in files]
    return [(path, name) for path, names in found for name in names]
