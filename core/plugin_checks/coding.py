"""Code that stops everybody: calls that block the one thread on which all requests are answered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault

BLOCKING = {
    "time.sleep": "await asyncio.sleep(…)",
    "open": "await asyncio.to_thread(…), or aiofiles",
    "input": "a form",
    "os.system": "await asyncio.create_subprocess_exec(…)",
    "subprocess.run": "await asyncio.create_subprocess_exec(…)",
    "subprocess.call": "await asyncio.create_subprocess_exec(…)",
    "subprocess.check_call": "await asyncio.create_subprocess_exec(…)",
    "subprocess.check_output": "await asyncio.create_subprocess_exec(…)",
    "subprocess.Popen": "await asyncio.create_subprocess_exec(…)",
    "urllib.request.urlopen": "httpx.AsyncClient, and only to addresses that the operator configured",
    "socket.create_connection": "asyncio.open_connection(…)",
    "smtplib.SMTP": "the mail that Cercle sends",
    "sqlite3.connect": "the models of the plugin",
}
LIBRARIES = {"requests": "httpx.AsyncClient, and only to addresses that the operator configured"}
METHODS = {"read_text", "read_bytes", "write_text", "write_bytes"}
TRUSTING = {"Markup", "markupsafe.Markup"}


def check_coding(checked: Checked) -> Iterator[Fault]:
    """Blocking calls in coroutines and in hooks, and HTML that nobody has cleaned."""
    for path, tree in checked.trees.items():
        names = _names(tree)
        for function in ast.walk(tree):
            if isinstance(function, ast.AsyncFunctionDef) or _is_hook(function):
                yield from _blocking(path, function, names)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _dotted(node.func, names) in TRUSTING and not _is_constant(node):
                text = (
                    "marks text as safe HTML; show what render_in_child made with prose(…), and let the rest be escaped"
                )
                yield Fault(path, node.lineno, text, "warning")


def _blocking(path: Path, function: ast.AST, names: dict[str, str]) -> Iterator[Fault]:
    for node in _own_nodes(function):
        if not isinstance(node, ast.Call):
            continue
        called = _dotted(node.func, names)
        instead = BLOCKING.get(called) or LIBRARIES.get(called.partition(".")[0])
        if instead is None and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            called, instead = f".{node.func.attr}", "await asyncio.to_thread(…)"
        if instead:
            yield Fault(path, node.lineno, f"{called}() holds up everybody's requests; use {instead}", "warning")


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """What runs when the function runs; a function inside it may well be meant for a thread."""
    waiting = list(getattr(function, "body", ()))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        yield node
        waiting += ast.iter_child_nodes(node)


def _is_hook(node: ast.AST) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any(getattr(one, "id", getattr(one, "attr", "")) == "hookimpl" for one in decorators)


def _names(tree: ast.Module) -> dict[str, str]:
    """What names of this file stand for: `{"t": "time", "sleep": "time.sleep"}`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The full name of what is called: `requests.get`."""
    if isinstance(node, ast.Attribute):
        inner = _dotted(node.value, names)
        return f"{inner}.{node.attr}" if inner else ""
    return names.get(node.id, node.id) if isinstance(node, ast.Name) else ""


def _is_constant(node: ast.Call) -> bool:
    return all(isinstance(argument, ast.Constant) for argument in node.args)
