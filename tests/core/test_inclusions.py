"""Code in pages comes from files: filled in, brought up to date, and refused when it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import CercleError
from core.reference.inclusions import with_inclusions

CODE = '''"""A module."""

from functools import cache

LIMIT = 3
WORDS: tuple[str, ...] = ("a",)


@cache
def double(number: int) -> int:
    """Twice as much."""
    return 2 * number


class Thing:
    """A thing."""

    size = 1
'''


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "part.toml").write_text("[a]\none = 1\n\n[b]\n# why\ntwo = 2\n\n[c]\n")
    return tmp_path


def test_names_bring_their_code_with_its_decorators(root: Path) -> None:
    page = "Before\n\n<!-- include code.py double LIMIT WORDS -->\n\nAfter\n"
    assert with_inclusions(page, root=root) == (
        "Before\n\n<!-- include code.py double LIMIT WORDS -->\n```python\n"
        '@cache\ndef double(number: int) -> int:\n    """Twice as much."""\n    return 2 * number\n\n\n'
        'LIMIT = 3\n\n\nWORDS: tuple[str, ...] = ("a",)\n```\n\nAfter\n'
    )


def test_a_file_alone_comes_whole_and_another_one_by_its_paragraphs(root: Path) -> None:
    assert (
        with_inclusions("<!-- include code.py -->\n", root=root) == f"<!-- include code.py -->\n```python\n{CODE}```\n"
    )
    made = with_inclusions("<!-- include part.toml [b] -->\n", root=root)
    assert made == "<!-- include part.toml [b] -->\n```toml\n[b]\n# why\ntwo = 2\n```\n"


def test_what_is_filled_in_already_is_brought_up_to_date_and_nothing_else(root: Path) -> None:
    page = with_inclusions("<!-- include code.py LIMIT -->\n\n```python\nLIMIT = 9\n```\n", root=root)
    assert with_inclusions(page, root=root) == page
    (root / "code.py").write_text(CODE.replace("LIMIT = 3", "LIMIT = 4"))
    assert with_inclusions(page, root=root) == page.replace("LIMIT = 3", "LIMIT = 4")
    assert "LIMIT = 9" in page


@pytest.mark.parametrize(
    "mark,missing",
    [("code.py gone", "'gone' in code.py"), ("gone.py", "no file gone.py"), ("part.toml [z]", "'\\[z\\]'")],
)
def test_what_is_not_there_is_named(root: Path, mark: str, missing: str) -> None:
    with pytest.raises(CercleError, match=missing):
        with_inclusions(f"<!-- include {mark} -->\n", root=root)
