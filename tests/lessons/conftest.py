from __future__ import annotations

import pytest

from tests.reaping import reap


@pytest.fixture(scope="session", autouse=True)
def _reap() -> None:
    """Remove what test runs that were killed have left."""
    reap()
