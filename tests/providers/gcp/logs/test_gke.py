"""Kubernetes clusters: each names the components that it logs."""

from collections.abc import Sequence
from typing import Any

import pytest

from logcov.findings import Finding
from logcov.inventory import Emitter, Listing, Route, Unread
from logcov.providers.gcp.logs.gke import COMPONENTS, SOURCES
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, judged, verdicts

ROW = "gcp.gke"
CONTROL_PLANE, SYSTEM, WORKLOAD = SOURCES
CLUSTERS = "/v1/projects/acme-prod/locations/-/clusters"
SERVICE = "/v1/projects/acme-prod/services/container.googleapis.com"
SINKS = "/v2/projects/acme-prod/sinks"
AUDIT_LOGS = ("activity", "system_event", "access_transparency")
ALL = ("SYSTEM_COMPONENTS", "WORKLOADS", *COMPONENTS)
ONE = "locations/europe-west1/clusters/one"


def _cluster(name: str = "one", *components: str, **more: Any) -> dict[str, Any]:
    cluster = {
        "name": name,
        "location": "europe-west1",
        "status": "RUNNING",
        "loggingService": "logging.googleapis.com/kubernetes",
        "loggingConfig": {"componentConfig": {"enableComponents": list(components)}},
    }
    return {key: value for key, value in (cluster | more).items() if value is not None}


def _off(name: str = "one", **more: Any) -> dict[str, Any]:
    """As the API shows a cluster whose logging is off: the empty list is left out."""
    return _cluster(name, **{"loggingService": "none", "loggingConfig": {"componentConfig": {}}} | more)


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def of_all(session: Any) -> dict[str, list[Finding]]:
    """The findings of each log source, from one reading: that its records reach any place."""
    lines = ", ".join(
        f'{{id: line-{n}, title: a line, logs: {source}, reach: "*"}}' for n, source in enumerate(SOURCES)
    )
    found = judged(session, gather(session, ROW, "gcp.sinks"), f"require: [{lines}]\n").findings
    return {source: [one for one in found if one.source == source] for source in SOURCES}


def by_component(found: Sequence[Finding]) -> dict[str, str]:
    return {str(one.dimensions["component"]): one.status for one in found}


def _sink_for(google, words: str) -> None:
    """The project's only sink."""
    to = "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default"
    google.answers[SINKS] = {"sinks": [{"name": "only", "destination": to, "filter": words}]}


def test_each_component_has_its_own_switch(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", "SYSTEM_COMPONENTS", "APISERVER", "KCP_SSHD")]}

    found = of_all(prod)

    assert by_component(found[CONTROL_PLANE]) == {
        "APISERVER": "covered",
        "SCHEDULER": "gap",
        "CONTROLLER_MANAGER": "gap",
        "KCP_SSHD": "covered",
        "KCP_CONNECTION": "gap",
        "KCP_HPA": "gap",
        "KCP_VPA": "gap",
    }
    assert verdicts(found[SYSTEM]) == {ONE: "covered"}
    assert verdicts(found[WORKLOAD]) == {ONE: "gap not-generated"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "off",
    [
        _off(),
        _cluster(),
        _cluster(loggingConfig={"componentConfig": {}}),
        _off(loggingService=None),
        _off(loggingConfig=None),
    ],
)
def test_a_cluster_without_components_or_logging_service_logs_nothing(google, prod, source, off) -> None:
    google.answers[CLUSTERS] = {"clusters": [off]}

    assert {one.status for one in findings(prod, ROW, source)} == {"gap"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "unsure",
    [
        _cluster("one", *ALL, loggingService="logging.googleapis.com"),
        _cluster("one", *ALL, loggingService="none"),
        _cluster(loggingConfig=None),
        _cluster(loggingConfig={}),
        _cluster("one", "EVERYTHING"),
        _cluster(loggingConfig="on"),
        _cluster(loggingConfig={"componentConfig": {"enableComponents": "APISERVER"}}),
        _cluster("one", *ALL, loggingService=1),
    ],
)
def test_settings_that_are_odd_new_or_disagree_are_in_doubt(google, prod, source, unsure) -> None:
    google.answers[CLUSTERS] = Wrong({"clusters": [unsure]})

    assert {one.status for one in findings(prod, ROW, source)} == {"unknown"}


def test_a_component_that_is_named_is_logged_whatever_else_is_named(google, prod) -> None:
    google.answers[CLUSTERS] = Wrong({"clusters": [_cluster("one", "WORKLOADS", "EVERYTHING")]})

    assert verdicts(findings(prod, ROW, WORKLOAD)) == {ONE: "covered"}


def test_an_autopilot_cluster_that_does_not_name_what_it_always_logs_is_in_doubt(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_off(autopilot={"enabled": True})]}

    found = of_all(prod)

    assert verdicts(found[SYSTEM]) == {ONE: "unknown"}
    assert verdicts(found[WORKLOAD]) == {ONE: "unknown"}
    assert set(by_component(found[CONTROL_PLANE]).values()) == {"gap"}


def test_an_autopilot_cluster_names_its_components_like_others(google, prod) -> None:
    named = _cluster("one", "SYSTEM_COMPONENTS", "WORKLOADS", autopilot={"enabled": True})
    google.answers[CLUSTERS] = {"clusters": [named]}

    found = of_all(prod)

    assert verdicts(found[SYSTEM]) == {ONE: "covered"}
    assert verdicts(found[WORKLOAD]) == {ONE: "covered"}


