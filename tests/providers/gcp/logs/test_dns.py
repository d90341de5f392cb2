"""Cloud DNS: networks joined with the policies that are bound to them, and zones with switches of their own."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, judged, verdicts

ROWS, SOURCE = ("gcp.dns_networks", "gcp.dns_policies"), "gcp.dns.query"
ZONE_ROW, ZONE_SOURCE = "gcp.dns_zones", "gcp.dns.zone_query"
NETWORKS = "/compute/v1/projects/acme-prod/global/networks"
POLICIES = "/dns/v1/projects/acme-prod/policies"
ZONES = "/dns/v1/projects/acme-prod/managedZones"
LINK = "https://www.googleapis.com/compute/v1/projects/acme-prod/global/networks/"
OFF = error(403, "off", reason="SERVICE_DISABLED")
DEFAULT = "global/networks/default"


def _off(google, api: str) -> None:
    google.answers[f"/v1/projects/acme-prod/services/{api}"] = {"state": "DISABLED"}


def _networks(*names: str, **more: Any) -> dict[str, Any]:
    items = [{"name": name, "id": str(100 + n)} for n, name in enumerate(names)]
    return {"items": items} | more


def _policies(*bindings: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Policies, each of a name and a link to a network; they log unless `more` says otherwise."""
    policies = [{"name": name, "networks": [{"networkUrl": url}]} for name, url in bindings]
    return {"policies": [policy | ({"enableLogging": True} | more) for policy in policies]}


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _found(session, *, rows=ROWS, source=SOURCE) -> dict[str, str]:
    line = f'require: [{{id: line, title: a line, logs: {source}, reach: "*"}}]\n'
    return verdicts(judged(session, gather(session, *rows, "gcp.sinks"), line).findings)


def test_a_network_is_covered_by_a_policy_that_logs_and_without_one_nothing_is_logged(google, prod) -> None:
    google.answers[NETWORKS] = _networks("default", "edge", "lost", "silent")
    google.answers[POLICIES] = {
        "policies": [
            {"name": "on", "enableLogging": True, "networks": [{"networkUrl": LINK + "default"}]},
            {"name": "off", "enableLogging": False, "networks": [{"networkUrl": LINK + "edge"}]},
            {"name": "unset", "networks": [{"networkUrl": LINK + "silent"}]},
        ]
    }

    assert _found(prod) == {
        DEFAULT: "covered",
        "global/networks/edge": "gap not-generated",
        "global/networks/lost": "gap not-generated",
        "global/networks/silent": "gap not-generated",
    }


def test_networks_and_policies_are_listed_once_each(google, prod) -> None:
    google.answers[NETWORKS] = Pages("items", [[{"name": "default"}], [], [{"name": "edge"}]])
    google.answers[POLICIES] = Pages(
        "policies",
        [[], [{"name": "on", "enableLogging": True, "networks": [{"networkUrl": LINK + "edge"}]}]],
    )

    assert _found(prod) == {DEFAULT: "gap not-generated", "global/networks/edge": "covered"}
    assert google.count(NETWORKS) == 3
    assert google.count(POLICIES) == 2


def test_the_default_network_of_another_project_does_not_pass_by_its_name(google, session) -> None:
    for project in ("acme-prod", "acme-siem", "acme-central"):
        google.answers[f"/compute/v1/projects/{project}/global/networks"] = _networks("default")
        google.answers[f"/dns/v1/projects/{project}/policies"] = {}
    google.answers[POLICIES] = _policies(("on", LINK + "default"))
    line = f"require: [{{id: line, title: a line, logs: {SOURCE}}}]\n"

    found = judged(session, gather(session, *ROWS), line).findings

    assert {one.scope: one.status for one in found if one.resource == DEFAULT} == {
        "gcp:projects/acme-prod": "covered",
        "gcp:projects/acme-siem": "gap",
        "gcp:projects/acme-central": "gap",
    }


def test_a_policy_that_names_a_network_of_another_project_leaves_a_doubt_there_and_no_pass_here(
    google, session
) -> None:
    for project in ("acme-prod", "acme-siem", "acme-central"):
        google.answers[f"/compute/v1/projects/{project}/global/networks"] = _networks("default")
        google.answers[f"/dns/v1/projects/{project}/policies"] = {}
    google.answers[POLICIES] = _policies(("odd", LINK.replace("acme-prod", "1002") + "default"))
    line = f"require: [{{id: line, title: a line, logs: {SOURCE}}}]\n"

    found = judged(session, gather(session, *ROWS), line).findings

    assert {one.scope: one.status for one in found if one.resource == DEFAULT} == {
        "gcp:projects/acme-prod": "gap",
        "gcp:projects/acme-siem": "unknown",
        "gcp:projects/acme-central": "gap",
    }


@pytest.mark.parametrize(
    "link",
    [
        LINK + "default",
        "https://compute.googleapis.com/compute/v1/projects/acme-prod/global/networks/default",
        LINK.replace("acme-prod", "1001") + "default",
        LINK + "100",
        "projects/acme-prod/global/networks/default",
    ],
)
def test_project_and_network_may_be_named_by_number(google, prod, link) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = _policies(("on", link))

    assert _found(prod) == {DEFAULT: "covered"}


@pytest.mark.parametrize("link", ["default", LINK + "999", LINK.replace("global", "regions/x") + "default"])
def test_a_link_that_is_not_understood_leaves_every_network_in_doubt(google, prod, link) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = _policies(("on", link))

    assert _found(prod) == {DEFAULT: "unknown"}


