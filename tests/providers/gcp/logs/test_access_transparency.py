"""Access Transparency: its switch is hidden, its way is not."""

import pytest

from logcov.inventory import Unread
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import judged

ROW, SOURCE = "gcp.access_transparency", "gcp.access_transparency"
ATTESTED = """\
attestations:
  - id: at-on
    logs: gcp.access_transparency
    statement: Access Transparency is on for the organisation
    owner: a@example.com
    evidence: ticket 1
    starts: 2026-01-01
    expires: 2099-01-01
"""


@pytest.fixture
def prod(google):
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _statuses(session, policy: str) -> dict[str, str]:
    facts = gather(session, ROW, "gcp.sinks")
    return {one.scope: one.status for one in judged(session, facts, policy).findings}


def test_nothing_tells_whether_it_is_on(google, prod) -> None:
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _statuses(prod, line)["gcp:projects/acme-prod"] == "unknown"


def test_the_switch_is_unread_and_needs_no_call(google, prod) -> None:
    routes = [fact for fact in gather(prod, ROW) if getattr(fact, "kind", "") == f"{SOURCE}_switch"]

    assert any(isinstance(getattr(route, "enabled", None), Unread) for route in routes)
    assert all("sinks" not in path for path in google.paths())