@pytest.mark.parametrize("status", ["PROVISIONING", "STOPPING", "ERROR", "DEGRADED"])
def test_a_cluster_is_judged_by_its_settings_whatever_state_it_is_in(google, prod, status) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", *ALL, status=status), _off("two")]}

    assert verdicts(findings(prod, ROW, WORKLOAD)) == {
        ONE: "covered",
        "locations/europe-west1/clusters/two": "gap not-generated",
    }


def test_a_sink_that_takes_one_log_of_the_control_plane_loses_the_others(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", *ALL)]}
    _sink_for(google, 'log_id("container.googleapis.com/apiserver")')

    found = by_component(findings(prod, ROW, CONTROL_PLANE))

    assert (found["APISERVER"], found["SCHEDULER"]) == ("covered", "gap")


def test_a_sink_for_container_entries_takes_workloads_and_only_a_part_of_the_system(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", *ALL)]}
    _sink_for(google, 'resource.type="k8s_container" resource.labels.cluster_name="one"')

    found = of_all(prod)

    assert verdicts(found[WORKLOAD]) == {ONE: "covered"}
    assert [one.status for one in found[SYSTEM]] == ["gap"]
    assert by_component(found[CONTROL_PLANE])["APISERVER"] == "gap"


def test_the_default_sink_takes_everything_of_a_cluster(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", *ALL)]}
    audit = [f"{kind}.googleapis.com/{log}" for kind in ("cloudaudit", "externalaudit") for log in AUDIT_LOGS]
    _sink_for(google, " AND ".join(f'NOT LOG_ID("{log}")' for log in audit))

    found = of_all(prod)

    assert {one.status for source in SOURCES for one in found[source]} == {"covered"}


def test_labels_of_clusters_are_known_and_odd_ones_are_unread(google, prod) -> None:
    labelled = [_cluster("one", resourceLabels={"tier": "web"}), _cluster("two", resourceLabels=["tier"])]
    google.answers[CLUSTERS] = Wrong({"clusters": labelled})

    emitters = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter) and fact.source == WORKLOAD]

    assert emitters[0].labels == {"tier": "web"}
    assert isinstance(emitters[1].labels, Unread)


def test_a_zone_that_does_not_answer_may_hold_more_clusters(google, prod) -> None:
    google.answers[CLUSTERS] = {"clusters": [_cluster("one", *ALL)], "missingZones": ["asia-east1-a"]}

    assert verdicts(findings(prod, ROW, WORKLOAD)) == {ONE: "covered", "*": "unknown"}
    assert any("asia-east1-a" in spot.detail for spot in prod.ledger.blind_spots())


def test_without_clusters_there_is_nothing_to_judge(google, prod) -> None:
    google.answers[CLUSTERS] = {}

    assert findings(prod, ROW, WORKLOAD) == []
    assert google.count(CLUSTERS) == 1


def test_a_list_that_is_refused_leaves_a_blind_spot(google, prod) -> None:
    google.answers[CLUSTERS] = error(403, "no")

    assert verdicts(findings(prod, ROW, WORKLOAD)) == {"*": "unknown"}
    assert "container.clusters.list" in {spot.permission for spot in prod.ledger.blind_spots()}


def test_where_the_api_is_off_there_are_no_clusters(google, prod) -> None:
    google.answers[CLUSTERS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = {"name": SERVICE.removeprefix("/v1/"), "state": "DISABLED"}

    assert [one.status for one in findings(prod, ROW, WORKLOAD)] == ["not-applicable"]


@pytest.mark.parametrize("said", [{"state": "ENABLED"}, {}, error(403, "no")])
def test_that_an_api_is_off_is_believed_only_if_service_usage_agrees(google, prod, said) -> None:
    google.answers[CLUSTERS] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = said

    assert verdicts(findings(prod, ROW, WORKLOAD)) == {"*": "unknown"}


def test_a_project_that_is_being_deleted_has_none(google, session) -> None:
    google.answers |= {
        f"/v1/projects/{name}/locations/-/clusters": {} for name in ("acme-prod", "acme-siem", "acme-central")
    }

    facts = gather(session, ROW)

    old = [fact for fact in facts if isinstance(fact, Emitter) and fact.scope == "gcp:projects/acme-old"]
    assert {one.not_applicable for one in old} == {"project is delete-requested"}
    assert {one.source for one in old} == set(SOURCES)
    assert google.count("/v1/projects/acme-old/locations/-/clusters") == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"clusters": {}},
        {"clusters": ["one"]},
        {"clusters": [], "missingZones": "all"},
        {"clusters": [{"name": "x"}]},
    ],
)
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[CLUSTERS] = Wrong(broken)

    assert not [fact for fact in gather(prod, ROW) if isinstance(fact, Listing) and fact.kind in SOURCES]


def test_a_cluster_without_a_name_hides_none_of_the_others(google, prod) -> None:
    google.answers[CLUSTERS] = Wrong({"clusters": [{"location": "x"}, _cluster("one", *ALL)]})

    facts = gather(prod, ROW)

    assert {fact.resource for fact in facts if isinstance(fact, Emitter)} == {ONE}
    assert {fact.enabled for fact in facts if isinstance(fact, Route)} == {True}
