"""Load balancers: every backend service has a switch and a share; what Cloud Armor decides is in the same log."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts

ROW, REQUEST, FLOW, ARMOR = "gcp.load_balancers", "gcp.lb.request", "gcp.lb.flow", "gcp.armor.request"
SERVICES = "/compute/v1/projects/acme-prod/aggregated/backendServices"
BUCKETS = "/compute/v1/projects/acme-prod/aggregated/backendBuckets"
API = "https://www.googleapis.com/compute/v1/projects"
REGION = f"{API}/acme-prod/regions/europe-west1"
POLICY = f"{API}/acme-prod/global/securityPolicies/waf"
GLOBAL = "global/backendServices/"
SHOP = GLOBAL + "shop"
ON = {"enable": True}


def _used(*projects: str) -> dict[str, Any]:
    return {"usedBy": [{"reference": f"{API}/{project}/global/urlMaps/web"} for project in projects]}


def _service(
    name: str = "shop", scheme: str = "EXTERNAL_MANAGED", protocol: str = "HTTPS", **more: Any
) -> dict[str, Any]:
    return {"name": name, "loadBalancingScheme": scheme, "protocol": protocol} | _used("acme-prod") | more


def _answer(kind: str, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    nothing = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "nothing here"}}
    return {"items": {"global": {kind: list(items)}, "regions/us-east1": nothing}} | more


@pytest.fixture
def prod(google):
    """A session on one project, which has no backend buckets."""
    google.answers[BUCKETS] = {}
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _with(google, *services: dict[str, Any]) -> None:
    google.answers[SERVICES] = _answer("backendServices", *services)


def test_every_backend_service_has_a_switch_of_its_own_which_is_off_unless_set(google, prod) -> None:
    _with(
        google,
        _service("on", logConfig=ON),
        _service("full", logConfig={"enable": True, "sampleRate": 1.0}),
        _service("off", logConfig={"enable": False, "sampleRate": 1.0}),
        _service("unset"),
    )

    assert verdicts(findings(prod, ROW, REQUEST)) == {
        GLOBAL + "on": "covered",
        GLOBAL + "full": "covered",
        GLOBAL + "off": "gap not-generated",
        GLOBAL + "unset": "gap not-generated",
    }


def test_a_share_of_requests_is_a_gap_unless_the_policy_accepts_it(google, prod) -> None:
    _with(
        google,
        _service("half", logConfig={"enable": True, "sampleRate": 0.5}),
        _service("tenth", logConfig={"enable": True, "sampleRate": 0.1}),
        _service("hardly", logConfig={"enable": True, "sampleRate": 1e-05}),
        _service("none", logConfig={"enable": True, "sampleRate": 0.0}),
    )

    assert verdicts(findings(prod, ROW, REQUEST)) == {
        GLOBAL + "half": "gap sampled",
        GLOBAL + "tenth": "gap sampled",
        GLOBAL + "hardly": "gap sampled",
        GLOBAL + "none": "gap not-generated",
    }


def test_a_policy_may_accept_a_share(google, prod) -> None:
    _with(
        google,
        _service("half", logConfig={"enable": True, "sampleRate": 0.5}),
        _service("tenth", logConfig={"enable": True, "sampleRate": 0.1}),
    )

    found = findings(prod, ROW, REQUEST, more=", sampled: 50%")

    assert verdicts(found) == {GLOBAL + "half": "covered", GLOBAL + "tenth": "gap sampled"}


LOGS = [
    ("EXTERNAL", "HTTP", False, "requests", "http_load_balancer"),
    ("EXTERNAL_MANAGED", "HTTP2", False, "requests", "http_load_balancer"),
    (
        "EXTERNAL_MANAGED",
        "HTTPS",
        True,
        "loadbalancing.googleapis.com%2Fexternal_regional_requests",
        "http_external_regional_lb_rule",
    ),
    ("INTERNAL_MANAGED", "GRPC", False, "loadbalancing.googleapis.com%2Frequests", "internal_http_lb_rule"),
    ("INTERNAL_MANAGED", "HTTP", True, "loadbalancing.googleapis.com%2Frequests", "internal_http_lb_rule"),
    ("EXTERNAL_MANAGED", "TCP", True, "loadbalancing.googleapis.com%2Fconnections", "l4_proxy_rule"),
    ("INTERNAL_MANAGED", "TCP", True, "loadbalancing.googleapis.com%2Fconnections", "l4_proxy_rule"),
]


@pytest.mark.parametrize(("scheme", "protocol", "regional", "log", "kind"), LOGS)
def test_each_kind_of_load_balancer_writes_its_own_log(
    google, prod, scheme, protocol, regional, log, kind
) -> None:
    more = {"region": REGION} if regional else {}
    _with(google, _service("shop", scheme, protocol, logConfig=ON, **more))

    (emitter,) = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter) and fact.source == REQUEST]

    assert emitter.fields == {"logName": f"projects/acme-prod/logs/{log}", "resource.type": kind}
    assert emitter.resource == ("regions/europe-west1" if regional else "global") + "/backendServices/shop"
    assert not emitter.not_applicable


def test_a_sink_for_one_kind_of_load_balancer_takes_no_other(google, prod) -> None:
    _with(
        google, _service("shop", logConfig=ON), _service("inside", "INTERNAL_MANAGED", "HTTP", logConfig=ON)
    )
    sinks = {
        "sinks": [
            {
                "name": "web",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
                "filter": 'resource.type="http_load_balancer" log_id("requests")',
            }
        ]
    }
    google.answers["/v2/projects/acme-prod/sinks"] = sinks

    found = findings(prod, ROW, REQUEST)

    assert {one.resource: one.status for one in found} == {SHOP: "covered", GLOBAL + "inside": "gap"}


def test_only_the_requests_of_one_kind_of_load_balancer_may_be_asked_for(google, prod) -> None:
    _with(google, _service("shop", logConfig=ON), _service("inside", "INTERNAL_MANAGED", "HTTP"))

    found = findings(prod, ROW, REQUEST, more=", only: {resource.type: http_load_balancer}")

    assert verdicts(found) == {SHOP: "covered"}


@pytest.mark.parametrize("scheme", ["EXTERNAL", "EXTERNAL_MANAGED"])
@pytest.mark.parametrize("protocol", ["TCP", "SSL"])
def test_where_the_log_of_a_global_proxy_is_not_documented_it_is_covered_by_nothing(
    google, prod, scheme, protocol
) -> None:
    _with(google, _service("on", scheme, protocol, logConfig=ON), _service("off", scheme, protocol))

    assert verdicts(findings(prod, ROW, REQUEST)) == {
        GLOBAL + "on": "unknown",
        GLOBAL + "off": "gap not-generated",
    }


def test_a_passthrough_load_balancer_sees_connections_and_no_requests(google, prod) -> None:
    _with(
        google,
        _service("in", "INTERNAL", "TCP", region=REGION, logConfig=ON),
        _service("out", "EXTERNAL", "UDP", region=REGION),
    )
    at = "regions/europe-west1/backendServices/"

    found = findings(prod, ROW, REQUEST)

    assert verdicts(found) == {at + "in": "not-applicable", at + "out": "not-applicable"}


def test_the_connections_of_a_passthrough_load_balancer_have_the_same_switch(google, prod) -> None:
    _with(
        google,
        _service("in", "INTERNAL", "TCP", region=REGION, logConfig=ON),
        _service("out", "EXTERNAL", "UNSPECIFIED", region=REGION),
        _service("world", "EXTERNAL_PASSTHROUGH", "UDP", logConfig=ON),
        _service("shop", logConfig=ON),
    )
    at = "regions/europe-west1/backendServices/"

    assert verdicts(findings(prod, ROW, FLOW)) == {
        at + "in": "covered",
        at + "out": "gap not-generated",
        GLOBAL + "world": "unknown",
    }


def test_a_service_mesh_has_no_load_balancer_logs(google, prod) -> None:
    _with(google, _service("mesh", "INTERNAL_SELF_MANAGED", "GRPC", logConfig=ON))

    assert verdicts(findings(prod, ROW, REQUEST)) == {GLOBAL + "mesh": "not-applicable"}


UNKNOWN = [("NEW_SCHEME", "HTTP"), ("EXTERNAL", "QUIC"), ("", "HTTP"), ("EXTERNAL", ""), ("EXTERNAL", "UDP")]


@pytest.mark.parametrize("source", [REQUEST, FLOW])
def test_what_an_unknown_kind_of_backend_logs_is_in_doubt(google, prod, source) -> None:
    services = [
        _service(f"{scheme} {protocol} {name}", scheme, protocol, logConfig=log)
        for scheme, protocol in UNKNOWN
        for name, log in (("on", ON), ("off", {}))
    ]
    google.answers[SERVICES] = Wrong(_answer("backendServices", *services))

    assert list(verdicts(findings(prod, ROW, source)).values()) == ["unknown"] * 2 * len(UNKNOWN)


@pytest.mark.parametrize(
    "log",
    [
        [],
        {"enable": "yes"},
        {"enable": True, "sampleRate": "1.0"},
        {"enable": True, "sampleRate": True},
        {"enable": True, "sampleRate": 1.5},
        {"enable": True, "sampleRate": -1},
        {"enable": True, "sampleRate": None},
    ],
)
def test_a_switch_that_is_not_understood_is_in_doubt(google, prod, log) -> None:
    google.answers[SERVICES] = Wrong(_answer("backendServices", _service(logConfig=log)))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "unknown"}


def test_that_logging_is_off_is_certain_whatever_the_share(google, prod) -> None:
    google.answers[SERVICES] = Wrong(_answer("backendServices", _service(logConfig={"sampleRate": "odd"})))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "gap not-generated"}


# --- where entries are written ------------------------------------------------------------------------------


@pytest.mark.parametrize("project", ["acme-prod", "1001"])
def test_what_the_own_load_balancers_log_is_written_here(google, prod, project) -> None:
    _with(google, _service(logConfig=ON, **_used(project)))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "covered"}


@pytest.mark.parametrize("projects", [("acme-siem",), ("acme-prod", "acme-siem"), ("1002",)])
def test_what_another_projects_load_balancer_logs_is_written_there(google, prod, projects) -> None:
    _with(google, _service(logConfig=ON, **_used(*projects)), _service("off", **_used(*projects)))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "unknown", GLOBAL + "off": "gap not-generated"}
    assert any("entries are written there" in spot.detail for spot in prod.ledger.blind_spots())


def test_a_reference_that_names_no_project_leaves_a_doubt(google, prod) -> None:
    _with(google, _service(logConfig=ON, usedBy=[{"reference": "web"}]))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "unknown"}


@pytest.mark.parametrize("scheme", ["EXTERNAL_MANAGED", "INTERNAL_MANAGED"])
def test_where_another_project_may_use_a_service_nobody_named_is_not_nobody(google, prod, scheme) -> None:
    _with(google, _service(scheme=scheme, logConfig=ON, usedBy=[]))

    found = findings(prod, ROW, REQUEST)

    assert verdicts(found) == {SHOP: "unknown"}


def test_a_service_that_no_load_balancer_uses_is_not_in_use(google, prod) -> None:
    _with(google, _service("used"), _service("spare", "EXTERNAL", usedBy=[]))

    emitters = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter) and fact.source == REQUEST]

    assert {one.resource: one.in_use for one in emitters} == {GLOBAL + "used": True, GLOBAL + "spare": False}


# --- backend buckets ----------------------------------------------------------------------------------------


def test_requests_to_backend_buckets_are_logged_always(google, prod) -> None:
    _with(google)
    google.answers[BUCKETS] = _answer(
        "backendBuckets",
        {"name": "images", "enableCdn": True},
        {"name": "films", "loadBalancingScheme": "EXTERNAL_MANAGED"} | _used("acme-prod"),
    )

    assert verdicts(findings(prod, ROW, REQUEST)) == {
        "global/backendBuckets/images": "covered",
        "global/backendBuckets/films": "covered",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"loadBalancingScheme": "INTERNAL_MANAGED"},
        {"loadBalancingScheme": "NEW_SCHEME"},
        {"region": REGION, "loadBalancingScheme": "EXTERNAL_MANAGED"},
        _used("acme-siem"),
    ],
)
def test_a_backend_bucket_of_which_less_is_documented_is_in_doubt(google, prod, more) -> None:
    _with(google)
    google.answers[BUCKETS] = Wrong(_answer("backendBuckets", {"name": "images"} | more))

    assert [one.status for one in findings(prod, ROW, REQUEST)] == ["unknown"]


# --- Cloud Armor --------------------------------------------------------------------------------------------


def test_what_a_security_policy_decides_is_in_the_load_balancers_log_or_nowhere(google, prod) -> None:
    _with(
        google,
        _service("on", logConfig=ON, securityPolicy=POLICY),
        _service("edge", logConfig=ON, edgeSecurityPolicy=POLICY),
        _service("off", securityPolicy=POLICY),
        _service("half", logConfig={"enable": True, "sampleRate": 0.5}, securityPolicy=POLICY),
        _service("open", logConfig=ON),
        _service("packets", "EXTERNAL", "TCP", region=REGION, logConfig=ON, securityPolicy=POLICY),
        _service("mesh", "INTERNAL_SELF_MANAGED", "HTTP", logConfig=ON, securityPolicy=POLICY),
    )
    google.answers[BUCKETS] = _answer(
        "backendBuckets", {"name": "images", "edgeSecurityPolicy": POLICY}, {"name": "films"}
    )

    assert verdicts(findings(prod, ROW, ARMOR)) == {
        GLOBAL + "on": "covered",
        GLOBAL + "edge": "covered",
        GLOBAL + "off": "gap not-generated",
        GLOBAL + "half": "gap sampled",
        GLOBAL + "open": "not-applicable",
        "regions/europe-west1/backendServices/packets": "not-applicable",
        GLOBAL + "mesh": "unknown",
        "global/backendBuckets/images": "covered",
        "global/backendBuckets/films": "not-applicable",
    }


def test_whether_a_policy_is_attached_is_never_guessed_from_an_odd_field(google, prod) -> None:
    google.answers[SERVICES] = Wrong(
        _answer("backendServices", _service(logConfig=ON, securityPolicy=[POLICY]))
    )

    assert verdicts(findings(prod, ROW, ARMOR)) == {"*": "unknown"}


# --- lists --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [REQUEST, FLOW, ARMOR])
def test_a_region_that_does_not_answer_may_hold_more_services(google, prod, source) -> None:
    google.answers[SERVICES] = _answer("backendServices", unreachables=["regions/asia-east1"])

    assert verdicts(findings(prod, ROW, source)) == {"*": "unknown"}


def test_buckets_that_could_not_be_read_hide_none_of_the_services(google, prod) -> None:
    _with(google, _service(logConfig=ON))
    google.answers[BUCKETS] = error(403, "no")

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "covered", "*": "unknown"}
    assert any(spot.permission == "compute.backendBuckets.list" for spot in prod.ledger.blind_spots())


@pytest.mark.parametrize("broken", [{"items": []}, {"items": {"global": []}}, _answer("backendServices", {})])
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[SERVICES] = Wrong(broken)

    assert verdicts(findings(prod, ROW, REQUEST)) == {"*": "unknown"}


def test_a_service_without_a_name_hides_none_of_the_others(google, prod) -> None:
    google.answers[SERVICES] = Wrong(_answer("backendServices", {"protocol": "HTTP"}, _service(logConfig=ON)))

    assert verdicts(findings(prod, ROW, REQUEST)) == {SHOP: "covered", "*": "unknown"}


@pytest.mark.parametrize("source", [REQUEST, FLOW, ARMOR])
def test_where_the_api_is_off_there_are_no_load_balancers(google, prod, source) -> None:
    google.answers[SERVICES] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers["/v1/projects/acme-prod/services/compute.googleapis.com"] = {"state": "DISABLED"}

    assert [one.status for one in findings(prod, ROW, source)] == ["not-applicable"]
    assert google.count(BUCKETS) == 0


def test_a_project_that_is_being_deleted_has_none_and_of_others_two_lists_are_read(google, session) -> None:
    for name in ("acme-prod", "acme-siem", "acme-central"):
        for kind in ("backendServices", "backendBuckets"):
            google.answers[f"/compute/v1/projects/{name}/aggregated/{kind}"] = {}

    facts = gather(session, ROW)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert {one.not_applicable for one in old} == {"project is delete-requested"}
    assert len([fact for fact in facts if isinstance(fact, Listing) and fact.kind == REQUEST]) == 4
    assert len([path for path in google.paths() if "/aggregated/" in path]) == 6
