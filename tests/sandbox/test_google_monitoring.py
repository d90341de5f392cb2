"""Who watches log entries in the pretend Google Cloud."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from logcov.sandbox import serve_here
from logcov.sandbox.world import World
from sandbox.clients import GoogleClients
from sandbox.discovery import checked

P = "projects/counted"
PROJECTS = [
    {
        "projectId": "counted",
        "number": "11",
        "parent": "organizations/1",
        "metrics": [{"name": "changes", "filter": "severity>=ERROR"}],
        "alertPolicies": [{"name": f"{P}/alertPolicies/1", "enabled": True}],
        "notificationChannels": [{"name": f"{P}/notificationChannels/1", "type": "email", "enabled": True}],
    },
    {
        "projectId": "watching",
        "number": "12",
        "parent": "organizations/1",
        "monitoredProjects": [P],
    },
]


@pytest.fixture
def watched(small: Callable[[Any], World]) -> Iterator[GoogleClients]:
    organization = {"name": "organizations/1", "displayName": "a.example", "directoryCustomerId": "C1"}
    with (
        serve_here(small({"gcp": {"organizations": [organization], "projects": PROJECTS}})) as here,
        GoogleClients(here.google) as clients,
    ):
        yield clients


def test_a_project_tells_what_it_counts_and_whom_it_tells(watched: GoogleClients) -> None:
    metrics = checked(watched("logging", "v2").projects().metrics().list(parent=P), "v2")
    assert metrics == {"metrics": PROJECTS[0]["metrics"]}
    monitoring = watched("monitoring", "v3").projects()
    policies = checked(monitoring.alertPolicies().list(name=P), "v3")
    assert policies == {"alertPolicies": PROJECTS[0]["alertPolicies"]}
    channels = checked(monitoring.notificationChannels().list(name="projects/11"), "v3")
    assert channels == {"notificationChannels": PROJECTS[0]["notificationChannels"]}


def test_a_project_without_any_of_it_has_empty_lists(watched: GoogleClients) -> None:
    assert (
        checked(watched("monitoring", "v3").projects().alertPolicies().list(name="projects/12"), "v3") == {}
    )


def test_a_project_is_watched_by_itself_first_and_then_by_others(watched: GoogleClients) -> None:
    scopes = watched("monitoring", "v1").locations().global_().metricsScopes()
    found = checked(scopes.listMetricsScopesByMonitoredProject(monitoredResourceContainer=P), "v1")
    assert [each["name"].rpartition("/")[2] for each in found["metricsScopes"]] == ["11", "12"]


def test_nothing_is_told_of_a_project_that_is_not_there(watched: GoogleClients) -> None:
    with pytest.raises(HttpError):
        watched("monitoring", "v3").projects().alertPolicies().list(name="projects/none").execute()
