"""What the editor does to texts: nothing that nobody asked for. Its own code runs, in Node, without a browser."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.markdown import PIECES, TEXTS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("docs", "plugins", "tests/browser")


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_texts_stay_byte_for_byte_but_for_the_block_that_is_changed(end: str) -> None:
    ours = [path.read_text() for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.md"))]
    assert faults([text.replace("\n", end) for text in (*TEXTS, *ours)]) == []


def test_texts_put_together_by_chance_stay_too() -> None:
    chance = random.Random(20)  # noqa: S311 - always the same texts
    assert faults([mixed(chance) for _ in range(400)]) == []


def mixed(chance: random.Random) -> str:
    """Pieces of Markdown one after another, with one, two or three line ends between them."""
    return "".join(chance.choice(PIECES) + "\n" * chance.randint(1, 3) for _ in range(chance.randint(2, 7)))


def faults(texts: list[str]) -> list[list[str]]:
    """Each text that the editor does not keep, and how."""
    beside_python = Path(sys.executable).with_name("node")
    node = str(beside_python) if beside_python.exists() else shutil.which("node")
    assert node, "Node is needed"
    script = HERE / "editor" / "unchanged.mjs"
    asked = json.dumps(texts)
    done = subprocess.run((node, script), input=asked, text=True, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found
