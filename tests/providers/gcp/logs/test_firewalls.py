"""Which firewall rules log the connections that they decide: of networks, network policies, organisations, folders."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing, Route
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts

ROW, SOURCE = "gcp.firewalls", "gcp.firewall.connection"
BASE = "/compute/v1/projects/acme-prod"
RULES, POLICIES, NETWORKS = (
    f"{BASE}/global/firewalls",
    f"{BASE}/aggregated/firewallPolicies",
    f"{BASE}/global/networks",
)
ATTACHED = "/compute/v1/locations/global/firewallPolicies/listAssociations"
POLICY = "/compute/v1/locations/global/firewallPolicies/77"
ROOT = "https://www.googleapis.com/compute/v1/projects/acme-prod"
NETWORK = f"{ROOT}/global/networks/shop"
ORG_RULE = "locations/global/firewallPolicies/77/rules/10"


def _rule(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "network": NETWORK, "allowed": [{"IPProtocol": "tcp"}]} | more


def _logging(name: str, **more: Any) -> dict[str, Any]:
    return _rule(name, logConfig={"enable": True}, **more)


def _policy(*rules: dict[str, Any], name: str = "edge", **more: Any) -> dict[str, Any]:
    last = {"priority": 2147483647, "action": "goto_next", "enableLogging": False}
    associations = [{"name": "a", "attachmentTarget": NETWORK}]
    return {"name": name, "rules": [*rules, last], "associations": associations} | more


def _policies(*policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"items": {"global": {"firewallPolicies": list(policies)}}} | more


def _at(priority: int, action: str = "allow", **more: Any) -> dict[str, Any]:
    return {"priority": priority, "action": action} | more


@pytest.fixture
def prod(google):
    """A session on one project with a network, and no rules anywhere."""
    google.answers |= {RULES: {}, POLICIES: {}, ATTACHED: {}, NETWORKS: {"items": [{"name": "shop"}]}}
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _found(session: Any, more: str = "") -> dict[str, str]:
    return verdicts(findings(session, ROW, SOURCE, more=more))


def test_each_rule_that_acts_must_log(google, prod) -> None:
    google.answers[RULES] = Pages(
        "items",
        [
            [_logging("logged"), _rule("silent")],
            [],
            [_rule("off", logConfig={"enable": False}), _rule("idle", disabled=True)],
        ],
    )

    assert _found(prod) == {
        "global/firewalls/logged": "covered",
        "global/firewalls/silent": "gap not-generated",
        "global/firewalls/off": "gap not-generated",
        "global/firewalls/idle": "not-applicable",
    }


def test_a_rule_that_allows_decides_no_connection_that_is_denied(google, prod) -> None:
    google.answers[RULES] = {
        "items": [_rule("allows"), _rule("denies", allowed=[], denied=[{"IPProtocol": "tcp"}])]
    }

    assert _found(prod, ", only: {disposition: DENIED}") == {"global/firewalls/denies": "gap not-generated"}


def test_a_sink_may_be_for_one_rule(google, prod) -> None:
    google.answers[RULES] = {"items": [_logging("web"), _logging("db")]}
    for container in (ORG, "folders/10", "folders/11", "projects/acme-prod"):
        google.answers[f"/v2/{container}/sinks"] = {}
    google.answers["/v2/projects/acme-prod/sinks"] = {
        "sinks": [
            {
                "name": "_Default",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
                "filter": 'jsonPayload.rule_details.reference="network:shop/firewall:web"',
            }
        ]
    }

    assert _found(prod) == {"global/firewalls/web": "covered", "global/firewalls/db": "gap filtered-out"}


def test_rules_of_network_policies_have_switches_of_their_own(google, prod) -> None:
    google.answers[POLICIES] = _policies(
        _policy(
            _at(1, enableLogging=True),
            _at(2, "deny"),
            _at(3, disabled=True),
            _at(4, "apply_security_profile_group", enableLogging=True),
        ),
        _policy(_at(1), name="spare", associations=[]),
        _policy(_at(1), name="west", region=f"{ROOT}/regions/us-west1"),
    )

    assert _found(prod) == {
        "global/firewallPolicies/edge/rules/1": "covered",
        "global/firewallPolicies/edge/rules/2": "gap not-generated",
        "global/firewallPolicies/edge/rules/3": "not-applicable",
        "global/firewallPolicies/edge/rules/4": "covered",
        "global/firewallPolicies/spare/rules/1": "not-applicable",
        "regions/us-west1/firewallPolicies/west/rules/1": "gap not-generated",
    }


@pytest.mark.parametrize(
    "odd",
    [
        _rule("web", logConfig={"enable": "yes"}),
        _rule("web", logConfig=[]),
        _rule("web", disabled="yes"),
    ],
)
def test_an_odd_switch_is_in_doubt(google, prod, odd) -> None:
    google.answers[RULES] = Wrong({"items": [odd]})

    assert _found(prod) == {"global/firewalls/web": "unknown"}


@pytest.mark.parametrize(
    "odd",
    [
        _at(1, enableLogging="yes"),
        _at(1, disabled="yes"),
        _at(1, "mirror"),
        _at(1, "mirror", enableLogging=False),
    ],
)
def test_an_odd_rule_of_a_policy_is_in_doubt(google, prod, odd) -> None:
    google.answers[POLICIES] = Wrong(_policies(_policy(odd)))

    assert _found(prod) == {"global/firewallPolicies/edge/rules/1": "unknown"}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (RULES, error(403, "no")),
        (RULES, {"items": [], "warning": {"code": "PARTIAL_SUCCESS"}}),
        (RULES, Wrong({"items": {}})),
        (RULES, Wrong({"items": [{"logConfig": {}}]})),
        (POLICIES, error(403, "no")),
        (POLICIES, _policies(unreachables=["regions/asia-east1"])),
        (POLICIES, Wrong(_policies({"rules": []}))),
        (POLICIES, _policies({"name": "edge", "associations": []})),
        (POLICIES, Wrong(_policies(_policy({"priority": 1})))),
        (POLICIES, Wrong(_policies(_policy(rules={})))),
        (ATTACHED, error(403, "no")),
        (ATTACHED, error(403, "off", reason="SERVICE_DISABLED")),
        (ATTACHED, Wrong({"associations": [{}]})),
        (ATTACHED, Wrong({"associations": [], "nextPageToken": "more"})),
    ],
)
def test_rules_that_could_not_be_read_are_not_absent(google, prod, path, answer) -> None:
    google.answers[path] = answer
    if path != RULES:
        google.answers[RULES] = {"items": [_logging("web")]}

    found = _found(prod)

    assert found.pop("*") == "unknown"
    assert found in ({}, {"global/firewalls/web": "covered"})
    assert path == RULES or "SERVICE_DISABLED" in str(answer) or found


# --- hierarchical policies ------------------------------------------------------------------------------------


def _inherit(google: Any, *rules: dict[str, Any]) -> None:
    """One policy that is attached above the project."""
    google.answers[ATTACHED] = {
        "associations": [{"name": "a", "firewallPolicyId": "77", "attachmentTarget": ORG}]
    }
    google.answers[POLICY] = _policy(*rules, name="77", parent=ORG)


def test_a_rule_from_above_must_log_in_every_project_with_a_network(google, session) -> None:
    _inherit(google, _at(10), _at(20, "deny", enableLogging=True), _at(30, disabled=True))
    for project in ("acme-prod", "acme-siem", "acme-central"):
        at = f"/compute/v1/projects/{project}"
        google.answers |= {f"{at}/global/firewalls": {}, f"{at}/aggregated/firewallPolicies": {}}
        google.answers[f"{at}/global/networks"] = (
            {"items": [{"name": "shop"}]} if project != "acme-siem" else {}
        )

    facts = gather(session, ROW)

    emitters = [fact for fact in facts if isinstance(fact, Emitter) and not fact.not_applicable]
    assert {one.scope for one in emitters} == {"gcp:projects/acme-prod", "gcp:projects/acme-central"}
    assert len(emitters) == 4
    routes = [fact for fact in facts if isinstance(fact, Route) and fact.kind == "gcp.firewall_logging"]
    assert {route.setting for route in routes} == {
        "gcp:compute/locations/global/firewallPolicies/77/rules/10",
        "gcp:compute/locations/global/firewallPolicies/77/rules/20",
    }
    assert len({route.id for route in routes}) == 4
    assert google.count(POLICY) == 1
    assert google.count(ATTACHED) == 3


def test_rules_from_above_are_judged_where_their_entries_are_written(google, prod) -> None:
    _inherit(google, _at(10), _at(20, "deny", enableLogging=True))

    assert _found(prod) == {
        ORG_RULE: "gap not-generated",
        "locations/global/firewallPolicies/77/rules/20": "covered",
    }


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([NETWORK], {ORG_RULE: "gap not-generated"}),
        (["https://www.googleapis.com/compute/v1/projects/acme-siem/global/networks/shop"], {}),
        ([f"{ROOT}/global/networks/lab"], {}),
        (["shop"], {ORG_RULE: "unknown"}),
        ("shop", {ORG_RULE: "unknown"}),
        (["https://www.googleapis.com/compute/v1/projects/4711/global/networks/shop"], {}),
    ],
)
def test_a_rule_may_be_for_some_networks(google, prod, targets, expected) -> None:
    _inherit(google, _at(10, targetResources=targets))
    google.answers[POLICY] = Wrong(google.answers[POLICY])

    found = _found(prod)

    assert {name: verdict for name, verdict in found.items() if name.startswith("locations/")} == expected


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (POLICY, error(404, "gone")),
        (POLICY, Wrong({"name": "77"})),
        (POLICY, Wrong({"name": "77", "rules": [{"priority": 1}]})),
        (NETWORKS, error(403, "no")),
        (NETWORKS, Wrong({"items": [{}]})),
        ("/v3/folders/11", error(403, "no")),
        ("/v3/folders/10", Wrong({"name": "folders/10", "state": "ACTIVE"})),
        ("/v3/projects/acme-prod", error(403, "no")),
    ],
)
def test_unread_policies_above_may_hold_more_rules(google, prod, path, answer) -> None:
    _inherit(google, _at(10, enableLogging=True))
    google.answers[path] = answer

    assert _found(prod).get("*") == "unknown"


def test_nothing_is_above_a_project_without_an_organisation(google, prod) -> None:
    del google.answers["/v3/projects/acme-prod"]["parent"]
    google.answers[RULES] = {"items": [_logging("web", network="")]}

    assert _found(prod) == {"global/firewalls/web": "covered"}
    assert google.count(ATTACHED) == 0


# --- places without rules -------------------------------------------------------------------------------------


def test_where_the_api_is_off_there_are_no_rules(google, prod) -> None:
    google.answers[RULES] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers["/v1/projects/acme-prod/services/compute.googleapis.com"] = {"state": "DISABLED"}

    assert list(_found(prod).values()) == ["not-applicable"]
    assert google.count(POLICIES) == 0


def test_a_project_that_is_being_deleted_has_none(google, session) -> None:
    facts = gather(session, ROW)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert [one.not_applicable for one in old] == ["project is delete-requested"]
    assert google.count(RULES.replace("acme-prod", "acme-old")) == 0


def test_without_rules_the_list_is_still_whole(google, prod) -> None:
    facts = gather(prod, ROW)

    assert {
        fact.kind for fact in facts if isinstance(fact, Listing) and fact.at == "gcp:projects/acme-prod"
    } >= {
        SOURCE,
        "gcp.firewall_logging",
    }
    assert google.count(NETWORKS) == 0
