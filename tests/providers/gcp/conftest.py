from collections.abc import Iterator

import pytest

from logcov.providers.gcp.client import GcpSession
from providers.gcp.acme import answers
from providers.gcp.fake_google import Google
from providers.gcp.gathering import session_on


@pytest.fixture
def google() -> Iterator[Google]:
    """Acme's Google; fails the test if an answer was not of the documented form."""
    with Google(answers()) as served:
        yield served
        assert served.complaints == []


@pytest.fixture
def session(google: Google) -> Iterator[GcpSession]:
    """A session that audits all of Acme, and tries each call once."""
    made = session_on(google.endpoint)
    yield made
    made.close()
