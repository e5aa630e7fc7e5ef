from __future__ import annotations

import pytest

from labkit import here


@pytest.fixture(scope="session", autouse=True)
def _reap() -> None:
    """Remove what test runs that were killed have left."""
    here.sweeper().sweep(here.garbage(only_owners="test-"))
