"""VPC Flow Logs: what subnets say, what configurations of the Network Management API add, and what a policy forces."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing, Route
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import judged, verdicts

SOURCE = "gcp.vpc.flow"
ROWS = ("gcp.vpc_flows", "gcp.flow_configs", "gcp.sinks")
SUBNETS = "/compute/v1/projects/acme-prod/aggregated/subnetworks"
CONFIGS = "/v1/projects/acme-prod/locations/global/vpcFlowLogsConfigs"
ORG_CONFIGS = f"/v1/{ORG}/locations/global/vpcFlowLogsConfigs"
POLICY = "/v2/projects/acme-prod/policies/compute.requireVpcFlowLogs:getEffectivePolicy"
SINKS = "/v2/projects/acme-prod/sinks"
ALL_ALLOWED = {
    "name": "projects/1001/policies/compute.requireVpcFlowLogs",
    "spec": {"rules": [{"allowAll": True}]},
}
ROOT = "https://www.googleapis.com/compute/v1/projects/acme-prod"
WEB = "regions/europe-west1/subnetworks/web"
BOTH = 'log_id("compute.googleapis.com/vpc_flows") OR log_id("networkmanagement.googleapis.com/vpc_flows")'


def _subnet(name: str, network: str = "shop", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "region": f"{ROOT}/regions/europe-west1",
        "network": f"{ROOT}/global/networks/{network}",
    } | more


def _logged(name: str, **config: Any) -> dict[str, Any]:
    return _subnet(name, logConfig={"enable": True, "flowSampling": 1.0} | config)


def _subnets(*subnets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"items": {"regions/europe-west1": {"subnetworks": list(subnets)}}} | more


def _config(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"name": f"projects/acme-prod/locations/global/vpcFlowLogsConfigs/{name}"} | more


def _configs(*configs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"vpcFlowLogsConfigs": list(configs)} | more


NETWORK = "projects/acme-prod/global/networks/shop"


@pytest.fixture
def prod(google):
    """A session on one project: no configurations, no policy, one sink that takes every flow log."""
    google.answers |= {CONFIGS: _configs(), ORG_CONFIGS: _configs(), POLICY: ALL_ALLOWED}
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _route_only(google: Any, query: str) -> None:
    """Leaves one sink, in the project, with this filter."""
    for container in (ORG, "folders/10", "folders/11"):
        google.answers[f"/v2/{container}/sinks"] = {}
    google.answers[SINKS] = {
        "sinks": [
            {
                "name": "_Default",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
                "filter": query,
            }
        ]
    }


def _found(session: Any, more: str = "", reach: str = ', reach: "*"') -> dict[str, str]:
    facts = gather(session, *ROWS)
    line = f"require: [{{id: line, title: a line, logs: {SOURCE}{reach}{more}}}]\n"
    return verdicts([one for one in judged(session, facts, line).findings if one.source == SOURCE])


def _names(found: dict[str, str]) -> dict[str, str]:
    return {resource.rpartition("/")[2]: verdict for resource, verdict in found.items()}


def test_a_subnet_that_logs_every_flow_is_covered_and_others_are_not(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(
        _logged("web"),
        _subnet("off", logConfig={"enable": False}),
        _subnet("older", enableFlowLogs=True, logConfig={"flowSampling": 1.0}),
        _subnet("half", logConfig={"enable": True}),
        _logged("filtered", filterExpr="reporter == 'SRC'"),
        _logged("odd", filterExpr="size(reporter) == 3"),
    )

    assert _names(_found(prod)) == {
        "web": "covered",
        "off": "gap not-generated",
        "older": "covered",
        "half": "gap sampled",
        "filtered": "gap partly-generated",
        "odd": "unknown",
    }


def test_a_sample_is_enough_where_the_policy_accepts_it(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web", logConfig={"enable": True}))

    assert _found(prod, ", sampled: 50%") == {WEB: "covered"}


def test_what_is_filtered_is_enough_where_no_more_is_asked_for(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_logged("web", filterExpr="reporter == 'SRC'"))

    assert _found(prod, ", only: {reporter: SRC}") == {WEB: "covered"}


def test_proxies_have_no_flow_logs_and_of_other_purposes_silence_proves_nothing(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(
        _subnet("regional", purpose="REGIONAL_MANAGED_PROXY"),
        _subnet("global", purpose="GLOBAL_MANAGED_PROXY"),
        _subnet("older", purpose="INTERNAL_HTTPS_LOAD_BALANCER"),
        _subnet("service", purpose="PRIVATE_SERVICE_CONNECT"),
        _logged("logged") | {"purpose": "PRIVATE_SERVICE_CONNECT"},
        _subnet("private", purpose="PRIVATE"),
    )

    assert _names(_found(prod)) == {
        "regional": "not-applicable",
        "global": "not-applicable",
        "older": "not-applicable",
        "service": "unknown",
        "logged": "covered",
        "private": "gap not-generated",
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"spec": {"rules": [{"values": {"allowedValues": ["COMPREHENSIVE"]}}]}},
        {"spec": {"rules": [{"denyAll": True}]}},
        {"spec": {}},
        {},
        Wrong({"spec": {"rules": {}}}),
        error(403, "no"),
        error(403, "off", reason="SERVICE_DISABLED"),
    ],
)
def test_a_missing_switch_is_off_only_if_no_policy_decides(google, prod, answer) -> None:
    google.answers[POLICY] = answer
    google.answers[SUBNETS] = _subnets(
        _subnet("silent"), _subnet("off", enableFlowLogs=False), _subnet("on", logConfig={"enable": True})
    )

    assert _names(_found(prod)) == {"silent": "unknown", "off": "gap not-generated", "on": "unknown"}


def test_no_policy_is_asked_for_where_every_subnet_says_what_it_does(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_logged("web"), _subnet("off", logConfig={"enable": False}))

    gather(prod, *ROWS)

    assert google.count(POLICY) == 0
    assert google.count(SUBNETS) == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"logConfig": {"enable": "yes", "flowSampling": 1}},
        {"logConfig": {"enable": [], "flowSampling": 1}},
        {"logConfig": []},
        {"logConfig": {"enable": True, "flowSampling": 1}, "enableFlowLogs": False},
        {"logConfig": {"enable": True, "flowSampling": 2}},
        {"logConfig": {"enable": True, "flowSampling": True}},
        {"logConfig": {"enable": True, "flowSampling": "1"}},
        {"logConfig": {"enable": True, "filterExpr": 1}},
    ],
)
def test_an_odd_setting_is_in_doubt(google, prod, odd) -> None:
    google.answers[SUBNETS] = Wrong(_subnets(_subnet("web", **odd)))

    assert _found(prod) == {WEB: "unknown"}


@pytest.mark.parametrize(
    "broken", [{"items": []}, _subnets({"name": "web"}), _subnets(_subnet("web", purpose=1))]
)
def test_a_subnet_that_cannot_be_read_is_no_absent_one(google, prod, broken) -> None:
    google.answers[SUBNETS] = Wrong(broken)

    assert _found(prod) == {"*": "unknown"}


def test_a_region_that_does_not_answer_may_hold_more_subnets(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_logged("web"), unreachables=["regions/asia-east1"])

    assert _found(prod) == {WEB: "covered", "*": "unknown"}


# --- configurations of the Network Management API -------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"network": NETWORK}, {"web": "covered", "lab": "gap not-generated"}),
        (
            {"network": f"https://compute.googleapis.com/compute/v1/{NETWORK}"},
            {"web": "covered", "lab": "gap not-generated"},
        ),
        ({"network": "projects/1001/global/networks/shop"}, {"web": "covered", "lab": "gap not-generated"}),
        ({"subnet": f"projects/acme-prod/{WEB}"}, {"web": "covered", "lab": "gap not-generated"}),
        (
            {"vpnTunnel": "projects/acme-prod/regions/europe-west1/vpnTunnels/t"},
            {"web": "gap not-generated", "lab": "gap not-generated"},
        ),
        (
            {"network": "projects/other-one/global/networks/shop"},
            {"web": "gap not-generated", "lab": "gap not-generated"},
        ),
        ({"network": "shop"}, {"web": "unknown", "lab": "unknown"}),
        ({}, {"web": "unknown", "lab": "unknown"}),
    ],
)
def test_a_configuration_acts_on_what_it_is_for(google, prod, target, expected) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"), _subnet("lab", "lab"))
    google.answers[CONFIGS] = _configs(_config(**target))

    assert _names(_found(prod)) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "covered"),
        ({"state": "ENABLED", "flowSampling": 1}, "covered"),
        ({"state": "STATE_UNSPECIFIED"}, "covered"),
        ({"state": "DISABLED"}, "gap not-generated"),
        ({"state": "PAUSED"}, "unknown"),
        ({"state": 1}, "unknown"),
        ({"flowSampling": 0.25}, "gap sampled"),
        ({"flowSampling": 0}, "unknown"),
        ({"filterExpr": "reporter == 'DEST'"}, "gap partly-generated"),
    ],
)
def test_a_configuration_is_on_and_keeps_all_unless_it_says_otherwise(
    google, prod, settings, expected
) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"))
    google.answers[CONFIGS] = Wrong(_configs(_config(network=NETWORK, **settings)))

    assert _found(prod) == {WEB: expected}


def test_a_configuration_of_the_organisation_acts_everywhere(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"))
    google.answers[ORG_CONFIGS] = _configs({"name": f"{ORG}/locations/global/vpcFlowLogsConfigs/all"})

    assert _found(prod) == {WEB: "covered"}


def test_an_organisations_configuration_with_a_target_is_in_doubt(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"))
    google.answers[ORG_CONFIGS] = _configs(
        {"name": f"{ORG}/locations/global/vpcFlowLogsConfigs/all", "network": NETWORK}
    )

    assert _found(prod) == {WEB: "unknown"}


@pytest.mark.parametrize("path", [CONFIGS, ORG_CONFIGS])
@pytest.mark.parametrize(
    "answer",
    [
        error(403, "no"),
        _configs(unreachable=["projects/acme-prod/locations/global"]),
        Wrong({"vpcFlowLogsConfigs": {}}),
        Wrong({"vpcFlowLogsConfigs": [{}]}),
    ],
)
def test_unread_configurations_may_log_what_a_subnet_does_not(google, prod, path, answer) -> None:
    google.answers[SUBNETS] = _subnets(_logged("web"), _subnet("off", enableFlowLogs=False))
    google.answers[path] = answer

    assert _names(_found(prod)) == {"web": "covered", "off": "unknown"}


def test_where_the_network_management_api_is_off_a_project_has_no_configurations(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"))
    google.answers[CONFIGS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers["/v1/projects/acme-prod/services/networkmanagement.googleapis.com"] = {"state": "DISABLED"}

    assert _found(prod) == {WEB: "gap not-generated"}


def test_two_halves_are_a_whole(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(
        _logged("web", filterExpr="inIpRange(connection.src_ip, '10.0.0.0/8')")
    )
    google.answers[CONFIGS] = _configs(
        _config(network=NETWORK, filterExpr="!inIpRange(connection.src_ip, '10.0.0.0/8')")
    )

    assert _found(prod) == {WEB: "covered"}


def test_a_network_whose_subnet_cannot_be_told_leaves_it_in_doubt(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web") | {"network": "shop"})
    google.answers[CONFIGS] = _configs(_config(network=NETWORK))

    assert _found(prod) == {WEB: "unknown"}


def test_a_subnet_without_a_name_hides_no_other_of_its_network(google, prod) -> None:
    google.answers[SUBNETS] = Wrong(_subnets(_subnet("web"), {"network": f"{ROOT}/global/networks/shop"}))
    google.answers[CONFIGS] = _configs(_config(network=NETWORK))

    assert _found(prod) == {WEB: "covered", "*": "unknown"}


# --- two names for one flow -----------------------------------------------------------------------------------

OWN = 'log_id("compute.googleapis.com/vpc_flows")'
NEW = 'log_id("networkmanagement.googleapis.com/vpc_flows")'
ON, OFF = {"enable": True, "flowSampling": 1.0}, {"enable": False}


@pytest.mark.parametrize(
    ("subnet", "configured", "query", "expected"),
    [
        (ON, False, OWN, "covered"),
        (ON, False, NEW, "gap filtered-out"),
        (OFF, True, OWN, "gap filtered-out"),
        (OFF, True, NEW, "covered"),
        (OFF, True, 'resource.type="vpc_flow_logs_config"', "covered"),
        (OFF, True, 'resource.type="gce_subnetwork"', "gap filtered-out"),
        (ON, True, OWN, "covered"),
        (ON, True, NEW, "covered"),
        (ON, True, BOTH, "covered"),
        (ON, True, 'log_id("other")', "gap filtered-out"),
        (OFF, False, BOTH, "gap not-generated"),
        (ON | {"flowSampling": 0.5}, True, NEW, "covered"),
        (ON | {"flowSampling": 0.5}, True, OWN, "gap filtered-out"),
        (
            ON | {"filterExpr": "reporter == 'SRC'"},
            True,
            f"{OWN} OR {NEW} AND jsonPayload.reporter=DEST",
            "gap filtered-out",
        ),
        (
            ON | {"filterExpr": "reporter == 'SRC'"},
            True,
            f"{OWN} OR ({NEW} AND jsonPayload.reporter=DEST)",
            "covered",
        ),
    ],
)
def test_a_flow_counts_if_the_entry_under_either_name_arrives(
    google, prod, subnet, configured, query, expected
) -> None:
    _route_only(google, query)
    google.answers[SUBNETS] = _subnets(_subnet("web", logConfig=subnet))
    google.answers[CONFIGS] = _configs(*([_config(network=NETWORK)] if configured else []))

    assert _found(prod) == {WEB: expected}


@pytest.mark.parametrize(
    ("only", "expected"), [("vpc_flow_logs_config", "covered"), ("gce_subnetwork", "gap not-generated")]
)
def test_who_asks_for_one_of_the_names_gets_an_answer_about_that_one(google, prod, only, expected) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web", logConfig=OFF))
    google.answers[CONFIGS] = _configs(_config(network=NETWORK))

    assert _found(prod, f", only: {{resource.type: {only}}}") == {WEB: expected}


def test_flows_may_be_asked_for_without_saying_where_they_should_go(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_logged("web"), _subnet("off", enableFlowLogs=False))

    assert _names(_found(prod, reach="")) == {"web": "covered", "off": "gap not-generated"}


# --- places without flows -------------------------------------------------------------------------------------


def test_where_the_api_is_off_there_are_no_subnets(google, prod) -> None:
    google.answers[SUBNETS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers["/v1/projects/acme-prod/services/compute.googleapis.com"] = {"state": "DISABLED"}

    assert list(_found(prod).values()) == ["not-applicable"]


def test_a_project_that_is_being_deleted_has_none(google, session) -> None:
    facts = gather(session, *ROWS)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert [one.not_applicable for one in old] == ["project is delete-requested"]
    assert google.count(SUBNETS.replace("acme-prod", "acme-old")) == 0


def test_each_list_is_asked_for_once(google, prod) -> None:
    google.answers[SUBNETS] = _subnets(_subnet("web"), _subnet("app"))
    google.answers[CONFIGS] = _configs(_config("a", network=NETWORK), _config("b", network=NETWORK))

    facts = gather(prod, *ROWS)

    assert [google.count(path) for path in (SUBNETS, CONFIGS, ORG_CONFIGS, POLICY)] == [1, 1, 1, 1]
    routes = [fact for fact in facts if isinstance(fact, Route) and fact.kind == "gcp.flow_logs_config"]
    assert len({route.id for route in routes}) == len(routes) == 4
    assert {
        fact.at for fact in facts if isinstance(fact, Listing) and fact.kind == "gcp.flow_logs_config"
    } == {
        "gcp:projects/acme-prod",
        f"gcp:{ORG}",
    }
