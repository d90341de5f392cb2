"""Assets as the resource's own API would tell of them; anything odd is refused."""

from typing import Any

import pytest

from logcov.providers.gcp.asset_bodies import container_in, data_of, named, place_of, policy_in
from logcov.providers.google import MalformedAnswerError

PROJECT: dict[str, Any] = {
    "name": "//cloudresourcemanager.googleapis.com/projects/1001",
    "ancestors": ["projects/1001", "folders/77", "organizations/1"],
    "resource": {
        "data": {
            "projectNumber": "1001",
            "projectId": "acme-prod",
            "name": "Acme Prod",
            "lifecycleState": "ACTIVE",
            "parent": {"type": "folder", "id": "77"},
            "labels": {"cost_centre": "a_b"},
        }
    },
}
FOLDER: dict[str, Any] = {
    "name": "//cloudresourcemanager.googleapis.com/folders/77",
    "ancestors": ["folders/77", "organizations/1"],
    "resource": {
        "data": {
            "name": "folders/77",
            "displayName": "Prod",
            "lifecycleState": "ACTIVE",
            "parent": "organizations/1",
        }
    },
}
AS_V3 = {
    "name": "projects/1001",
    "projectId": "acme-prod",
    "displayName": "Acme Prod",
    "state": "ACTIVE",
    "parent": "folders/77",
    "labels": {"cost_centre": "a_b"},
}


def changed(asset: dict[str, Any], **data: Any) -> dict[str, Any]:
    return {**asset, "resource": {"data": {**asset["resource"]["data"], **data}}}


def test_a_project_of_version_1_is_told_as_version_3_does() -> None:
    assert container_in(PROJECT) == AS_V3


def test_a_project_of_version_3_is_told_as_it_is() -> None:
    assert container_in({**PROJECT, "resource": {"data": AS_V3}}) == AS_V3


def test_people_s_own_words_stay_as_they_are() -> None:
    written = {"project_number": "1001", "labels": {"cost_centre": "a_b"}}
    assert named(written) == {"projectNumber": "1001", "labels": {"cost_centre": "a_b"}}


def test_states_by_number_are_understood() -> None:
    assert container_in(changed(PROJECT, lifecycleState=2))["state"] == "DELETE_REQUESTED"
    assert container_in(changed(FOLDER, lifecycleState=1))["state"] == "ACTIVE"


def test_log_types_by_number_are_understood() -> None:
    policy = {"audit_configs": [{"service": "allServices", "audit_log_configs": [{"log_type": 3}]}]}
    assert policy_in({"iam_policy": policy}) == {
        "auditConfigs": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    }


def test_numbers_that_no_value_has_stay_numbers() -> None:
    assert named({"logType": 9, "lifecycleState": True}) == {"logType": 9, "lifecycleState": True}


@pytest.mark.parametrize(
    "data",
    [
        {"projectId": ""},
        {"projectNumber": "abc"},
        {"projectNumber": "1002"},
        {"lifecycleState": "ON_HOLD"},
        {"lifecycleState": 0},
        {"parent": {"type": "organization", "id": "1"}},
        {"parent": None},
    ],
)
def test_an_odd_project_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError):
        container_in(changed(PROJECT, **data))


def test_a_folder_that_is_named_differently_within_is_refused() -> None:
    with pytest.raises(MalformedAnswerError):
        container_in(changed(FOLDER, name="folders/78"))


def test_a_place_is_the_nearest_container_and_the_name_within() -> None:
    sink = {"name": "//logging.googleapis.com/projects/acme-prod/sinks/a", "ancestors": ["projects/1001"]}
    assert place_of(sink) == ("projects/1001", "sinks/a")
    assert place_of(FOLDER) == ("folders/77", "")


@pytest.mark.parametrize(
    "asset",
    [
        {"name": "projects/1001", "ancestors": ["projects/1001"]},
        {"name": 5, "ancestors": ["projects/1001"]},
        {"name": "//logging.googleapis.com/projects/1001/sinks/a"},
        {"name": "//logging.googleapis.com/projects/1001/sinks/a", "ancestors": []},
        {"name": "//logging.googleapis.com/projects/1001/sinks/a", "ancestors": ["billingAccounts/1"]},
        {"name": "//logging.googleapis.com/folders/1/sinks/a", "ancestors": ["folders/2"]},
        {"name": "//logging.googleapis.com/folders/1/sinks/a", "ancestors": ["organizations/1"]},
    ],
)
def test_an_asset_that_cannot_be_placed_is_refused(asset: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError):
        place_of(asset)


@pytest.mark.parametrize("asset", [{}, {"resource": {}}, {"resource": {"data": {}}}, {"resource": 1}])
def test_an_asset_without_content_is_refused(asset: dict[str, Any]) -> None:
    with pytest.raises(MalformedAnswerError):
        data_of(asset)
    with pytest.raises(MalformedAnswerError):
        policy_in(asset)
