"""Cloud IDS: an endpoint reports threats from its severity up, and traffic if told to."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts

ROW, THREAT, TRAFFIC = "gcp.ids", "gcp.ids.threat", "gcp.ids.traffic"
ENDPOINTS = "/v1/projects/acme-prod/locations/-/endpoints"
AT = "locations/europe-west1-b/endpoints/"
EDGE = AT + "edge"


def _endpoint(name: str = "edge", **more: Any) -> dict[str, Any]:
    full = f"projects/acme-prod/{AT}{name}"
    return {"name": full, "state": "READY", "severity": "INFORMATIONAL"} | more


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def test_an_endpoint_reports_threats_always_and_of_less_severity_never(google, prod) -> None:
    google.answers[ENDPOINTS] = {
        "endpoints": [
            _endpoint("all"),
            _endpoint("updating", state="UPDATING"),
            _endpoint("high", severity="HIGH"),
            _endpoint("some", threatExceptions=["1000", "2000"]),
        ]
    }

    assert verdicts(findings(prod, ROW, THREAT)) == {
        AT + "all": "covered",
        AT + "updating": "covered",
        AT + "high": "gap partly-generated",
        AT + "some": "gap partly-generated",
    }


def test_what_is_lost_is_a_threat_below_the_severity(google, prod) -> None:
    google.answers[ENDPOINTS] = {"endpoints": [_endpoint(severity="MEDIUM")]}

    (found,) = findings(prod, ROW, THREAT)

    assert found.witness is not None
    assert found.witness["jsonPayload.alert_severity"] in {"INFORMATIONAL", "LOW"}


def test_the_severity_of_the_endpoint_is_enough_where_only_that_is_asked_for(google, prod) -> None:
    google.answers[ENDPOINTS] = {"endpoints": [_endpoint(severity="HIGH")]}

    found = findings(prod, ROW, THREAT, more=", only: {alert_severity: [HIGH, CRITICAL]}")

    assert {one.status for one in found} == {"covered"}


def test_a_threat_that_is_left_out_is_a_gap_of_that_number(google, prod) -> None:
    google.answers[ENDPOINTS] = {"endpoints": [_endpoint(threatExceptions=["1000"])]}

    (found,) = findings(prod, ROW, THREAT)

    assert found.witness is not None
    assert found.witness["jsonPayload.threat_id"] == "1000"


def test_traffic_is_reported_only_where_it_is_switched_on(google, prod) -> None:
    google.answers[ENDPOINTS] = {
        "endpoints": [
            _endpoint("on", trafficLogs=True),
            _endpoint("off", trafficLogs=False),
            _endpoint("unset"),
        ]
    }

    assert verdicts(findings(prod, ROW, TRAFFIC)) == {
        AT + "on": "covered",
        AT + "off": "gap not-generated",
        AT + "unset": "gap not-generated",
    }


@pytest.mark.parametrize("state", ["CREATING", "DELETING"])
def test_an_endpoint_that_comes_or_goes_reports_nothing(google, prod, state) -> None:
    google.answers[ENDPOINTS] = {"endpoints": [_endpoint(state=state)]}

    assert verdicts(findings(prod, ROW, THREAT)) == {EDGE: "not-applicable"}


@pytest.mark.parametrize(
    "odd",
    [
        {"state": "PAUSED"},
        {"state": "STATE_UNSPECIFIED"},
        {"state": ["READY"]},
        {"severity": "SEVERITY_UNSPECIFIED"},
        {"severity": "WORST"},
        {"severity": 3},
        {"threatExceptions": "1000"},
        {"threatExceptions": ["*"]},
    ],
)
def test_what_is_not_understood_of_threats_is_in_doubt(google, prod, odd) -> None:
    google.answers[ENDPOINTS] = Wrong({"endpoints": [_endpoint(**odd)]})

    assert verdicts(findings(prod, ROW, THREAT)) == {EDGE: "unknown"}


@pytest.mark.parametrize("odd", [{"trafficLogs": "yes"}, {"trafficLogs": True, "state": "PAUSED"}])
def test_what_is_not_understood_of_traffic_is_in_doubt(google, prod, odd) -> None:
    google.answers[ENDPOINTS] = Wrong({"endpoints": [_endpoint(**odd)]})

    assert verdicts(findings(prod, ROW, TRAFFIC)) == {EDGE: "unknown"}


def test_a_location_that_does_not_answer_may_hold_more_endpoints(google, prod) -> None:
    google.answers[ENDPOINTS] = {
        "endpoints": [_endpoint()],
        "unreachable": ["projects/acme-prod/locations/asia-east1-a"],
    }

    assert verdicts(findings(prod, ROW, THREAT)) == {EDGE: "covered", "*": "unknown"}


@pytest.mark.parametrize(
    "broken",
    [
        {"endpoints": {}},
        {"unreachable": "asia"},
        {"endpoints": [{}]},
        {"endpoints": [{"name": "edge"}]},
        {"endpoints": ["edge"]},
    ],
)
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[ENDPOINTS] = Wrong(broken)

    assert verdicts(findings(prod, ROW, THREAT)) == {"*": "unknown"}


@pytest.mark.parametrize("source", [THREAT, TRAFFIC])
def test_where_the_api_is_off_there_are_no_endpoints(google, prod, source) -> None:
    google.answers[ENDPOINTS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers["/v1/projects/acme-prod/services/ids.googleapis.com"] = {"state": "DISABLED"}

    assert [one.status for one in findings(prod, ROW, source)] == ["not-applicable"]


def test_a_list_that_is_denied_is_no_empty_list(google, prod) -> None:
    google.answers[ENDPOINTS] = error(403, "no")

    assert verdicts(findings(prod, ROW, THREAT)) == {"*": "unknown"}
    assert any(spot.permission == "ids.endpoints.list" for spot in prod.ledger.blind_spots())


def test_a_project_without_endpoints_has_none_and_one_that_is_being_deleted_is_not_asked(
    google, session
) -> None:
    for name in ("acme-prod", "acme-siem", "acme-central"):
        google.answers[f"/v1/projects/{name}/locations/-/endpoints"] = {}

    facts = gather(session, ROW)

    emitters = [fact for fact in facts if isinstance(fact, Emitter)]
    assert {one.not_applicable for one in emitters} == {"project is delete-requested"}
    assert len([fact for fact in facts if isinstance(fact, Listing) and fact.kind == THREAT]) == 4
    assert google.count("/v1/projects/acme-old/locations/-/endpoints") == 0


def test_endpoints_are_told_apart_by_their_labels(google, prod) -> None:
    google.answers[ENDPOINTS] = {"endpoints": [_endpoint(labels={"env": "prod"})]}

    emitters = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter)]

    assert [one.labels for one in emitters] == [{"env": "prod"}, {"env": "prod"}]
