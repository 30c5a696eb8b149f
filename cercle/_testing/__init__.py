"""What `cercle.testing` is made of."""

import pytest

pytest.register_assert_rewrite(
    "cercle._testing.contract", "cercle._testing.personal"
)  # so that failures say what was found
