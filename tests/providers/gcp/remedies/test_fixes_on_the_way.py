"""Printed fixes of sinks and stores, carried out, close their gaps."""

import pytest

from providers.gcp.acme import ORG
from providers.gcp.fake_google import Google, Pages
from providers.gcp.gap_makers import (
    ACTIVITY,
    ARCHIVE,
    AUDIT,
    BUCKET,
    DATA,
    DATASET,
    OTHER,
    OWN,
    PROD,
    SINKS,
    TOPIC,
    Gap,
    assert_mended,
    dataset,
    judge,
    log_bucket,
    logs_bucket,
    nothing_intercepted,
    sink,
    stored,
    to,
    topic,
    writable,
)

GAPS = {
    "no sink": Gap(AUDIT, ACTIVITY, "wrong-destination", logs_bucket, BUCKET),
    "no sink to a topic": Gap(
        AUDIT, ACTIVITY, "wrong-destination", lambda google: topic(google, admits=False), TOPIC
    ),
    "no sink to a dataset": Gap(AUDIT, ACTIVITY, "wrong-destination", dataset, DATASET),
    "no sink to an own log bucket": Gap(
        AUDIT,
        ACTIVITY,
        "wrong-destination",
        lambda google: (log_bucket()(google), google.answers.update({SINKS: Pages("sinks", [[]])}))[0],
        OWN,
        one=lambda finding: finding.scope == PROD,
    ),
    "no sink of a folder": Gap(
        AUDIT,
        ACTIVITY,
        "wrong-destination",
        logs_bucket,
        BUCKET,
        one=lambda one: one.scope == "gcp:folders/11",
        whole=True,
    ),
    "no sink of the organisation": Gap(
        AUDIT,
        ACTIVITY,
        "wrong-destination",
        logs_bucket,
        BUCKET,
        one=lambda one: one.scope == f"gcp:{ORG}",
        whole=True,
    ),
    "every entry": Gap(
        ("gcp.any_entries",),
        "gcp.any",
        "filtered-out",
        lambda google: (nothing_intercepted(google), sink(google, filter="severity>=ERROR"))[0],
        BUCKET,
    ),
    "sink that is off": Gap(
        AUDIT, ACTIVITY, "route-disabled", lambda google: sink(google, disabled=True), BUCKET
    ),
    "sink with an exclusion": Gap(
        AUDIT,
        ACTIVITY,
        "filtered-out",
        lambda google: sink(
            google,
            exclusions=[
                {"name": "noise", "filter": 'logName:"activity"'},
                {"name": "kept", "filter": 'severity="DEBUG" AND logName:"none"'},
            ],
        ),
        BUCKET,
    ),
    "narrow sink": Gap(
        AUDIT,
        ACTIVITY,
        "filtered-out",
        lambda google: sink(google, filter="severity>=ERROR OR NOT severity>=INFO"),
        BUCKET,
    ),
    "sink with a filter of two lines": Gap(
        AUDIT,
        ACTIVITY,
        "filtered-out",
        lambda google: sink(google, filter="severity>=ERROR\nseverity<ALERT"),
        BUCKET,
    ),
    "sink that leaves out what is below": Gap(
        AUDIT, ACTIVITY, "wrong-destination", lambda google: sink(google, ORG), BUCKET
    ),
    "interception": Gap(
        AUDIT,
        DATA,
        "intercepted",
        logs_bucket,
        ARCHIVE,
        more=", only: {log_type: DATA_WRITE, service: storage.googleapis.com}",
    ),
    "ungranted bucket": Gap(AUDIT, ACTIVITY, "writer-denied", lambda google: None, "gcp:storage/acme-other"),
    "ungranted topic": Gap(
        AUDIT,
        ACTIVITY,
        "writer-denied",
        to(
            "pubsub.googleapis.com/projects/acme-siem/topics/logs", lambda google: topic(google, admits=False)
        ),
        TOPIC,
    ),
    "ungranted dataset": Gap(
        AUDIT,
        ACTIVITY,
        "writer-denied",
        to("bigquery.googleapis.com/projects/acme-siem/datasets/logs", dataset),
        DATASET,
    ),
    "ungranted log bucket": Gap(
        AUDIT,
        ACTIVITY,
        "writer-denied",
        lambda google: google.answers["/v3/projects/acme-siem:getIamPolicy"].update(bindings=[]),
        OTHER,
    ),
    "ungranted project": Gap(
        AUDIT,
        ACTIVITY,
        "writer-denied",
        to(
            "logging.googleapis.com/projects/acme-central",
            lambda google: google.answers["/v3/projects/acme-central:getIamPolicy"].update(bindings=[]),
        ),
        "gcp:bigquery/projects/acme-siem/datasets/changes",
    ),
    "missing topic": Gap(
        AUDIT,
        ACTIVITY,
        "destination-missing",
        lambda google: None,
        "lost",
    ),
    "missing bucket": Gap(
        AUDIT,
        ACTIVITY,
        "destination-missing",
        to("storage.googleapis.com/gone", lambda google: None),
        "gcp:storage/gone",
    ),
    "missing dataset": Gap(
        AUDIT,
        ACTIVITY,
        "destination-missing",
        to("bigquery.googleapis.com/projects/acme-siem/datasets/gone", lambda google: None),
        "gcp:bigquery/projects/acme-siem/datasets/gone",
    ),
    "missing log bucket": Gap(
        AUDIT,
        ACTIVITY,
        "destination-missing",
        lambda google: (
            log_bucket()(google),
            google.answers.pop("/v2/projects/acme-prod/locations/eu/buckets/kept"),
        )[0],
        OWN,
        more=", retain: 90d",
    ),
    "log bucket that is being deleted": Gap(
        AUDIT, ACTIVITY, "destination-unusable", log_bucket(lifecycleState="DELETE_REQUESTED"), OWN
    ),
    "key that is disabled": Gap(
        AUDIT,
        ACTIVITY,
        "destination-unusable",
        to(
            "pubsub.googleapis.com/projects/acme-siem/topics/logs",
            lambda google: topic(google, state="DISABLED"),
        ),
        TOPIC,
    ),
    "topic that nobody reads": Gap(
        AUDIT,
        ACTIVITY,
        "no-consumer",
        to("pubsub.googleapis.com/projects/acme-siem/topics/logs", lambda google: topic(google, read=False)),
        TOPIC,
    ),
    "forgetful log bucket": Gap(
        AUDIT, ACTIVITY, "retention-too-short", log_bucket(), OWN, more=", retain: 400d"
    ),
    "unlocked log bucket": Gap(
        AUDIT, ACTIVITY, "not-immutable", log_bucket(), OWN, more=", retain: 30d, immutable: true"
    ),
    "forgetful bucket": Gap(
        AUDIT,
        ACTIVITY,
        "retention-too-short",
        stored(lifecycle={"rule": [{"action": {"type": "Delete"}, "condition": {"age": 3}}]}),
        BUCKET,
        more=", retain: 400d",
    ),
    "unlocked bucket": Gap(
        AUDIT, ACTIVITY, "not-immutable", stored(), BUCKET, more=", retain: 400d, immutable: true"
    ),
    "bucket that must be held": Gap(
        AUDIT, ACTIVITY, "not-immutable", stored(), BUCKET, more=", retain: 400d, immutable: bypassable"
    ),
    "forgetful dataset": Gap(
        AUDIT,
        ACTIVITY,
        "retention-too-short",
        to(
            "bigquery.googleapis.com/projects/acme-siem/datasets/logs",
            writable(defaultTableExpirationMs="86400000"),
        ),
        DATASET,
        more=", retain: 400d",
    ),
    "public dataset": Gap(
        AUDIT,
        ACTIVITY,
        "public",
        to(
            "bigquery.googleapis.com/projects/acme-siem/datasets/logs",
            writable(access=[{"role": "READER", "iamMember": "allUsers"}]),
        ),
        DATASET,
        more=", private: true",
    ),
}


@pytest.mark.parametrize("name", GAPS)
def test_the_printed_commands_close_the_gap(google: Google, name: str) -> None:
    assert_mended(google, GAPS[name])


def test_an_exclusion_is_named_only_if_it_drops_the_record(google: Google) -> None:
    GAPS["sink with an exclusion"].make(google)

    found = judge(google, GAPS["sink with an exclusion"])

    assert "--remove-exclusions=noise\n" in f"{found.remediation}\n"


def test_a_name_from_the_cloud_is_never_run(google: Google) -> None:
    google.answers[SINKS] = Pages("sinks", [[]])
    sink(google, name="x;reboot", disabled=True)

    found = judge(google, GAPS["sink that is off"])

    assert "gcloud logging sinks update 'x;reboot' --project=acme-prod --no-disabled" in (
        found.remediation or ""
    )
