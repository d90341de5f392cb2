from collections.abc import Callable, Iterator

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


@pytest.fixture
def another(google: Google) -> Iterator[Callable[[], GcpSession]]:
    """Makes further sessions, which have read nothing yet."""
    made: list[GcpSession] = []

    def make() -> GcpSession:
        made.append(session_on(google.endpoint))
        return made[-1]

    yield make
    for session in made:
        session.close()
