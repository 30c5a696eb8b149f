"""The application that this task works for. Set for each request, job and command; services read it for storage, jobs,
settings and hooks, so that none of those is a global.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.app import Cercle

_app: ContextVar[Cercle] = ContextVar("cercle_app")


def app() -> Cercle:
    """The application at work.

    Raises:
        LookupError: outside of a request, job or command.
    """
    return _app.get()


def bind(application: Cercle) -> None:
    """Make this the application of the running task."""
    _app.set(application)


@contextmanager
def using(application: Cercle) -> Iterator[Cercle]:
    """Make this the application of the running task until the block ends."""
    token = _app.set(application)
    try:
        yield application
    finally:
        _app.reset(token)
