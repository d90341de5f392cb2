"""Access Transparency: its switch is hidden, its way is not."""

import pytest

from logcov.inventory import Unread
from providers.gcp.fake_google import Pages
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import judged

ROW, SOURCE = "gcp.access_transparency", "gcp.access_transparency"
ATTESTED = """\
attestations:
  - id: at-on
    logs: gcp.access_transparency
    by: owner@example.com
    from: 2026-01-01
    expires: 2099-01-01
    evidence: SEC-1
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


def test_where_somebody_attests_that_it_is_on_its_way_decides(google, prod) -> None:
    home = "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Required"
    words = 'LOG_ID("cloudaudit.googleapis.com/access_transparency")'
    for name in ("organizations/123456789012", "folders/10", "folders/11"):
        google.answers[f"/v2/{name}/sinks"] = Pages("sinks", [[]])
    google.answers["/v2/projects/acme-prod/sinks"] = Pages(
        "sinks", [[{"name": "_Required", "destination": home, "filter": words}]]
    )
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _statuses(prod, ATTESTED + line)["gcp:projects/acme-prod"] == "covered"


def test_the_switch_is_unread_and_needs_no_call(google, prod) -> None:
    routes = [fact for fact in gather(prod, ROW) if getattr(fact, "kind", "") == f"{SOURCE}_switch"]

    assert any(isinstance(getattr(route, "enabled", None), Unread) for route in routes)
    assert all("sinks" not in path for path in google.paths())
