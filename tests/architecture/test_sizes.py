"""Files, functions and templates stay small. What is counted is code: a function's signature and docstring are free."""

import ast
from pathlib import Path

from tests.architecture.source import functions, name_of, python_files, templates

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
MOST_LINES_OF_A_TEMPLATE = 120

FILES: dict[str, str] = {
    "core/archives.py": "one reader in two kinds; apart, neither could be read without the other",
    "core/jobs.py": "one class; its half for one process and its half for several answer each other line by line",
    "core/markdown.py": "one renderer, read from the source to the page",
}
FUNCTIONS: dict[str, str] = {}
TEMPLATES: dict[str, str] = {}


def test_files_are_short() -> None:
    long = {name_of(path) for path in python_files() if _lines(path) > MOST_LINES_OF_A_FILE}
    assert long == set(FILES)


def test_functions_are_short() -> None:
    long = {
        f"{name_of(path)}:{function.name}"
        for path in python_files()
        for function in functions(path)
        if _length(function) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == set(FUNCTIONS)


def test_templates_are_short() -> None:
    long = {name_of(path) for path in templates() if _lines(path) > MOST_LINES_OF_A_TEMPLATE}
    assert long == set(TEMPLATES)


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
