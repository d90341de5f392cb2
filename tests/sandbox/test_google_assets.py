"""Cloud Asset Inventory of the pretend Google Cloud."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from logcov.sandbox import serve_here
from logcov.sandbox.world import World
from sandbox.clients import GoogleClients
from sandbox.discovery import checked

ORG = "organizations/1"
AT = "logging.googleapis.com/{container}/locations/global/buckets/_Default"
GCP = {
    "everyContainer": {
        "sinks": [{"name": "_Default", "destination": AT}],
        "logBuckets": [
            {"location": "global", "bucket": name, "retentionDays": 30} for name in ("_Required", "_Default")
        ],
    },
    "organizations": [
        {"name": ORG, "displayName": "a.example", "directoryCustomerId": "C1"},
        {"name": "organizations/2", "displayName": "b.example", "directoryCustomerId": "C2"},
    ],
    "folders": [{"name": "folders/7", "displayName": "seven", "parent": ORG}],
    "projects": [
        {
            "projectId": "inside",
            "number": "11",
            "parent": "folders/7",
            "iam": {"bindings": [{"role": "roles/viewer", "members": ["user:a@a.example"]}]},
            "metrics": [{"name": "changes", "filter": "severity>=ERROR"}],
        },
        {"projectId": "elsewhere", "number": "12", "parent": "organizations/2"},
    ],
}
MANAGER = "cloudresourcemanager.googleapis.com"


@pytest.fixture
def clients(small: Callable[[Any], World]) -> Iterator[GoogleClients]:
    with serve_here(small({"gcp": GCP})) as here, GoogleClients(here.google) as made:
        yield made


def assets(clients: GoogleClients, kind: str, content: str = "RESOURCE", parent: str = ORG) -> list[Any]:
    request = clients("cloudasset", "v1").assets().list(parent=parent, assetTypes=[kind], contentType=content)
    return checked(request, "v1").get("assets", [])


def test_projects_are_told_by_number_as_version_1_does(clients: GoogleClients) -> None:
    (one,) = assets(clients, f"{MANAGER}/Project")
    assert one["name"] == f"//{MANAGER}/projects/11"
    assert one["ancestors"] == ["projects/11", "folders/7", ORG]
    data = one["resource"]["data"]
    assert (data["projectId"], data["parent"]) == ("inside", {"type": "folder", "id": "7"})


def test_a_folder_has_only_what_is_below_it(clients: GoogleClients) -> None:
    kind = "logging.googleapis.com/LogSink"
    everything = {tuple(one["ancestors"]) for one in assets(clients, kind)}
    assert everything == {(ORG,), ("folders/7", ORG), ("projects/11", "folders/7", ORG)}
    assert {one["ancestors"][0] for one in assets(clients, kind, parent="folders/7")} == {
        "folders/7",
        "projects/11",
    }


def test_only_what_has_a_policy_is_among_the_policies(clients: GoogleClients) -> None:
    (one,) = assets(clients, f"{MANAGER}/Project", "IAM_POLICY")
    assert one["iamPolicy"]["bindings"] == [{"role": "roles/viewer", "members": ["user:a@a.example"]}]
    assert assets(clients, f"{MANAGER}/Folder", "IAM_POLICY") == []


def test_metrics_and_buckets_are_there(clients: GoogleClients) -> None:
    (metric,) = assets(clients, "logging.googleapis.com/LogMetric")
    assert metric["resource"]["data"]["name"] == "changes"
    assert len(assets(clients, "logging.googleapis.com/LogBucket")) == 6


def test_it_may_tell_of_what_was(small: Callable[[Any], World]) -> None:
    world = small({"gcp": GCP})
    was = dataclasses.replace(world.gcp.containers["projects/inside"], metrics=())
    gcp = dataclasses.replace(world.gcp, earlier={"projects/inside": was, "folders/7": None})
    with serve_here(dataclasses.replace(world, gcp=gcp)) as here, GoogleClients(here.google) as clients:
        assert assets(clients, "logging.googleapis.com/LogMetric") == []
        assert assets(clients, f"{MANAGER}/Folder") == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"parent": "organizations/9"}, 403), ({"kind": "x/Y"}, 400), ({"content": "OS_INVENTORY"}, 400)],
)
def test_what_it_does_not_know_is_refused(clients: GoogleClients, changes: Any, status: int) -> None:
    with pytest.raises(HttpError) as refused:
        assets(clients, **{"kind": f"{MANAGER}/Project", **changes})
    assert refused.value.status_code == status
