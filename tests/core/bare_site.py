"""The little of an application that the engine's lower rooms need: a language for the sentences of their errors."""

from typing import Any, cast

from core import current
from core.i18n import Catalogues


class BareSite:
    """Speaks English, and has nothing else."""

    catalogues = Catalogues([])


def bind_bare_site() -> None:
    """Makes it the application of the running task."""
    current.bind(cast(Any, BareSite()))