def test_where_nobody_told_the_number_of_the_project_a_number_may_be_its_own(google, prod) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = _policies(("on", LINK.replace("acme-prod", "1001") + "default"))
    google.answers["/v3/projects/acme-prod"] = error(403, "no")

    assert set(_found(prod).values()) == {"unknown"}


def test_where_cloud_dns_is_off_there_is_no_policy_and_queries_are_not_logged(google, prod) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = OFF
    _off(google, "dns.googleapis.com")

    assert _found(prod) == {DEFAULT: "gap not-generated"}


def test_that_cloud_dns_is_off_is_believed_only_if_service_usage_agrees(google, prod) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = OFF

    assert _found(prod) == {DEFAULT: "unknown"}


def test_where_compute_engine_is_off_there_are_no_networks(google, prod) -> None:
    google.answers[NETWORKS] = OFF
    google.answers[POLICIES] = {}
    _off(google, "compute.googleapis.com")

    assert list(_found(prod).values()) == ["not-applicable"]


@pytest.mark.parametrize("unread", [error(403, "no"), error(404, "none"), Wrong({"policies": {}})])
def test_policies_that_could_not_be_read_are_no_gap(google, prod, unread) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = unread

    assert _found(prod) == {DEFAULT: "unknown"}


@pytest.mark.parametrize(
    "policy",
    [
        {"enableLogging": True},
        {"name": "on", "networks": {}},
        {"name": "on", "networks": [{"networkUrl": 1}]},
        {"name": "on", "enableLogging": "yes", "networks": [{"networkUrl": LINK + "default"}]},
    ],
)
def test_an_odd_policy_is_no_gap(google, prod, policy) -> None:
    google.answers[NETWORKS] = _networks("default")
    google.answers[POLICIES] = Wrong({"policies": [policy]})

    assert _found(prod) == {DEFAULT: "unknown"}


@pytest.mark.parametrize(
    "broken",
    [
        Wrong({"items": {}}),
        Wrong({"items": [{}]}),
        Wrong({"warning": "some"}),
        {"warning": {"code": "UNREACHABLE"}},
        error(403, "no"),
    ],
)
def test_networks_that_could_not_be_listed_may_exist(google, prod, broken) -> None:
    google.answers[NETWORKS] = broken
    google.answers[POLICIES] = {}

    assert _found(prod) == {"*": "unknown"}


def test_that_a_project_has_no_networks_is_no_warning(google, prod) -> None:
    google.answers[NETWORKS] = {"warning": {"code": "NO_RESULTS_ON_PAGE"}}
    google.answers[POLICIES] = {}

    facts = gather(prod, *ROWS)

    assert {fact.kind for fact in facts if isinstance(fact, Listing)} >= {SOURCE, "gcp.dns_policy"}


def test_a_project_that_is_being_deleted_is_not_asked(google, session) -> None:
    facts = gather(session, *ROWS, ZONE_ROW)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert {one.source: one.not_applicable for one in old} == {
        SOURCE: "project is delete-requested",
        ZONE_SOURCE: "project is delete-requested",
    }
    assert not [path for path in google.paths() if "acme-old/" in path]


# --- zones --------------------------------------------------------------------------------------------------


def _zone(name: str, visibility: str = "public", **more: Any) -> dict[str, Any]:
    return {"name": name, "visibility": visibility} | more


def test_a_public_zone_logs_where_it_is_told_to_and_a_private_one_has_no_switch(google, prod) -> None:
    google.answers[ZONES] = {
        "managedZones": [
            _zone("on", cloudLoggingConfig={"enableLogging": True}),
            _zone("off", cloudLoggingConfig={"enableLogging": False}),
            _zone("unset"),
            _zone("inside", "private"),
        ]
    }

    assert verdicts(findings(prod, ZONE_ROW, ZONE_SOURCE)) == {
        "managedZones/on": "covered",
        "managedZones/off": "gap not-generated",
        "managedZones/unset": "gap not-generated",
        "managedZones/inside": "not-applicable",
    }


@pytest.mark.parametrize(
    "zone",
    [
        {"name": "z"},
        {"name": "z", "visibility": "shared", "cloudLoggingConfig": {"enableLogging": True}},
        {"name": "z", "visibility": "public", "cloudLoggingConfig": []},
        {"name": "z", "visibility": "public", "cloudLoggingConfig": {"enableLogging": "yes"}},
    ],
)
def test_a_zone_that_is_not_understood_is_in_doubt(google, prod, zone) -> None:
    google.answers[ZONES] = Wrong({"managedZones": [zone]})

    assert verdicts(findings(prod, ZONE_ROW, ZONE_SOURCE)) == {"managedZones/z": "unknown"}


@pytest.mark.parametrize("broken", [Wrong({"managedZones": [{}]}), error(403, "no"), error(503, "later")])
def test_zones_that_could_not_be_listed_may_exist(google, prod, broken) -> None:
    google.answers[ZONES] = broken

    assert verdicts(findings(prod, ZONE_ROW, ZONE_SOURCE)) == {"*": "unknown"}


def test_where_cloud_dns_is_off_there_are_no_zones(google, prod) -> None:
    google.answers[ZONES] = OFF
    _off(google, "dns.googleapis.com")

    assert [one.status for one in findings(prod, ZONE_ROW, ZONE_SOURCE)] == ["not-applicable"]


def test_zones_are_told_apart_by_their_labels(google, prod) -> None:
    google.answers[ZONES] = {"managedZones": [_zone("web", labels={"env": "prod"})]}

    zones = [
        fact for fact in gather(prod, ZONE_ROW) if isinstance(fact, Emitter) and fact.source == ZONE_SOURCE
    ]

    assert [zone.labels for zone in zones] == [{"env": "prod"}]
