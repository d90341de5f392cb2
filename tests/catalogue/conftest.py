"""The pretend company, served once for all tests of what an audit calls."""

from collections.abc import Iterator

import pytest

from acme import Acme


@pytest.fixture(scope="session")
def acme() -> Iterator[Acme]:
    with Acme() as served:
        yield served
