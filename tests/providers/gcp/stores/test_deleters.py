"""Who can delete what rests in a store."""

import pytest

from logcov.inventory import Unread
from logcov.providers.gcp.stores.bigquery import read_dataset
from logcov.providers.gcp.stores.deleters import OF_LOGS, OF_OBJECTS, OF_TABLES, deletes
from logcov.providers.gcp.stores.log_buckets import read_log_bucket
from logcov.providers.gcp.stores.storage import read_storage_bucket
from providers.gcp.fake_google import Wrong, error
from providers.gcp.leading import Read, route

ARCHIVE = "gcp:storage/acme-archive"
AUDIT = "gcp:logging/projects/acme-siem/locations/eu/buckets/audit"
DATASET = "gcp:bigquery/projects/acme-siem/datasets/changes"
OF_BUCKET = "/storage/v1/b/acme-archive/iam"
OF_PROJECT = "/v3/projects/acme-siem:getIamPolicy"
OF_FOLDER = "/v3/folders/10:getIamPolicy"
OF_ORG = "/v3/organizations/123456789012:getIamPolicy"
ADMINS = "gcp:group/admins@acme.example"
"""Acme's organisation administrators can grant themselves anything."""


def of(session, read, to):
    list(session.scopes())
    return Read(session, read, to, route(to)).destination.deleters


def archive(session):
    return of(session, read_storage_bucket, ARCHIVE)


def bind(google, path, role, *members, **more) -> None:
    held = google.answers[path]
    google.answers[path] = held | {
        "bindings": [*held.get("bindings", []), {"role": role, "members": list(members)} | more]
    }


def test_who_can_grant_the_right_to_themselves_can_delete(google, session) -> None:
    assert archive(session) == (ADMINS,)


@pytest.mark.parametrize("path", [OF_BUCKET, OF_PROJECT, OF_FOLDER, OF_ORG])
def test_a_grant_at_any_level_names_its_holders(google, session, path) -> None:
    bind(google, path, "roles/storage.objectAdmin", "user:al@acme.example", "group:ops@acme.example")
    assert archive(session) == (ADMINS, "gcp:group/ops@acme.example", "gcp:user/al@acme.example")


def test_holders_of_basic_roles_are_named_as_such(google, session) -> None:
    bind(google, OF_BUCKET, "roles/storage.legacyBucketOwner", "projectEditor:acme-siem")
    assert archive(session) == (ADMINS, "gcp:projectEditor/acme-siem")


def test_who_was_deleted_deletes_nothing(google, session) -> None:
    bind(google, OF_BUCKET, "roles/storage.admin", "deleted:user:al@acme.example?uid=1")
    assert archive(session) == (ADMINS,)


@pytest.mark.parametrize(
    "role",
    ["projects/acme-siem/roles/custom", "organizations/123456789012/roles/custom", "roles/editor", "roles/cloudbuild.builds.builder"],
)  # fmt: skip
def test_a_role_whose_permissions_are_not_known_leaves_doubt(google, session, role) -> None:
    bind(google, OF_PROJECT, role, "user:al@acme.example")
    assert isinstance(archive(session), Unread)


def test_a_condition_leaves_doubt(google, session) -> None:
    bind(google, OF_BUCKET, "roles/storage.admin", "user:al@acme.example", condition={"expression": "true"})
    assert isinstance(archive(session), Unread)


@pytest.mark.parametrize("path", [OF_BUCKET, OF_PROJECT, OF_FOLDER, OF_ORG])
@pytest.mark.parametrize(
    "answer", [error(403), error(500), Wrong({"bindings": 1}), Wrong({"bindings": [{}]})]
)
def test_a_policy_that_cannot_be_read_leaves_doubt(google, session, path, answer) -> None:
    google.answers[path] = answer
    assert isinstance(archive(session), Unread)


def test_a_store_that_cannot_be_read_is_in_doubt(google, session) -> None:
    google.answers["/storage/v1/b/acme-archive"] = error(403)
    assert isinstance(archive(session), Unread)


def test_of_a_log_bucket_it_is_those_who_configure_logging(google, session) -> None:
    bind(google, OF_PROJECT, "roles/logging.configWriter", "user:al@acme.example")
    bind(google, OF_PROJECT, "roles/storage.admin", "user:bo@acme.example")
    assert of(session, read_log_bucket, AUDIT) == (ADMINS, "gcp:user/al@acme.example")


def test_nobody_deletes_in_the_required_bucket(google, session) -> None:
    required = "gcp:logging/projects/acme-siem/locations/global/buckets/_Required"
    assert of(session, read_log_bucket, required) == ()


def test_for_the_default_bucket_of_every_project_no_policy_is_read(google, session) -> None:
    default = "gcp:logging/projects/acme-prod/locations/global/buckets/_Default"
    assert isinstance(of(session, read_log_bucket, default), Unread)
    assert google.count("/v3/projects/acme-prod:getIamPolicy") == 0


def test_of_a_dataset_its_access_list_counts(google, session) -> None:
    found = of(session, read_dataset, DATASET)
    assert "gcp:projectOwner/acme-siem" in found
    assert "gcp:serviceAccount/service-1003@gcp-sa-logging.iam.gserviceaccount.com" in found


@pytest.mark.parametrize("power", [OF_LOGS, OF_OBJECTS, OF_TABLES])
def test_readers_and_those_who_only_write_delete_nothing(power) -> None:
    for role in ("roles/viewer", "roles/browser", "roles/logging.viewer", "roles/storage.objectViewer"):
        assert deletes(role, power) is False, role
    for role in ("roles/storage.objectCreator", "roles/logging.bucketWriter", "roles/pubsub.publisher"):
        assert deletes(role, power) is False, role
