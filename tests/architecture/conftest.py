"""Fixtures of the architecture tests."""

from pathlib import Path

import pytest

from cercle.testing import village_settings
from core.app import Cercle
from core.parts import load_parts


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Cercle:
    """The site with every bundled part, built but not started."""
    folder: Path = tmp_path_factory.mktemp("site")
    return Cercle(village_settings(folder, f"sqlite://{folder}/cercle.db"), load_parts(third_party=False))
