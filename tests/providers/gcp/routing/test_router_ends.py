"""The rules of the log router, judged from what Google answers to the verdict: what becomes of an entry where it is sent."""

import pytest

from providers.gcp.acme import ORG, PROD_WRITER, WRITER
from providers.gcp.fake_google import Pages, error
from providers.gcp.routed import (
    ARCHIVE,
    CENTRAL_WRITER,
    PROD,
    SIEM,
    TABLES,
    TOPIC,
    audit,
    sink,
    verdict,
)

# --- destinations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("storage.googleapis.com/nowhere", "gap destination-missing"),
        ("pubsub.googleapis.com/projects/acme-siem/topics/gone", "gap destination-missing"),
        ("logging.googleapis.com/projects/acme-siem/locations/eu/buckets/nowhere", "gap destination-missing"),
        ("bigquery.googleapis.com/projects/acme-siem/datasets/nowhere", "gap destination-missing"),
    ],
)
def test_a_destination_that_is_gone_takes_nothing(session, sinks, destination, expected) -> None:
    sinks(PROD, sink("s", destination))
    assert verdict(session) == expected


def test_a_writer_without_a_grant_writes_nothing(session, google, sinks) -> None:
    # Its policy can be read, up to the organisation, and no group or role could hold the grant.
    google.answers[f"/v3/{ORG}:getIamPolicy"].pop("bindings")
    sinks(PROD, sink("s", "storage.googleapis.com/acme-other"))
    assert verdict(session) == "gap writer-denied"


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/storage/v1/b/elsewhere", "storage.buckets.get"),
        ("/storage/v1/b/elsewhere/iam", "storage.buckets.getIamPolicy"),
    ],
)
def test_a_destination_of_strangers_that_cannot_be_read_names_the_permission(
    session, google, sinks, path, permission
) -> None:
    google.answers["/storage/v1/b/elsewhere"] = {
        "kind": "storage#bucket",
        "name": "elsewhere",
        "projectNumber": "9009",
    }
    google.answers[path] = error(403)
    sinks(PROD, sink("s", "storage.googleapis.com/elsewhere"))
    found = audit(session, reach="gcp:storage/elsewhere")
    assert found.status == "unknown"
    assert permission in found.remediation


@pytest.mark.parametrize(
    ("reach", "expected"), [("'gcp:storage/*'", "unknown"), ("gcp:storage/elsewhere", "covered")]
)
def test_a_bucket_in_another_organisation_counts_only_if_the_policy_names_it(
    session, google, sinks, reach, expected
) -> None:
    google.answers["/storage/v1/b/elsewhere"] = {
        "kind": "storage#bucket",
        "name": "elsewhere",
        "projectNumber": "9009",
    }
    google.answers["/storage/v1/b/elsewhere/iam"] = {
        "kind": "storage#policy",
        "bindings": [{"role": "roles/storage.objectCreator", "members": [PROD_WRITER]}],
    }
    sinks(PROD, sink("s", "storage.googleapis.com/elsewhere"))
    assert verdict(session, reach=reach) == expected


# --- onward, and how long -----------------------------------------------------------------------------------


def test_a_topic_without_a_subscription_loses_everything(session, google, sinks) -> None:
    google.answers["/v1/projects/acme-siem/topics/audit/subscriptions"] = Pages("subscriptions", [[]])
    sinks(ORG, sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(session, reach="siem", where=SIEM) == "gap no-consumer"


def test_a_topic_behind_which_nobody_looked_is_no_proof(session, sinks) -> None:
    sinks(ORG, sink("all", TOPIC, WRITER, includeChildren=True))
    assert verdict(session, reach="gcp:pubsub/projects/acme-siem/topics/audit") == "unknown"


@pytest.mark.parametrize(
    ("term", "change", "expected"),
    [
        ("retain: 400d", {}, "covered"),
        ("retain: 9999d", {}, "covered"),
        ("immutable: true", {}, "covered"),
        ("immutable: true", {"retentionPolicy": {"retentionPeriod": "34560000"}}, "gap not-immutable"),
        (
            "retain: 400d",
            {
                "retentionPolicy": None,
                "lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]},
            },
            "gap retention-too-short",
        ),
    ],
)
def test_a_storage_bucket_keeps_what_its_lock_and_lifecycle_say(
    session, google, sinks, term, change, expected
) -> None:
    body = google.answers["/storage/v1/b/acme-archive"] | change
    google.answers["/storage/v1/b/acme-archive"] = {k: v for k, v in body.items() if v is not None}
    sinks(PROD, sink("archive", ARCHIVE))
    assert verdict(session, more=f", {term}") == expected


@pytest.mark.parametrize(
    ("change", "term", "expected"),
    [
        ({}, "retain: 365d, immutable: true, encrypted: customer-key", "covered"),
        ({"locked": False}, "immutable: true", "gap not-immutable"),
        ({"retentionDays": 90}, "retain: 365d", "gap retention-too-short"),
        ({"cmekSettings": {}}, "encrypted: customer-key", "gap not-encrypted"),
        ({"lifecycleState": "DELETE_REQUESTED"}, "retain: 365d", "gap destination-unusable"),
    ],
)
def test_a_log_bucket_keeps_what_it_says(session, google, sinks, change, term, expected) -> None:
    path = "/v2/projects/acme-siem/locations/eu/buckets/audit"
    google.answers[path] = google.answers[path] | change
    sinks(PROD, sink("s", "logging.googleapis.com/projects/acme-siem/locations/eu/buckets/audit"))
    assert verdict(session, more=f", {term}") == expected


def test_a_table_that_expires_sooner_keeps_less(session, another, google, routed) -> None:
    routed(sink("on", TABLES, CENTRAL_WRITER, bigqueryOptions={"usePartitionedTables": True}))
    google.answers["/bigquery/v2/projects/acme-siem/datasets/changes/tables"] = Pages("tables", [[]])
    assert verdict(session, reach="'gcp:bigquery/*'", more=", retain: 400d") == "covered"
    longer = verdict(another(), reach="'gcp:bigquery/*'", more=", retain: 401d")
    assert longer == "gap retention-too-short"
