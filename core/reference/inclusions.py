"""Code in the pages of docs/ that is taken from real files, so that what a reader copies is what the tests run.

A page says where a block of code comes from, and `make docs` fills it in below:

    <!-- include plugins/blog/jobs.py jobs -->

A file alone stands for all of it. After a Python file come names of functions, classes and assignments; after another file
come words, each of which stands for the paragraph that begins in a line with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from core.errors import CercleError

ROOT = Path(__file__).parents[2]
_LANGUAGES = {".py": "python", ".html": "html", ".toml": "toml", ".css": "css", ".po": "po", ".tpl": "python"}
_BLOCK = re.compile(
    r"(?P<mark><!-- include (?P<path>\S+)(?P<names>(?: \S+)*?) -->\n)(?:```\w*\n.*?\n```\n)?", re.DOTALL
)


def with_inclusions(page: str, *, root: Path = ROOT) -> str:
    """The text of a page with each block of code as its file has it.

    Args:
        page: with or without the blocks.
        root: what the paths in it begin at.

    Raises:
        CercleError: for a file or a name in it that is not there.
    """
    return _BLOCK.sub(lambda match: match["mark"] + _fenced(root, match["path"], match["names"].split()), page)


def _fenced(root: Path, path: str, names: list[str]) -> str:
    file = root / path
    if not file.is_file():
        raise CercleError(f"There is no file {path} to include")
    text = file.read_text(encoding="utf-8")
    pieces = [_piece(text, name, path) for name in names] or [text.strip("\n")]
    gap = "\n\n\n" if file.suffix == ".py" else "\n\n"
    return f"```{_LANGUAGES.get(file.suffix, '')}\n{gap.join(pieces)}\n```\n"


def _piece(text: str, name: str, path: str) -> str:
    found = next(_definitions(text, name) if path.endswith(".py") else _paragraphs(text, name), None)
    if found is None:
        raise CercleError(f"There is no {name!r} in {path} to include")
    return found


def _definitions(text: str, name: str) -> Iterator[str]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if name in _names(node):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            yield "\n".join(lines[first - 1 : node.end_lineno])


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _paragraphs(text: str, word: str) -> Iterator[str]:
    for match in re.finditer(rf"^[^\n]*{re.escape(word)}[^\n]*(?:\n[^\n]+)*", text, re.MULTILINE):
        yield match[0]
