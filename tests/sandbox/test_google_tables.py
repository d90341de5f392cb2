"""What Acme's projects hold, asked by the real clients, each answer checked against the discovery documents."""

from collections.abc import Mapping
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from logcov.sandbox import Here
from sandbox.clients import GoogleClients, plain
from sandbox.discovery import checked, checked_pages

PROJECTS = ("acme-net", "acme-web", "acme-data", "acme-lab", "acme-playground")
BY_PLACE = ("subnetworks", "routers", "networkFirewallPolicies", "backendServices", "backendBuckets")
LOCATED = {
    "container": ("v1", "clusters", "locations/-"),
    "ids": ("v1", "endpoints", "locations/-"),
    "networkmanagement": ("v1", "vpcFlowLogsConfigs", "locations/global"),
}


def places(google: GoogleClients, collection: str, project: str) -> Mapping[str, Any]:
    """Place → everything that was told of it, on whatever page."""
    found: dict[str, Any] = {}
    asked = getattr(google("compute", "v1"), collection)()
    request = asked.aggregatedList(project=project)
    for page in checked_pages(request, asked.aggregatedList_next, "v1"):
        for place, held in page["items"].items():
            found.setdefault(place, []).append(held)
    return found


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("collection", BY_PLACE)
def test_aggregated_lists_have_the_form_of_googles(
    google: GoogleClients, collection: str, project: str
) -> None:
    found = places(google, collection, project)
    assert {"regions/europe-west1", "regions/us-east1"} <= set(found)
    for held in (each for place in found.values() for each in place):
        assert len(held) == 1  # items, or a warning that there are none


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("collection", ["networks", "firewalls"])
def test_plain_lists_of_compute_engine_have_the_form_of_googles(
    google: GoogleClients, collection: str, project: str
) -> None:
    asked = getattr(google("compute", "v1"), collection)()
    assert checked_pages(asked.list(project=project), asked.list_next, "v1")


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("api", LOCATED)
def test_lists_by_location_have_the_form_of_googles(google: GoogleClients, api: str, project: str) -> None:
    version, collection, location = LOCATED[api]
    asked = getattr(google(api, version).projects().locations(), collection)()
    following = getattr(asked, "list_next", lambda _request, _answer: None)
    assert checked_pages(asked.list(parent=f"projects/{project}/{location}"), following, version)


@pytest.mark.parametrize("project", PROJECTS)
def test_dns_databases_and_buckets_have_the_form_of_googles(google: GoogleClients, project: str) -> None:
    if project != "acme-lab":  # where the world denies it
        for collection in ("policies", "managedZones"):
            asked = getattr(google("dns", "v1"), collection)()
            assert checked_pages(asked.list(project=project), asked.list_next, "v1")
    instances = google("sqladmin", "v1").instances()
    assert checked_pages(instances.list(project=project), instances.list_next, "v1")
    buckets = google("storage", "v1").buckets()
    assert checked_pages(buckets.list(project=project), buckets.list_next, "v1")


@pytest.mark.parametrize("project", ["acme-web", "acme-data", "acme-lab"])
def test_metrics_alerts_and_channels_have_the_form_of_googles(google: GoogleClients, project: str) -> None:
    name = f"projects/{project}"
    metrics = google("logging", "v2").projects().metrics()
    assert checked_pages(metrics.list(parent=name), metrics.list_next, "v2")[0]["metrics"]
    for collection, key in (
        ("alertPolicies", "alertPolicies"),
        ("notificationChannels", "notificationChannels"),
    ):
        asked = getattr(google("monitoring", "v3").projects(), collection)()
        assert checked_pages(asked.list(name=name), asked.list_next, "v3")[0][key]


def test_texts_name_the_project_that_holds_them(google: GoogleClients) -> None:
    (network, _) = google("compute", "v1").networks().list(project="acme-net").execute()["items"]
    assert network["selfLink"].endswith("/compute/v1/projects/acme-net/global/networks/shared")


def test_a_region_that_does_not_answer_is_told_in_the_way_of_each_api(google: GoogleClients) -> None:
    (silent,) = places(google, "routers", "acme-lab")["regions/us-east1"]
    assert silent["warning"]["code"] == "UNREACHABLE"
    parent = "projects/acme-lab/locations/-"
    clusters = google("container", "v1").projects().locations().clusters().list(parent=parent)
    assert checked(clusters, "v1")["missingZones"] == ["us-east1"]
    endpoints = google("ids", "v1").projects().locations().endpoints().list(parent=parent)
    assert checked(endpoints, "v1")["unreachable"] == ["us-east1"]
    (warning,) = checked(google("sqladmin", "v1").instances().list(project="acme-lab"), "v1")["warnings"]
    assert (warning["code"], warning["region"]) == ("REGION_UNREACHABLE", "us-east1")


def test_hierarchical_policies_are_found_by_what_they_are_attached_to(google: GoogleClients) -> None:
    policies = google("compute", "v1").firewallPolicies()
    (found,) = checked(policies.listAssociations(targetResource="folders/4750"), "v1")["associations"]
    assert found["shortName"] == "apps"
    assert len(checked(policies.get(firewallPolicy=found["firewallPolicyId"]), "v1")["rules"]) == 3
    assert "associations" not in checked(policies.listAssociations(targetResource="folders/4760"), "v1")
    for wrong in (policies.get(firewallPolicy="1"), policies.listAssociations(targetResource="folders/1")):
        with pytest.raises(HttpError):
            wrong.execute()


def test_an_api_that_is_off_says_so_and_service_usage_agrees(here: Here, google: GoogleClients) -> None:
    status, _, body = plain(f"{here.google}/compute/v1/projects/acme-idle/aggregated/routers")
    assert (status, body["error"]["details"][0]["reason"]) == (403, "SERVICE_DISABLED")
    services = google("serviceusage", "v1").services()

    def state(api: str) -> str:
        name = f"projects/acme-idle/services/{api}.googleapis.com"
        return str(checked(services.get(name=name), "v1")["state"])

    assert (state("compute"), state("logging")) == ("DISABLED", "ENABLED")


def test_the_nearest_organisation_policy_counts_and_without_any_all_is_allowed(google: GoogleClients) -> None:
    policies = google("orgpolicy", "v2").projects().policies()

    def rules(project: str) -> Any:
        name = f"projects/{project}/policies/compute.requireVpcFlowLogs"
        return checked(policies.getEffectivePolicy(name=name), "v2")["spec"]["rules"]

    assert rules("acme-lab") == [{"values": {"allowedValues": ["LIGHT"]}}]
    assert rules("acme-net") == [{"allowAll": True}]


@pytest.mark.parametrize("parent", ["folders/4750", "organizations/123456789012", "projects/acme-net"])
def test_feeds_are_those_of_one_container(google: GoogleClients, parent: str) -> None:
    found = checked(google("cloudasset", "v1").feeds().list(parent=parent), "v1")
    assert len(found.get("feeds", [])) == (parent == "folders/4750")


def test_nothing_is_told_of_what_is_not_there_or_on_its_way_out(here: Here) -> None:
    for project, status in (("acme-nowhere", 404), ("acme-old-shop", 403)):
        assert plain(f"{here.google}/compute/v1/projects/{project}/global/networks")[0] == status
        assert plain(f"{here.google}/compute/v1/projects/{project}/aggregated/routers")[0] == status
        assert plain(f"{here.google}/v1/projects/{project}/services/dns.googleapis.com")[0] == status
