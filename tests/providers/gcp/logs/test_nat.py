"""NAT gateways: each has its own switch and filter."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing, Unread
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts

ROW, SOURCE = "gcp.nat", "gcp.nat.flow"
ROUTERS = "/compute/v1/projects/acme-prod/aggregated/routers"
SERVICE = "/v1/projects/acme-prod/services/compute.googleapis.com"
REGION = "https://www.googleapis.com/compute/v1/projects/acme-prod/regions/europe-west1"
ALL = "regions/europe-west1/routers/edge/nats/all"


def _router(*nats: dict[str, Any], name: str = "edge") -> dict[str, Any]:
    return {"name": name, "region": REGION, "nats": list(nats)}


def _routers(*routers: dict[str, Any], **more: Any) -> dict[str, Any]:
    nothing = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "nothing here"}}
    return {"items": {"regions/europe-west1": {"routers": list(routers)}, "regions/us-east1": nothing}} | more


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _nat(name: str, **log: Any) -> dict[str, Any]:
    return {"name": name, "logConfig": log} if log else {"name": name}


def test_a_gateway_that_logs_everything_is_covered_and_others_are_not(google, prod) -> None:
    google.answers[ROUTERS] = _routers(
        _router(
            _nat("all", enable=True, filter="ALL"),
            _nat("unset"),
            _nat("off", enable=False, filter="ALL"),
            _nat("errors", enable=True, filter="ERRORS_ONLY"),
        )
    )

    found = findings(prod, ROW, SOURCE)

    assert verdicts(found) == {
        "regions/europe-west1/routers/edge/nats/all": "covered",
        "regions/europe-west1/routers/edge/nats/unset": "gap not-generated",
        "regions/europe-west1/routers/edge/nats/off": "gap not-generated",
        "regions/europe-west1/routers/edge/nats/errors": "gap partly-generated",
    }


def test_errors_only_is_enough_where_only_errors_are_asked_for(google, prod) -> None:
    google.answers[ROUTERS] = _routers(_router(_nat("errors", enable=True, filter="ERRORS_ONLY")))

    found = findings(prod, ROW, SOURCE, more=", only: {allocation_status: DROPPED}")

    assert [one.status for one in found] == ["covered"]


def test_a_filter_that_is_not_known_is_in_doubt(google, prod) -> None:
    google.answers[ROUTERS] = Wrong(_routers(_router(_nat("all", enable=True, filter="SOME_OF_THEM"))))

    assert verdicts(findings(prod, ROW, SOURCE)) == {ALL: "unknown"}


def test_a_region_that_does_not_answer_may_hold_more_gateways(google, prod) -> None:
    google.answers[ROUTERS] = _routers(_router(_nat("all", enable=True)), unreachables=["regions/asia-east1"])

    found = findings(prod, ROW, SOURCE)

    assert verdicts(found) == {ALL: "covered", "*": "unknown"}
    assert any("regions/asia-east1" in spot.detail for spot in prod.ledger.blind_spots())


def test_where_the_api_is_off_there_are_no_gateways(google, prod) -> None:
    google.answers[ROUTERS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = {"name": SERVICE.removeprefix("/v1/"), "state": "DISABLED"}

    found = findings(prod, ROW, SOURCE)

    assert [one.status for one in found] == ["not-applicable"]


@pytest.mark.parametrize("said", [{"state": "ENABLED"}, {}, error(403, "no")])
def test_that_an_api_is_off_is_believed_only_if_service_usage_agrees(google, prod, said) -> None:
    google.answers[ROUTERS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = said

    assert verdicts(findings(prod, ROW, SOURCE)) == {"*": "unknown"}


def test_a_project_that_is_being_deleted_has_none(google, session) -> None:
    google.answers |= {
        f"/compute/v1/projects/{name}/aggregated/routers": _routers()
        for name in ("acme-prod", "acme-siem", "acme-central")
    }

    facts = gather(session, ROW)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert [one.not_applicable for one in old] == ["project is delete-requested"]
    assert google.count("/compute/v1/projects/acme-old/aggregated/routers") == 0


@pytest.mark.parametrize(
    "broken", [{"items": []}, {"items": {"global": []}}, {"items": {"global": {"routers": {}}}}]
)
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[ROUTERS] = Wrong(broken)

    facts = gather(prod, ROW)

    assert not [fact for fact in facts if isinstance(fact, Listing) and fact.kind == SOURCE]


def test_a_gateway_without_a_name_hides_none_of_the_others(google, prod) -> None:
    google.answers[ROUTERS] = Wrong(_routers(_router({"logConfig": {}}), _router(_nat("all"), name="second")))

    facts = gather(prod, ROW)

    emitters = [fact.resource for fact in facts if isinstance(fact, Emitter)]
    assert emitters == ["regions/europe-west1/routers/second/nats/all"]
    assert not [fact for fact in facts if isinstance(fact, Listing) and fact.kind == SOURCE]


def test_a_switch_of_an_odd_type_is_unread(google, prod) -> None:
    google.answers[ROUTERS] = Wrong(_routers(_router({"name": "all", "logConfig": {"enable": "yes"}})))

    routes = [
        fact
        for fact in gather(prod, ROW)
        if getattr(fact, "kind", "") == "gcp.nat_logging" and hasattr(fact, "enabled")
    ]

    assert [type(route.enabled) for route in routes] == [Unread]
