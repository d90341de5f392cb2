"""SQL Server's audit files: uploaded to a bucket or not; what is in them is set inside of the instance."""

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts
from providers.gcp.sql_answers import LIST, SERVICE, instance, listed

ROW, SOURCE = "gcp.sql_server_audit", "gcp.sql.server_audit"


def _uploading(name: str, bucket: object, **more: object) -> object:
    config = {"bucket": bucket, "retentionInterval": "604800s"} | more
    return instance(name, "sqlserver", settings={"sqlServerAuditConfig": config})


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def test_without_an_upload_nothing_leaves_the_instance_and_with_one_it_is_not_known_what(
    google, prod
) -> None:
    google.answers[LIST] = listed(
        _uploading("up", "gs://acme-archive"),
        instance("bare", "sqlserver"),
        instance("kept", "sqlserver", settings={"sqlServerAuditConfig": {"retentionInterval": "604800s"}}),
        instance("other"),
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {
        "instances/up": "unknown",
        "instances/bare": "gap not-routed",
        "instances/kept": "gap not-routed",
    }


def test_the_bucket_and_the_folder_in_it_are_known(google, prod) -> None:
    google.answers[LIST] = listed(_uploading("up", "gs://acme-archive/sql/audit"))

    (route,) = [fact for fact in gather(prod, ROW) if isinstance(fact, Route)]

    assert (route.to, route.prefix) == ("gcp:storage/acme-archive", "sql/audit")


@pytest.mark.parametrize("bucket", ["acme-archive", "s3://acme", 7])
def test_a_bucket_of_an_odd_form_is_unread(google, prod, bucket) -> None:
    google.answers[LIST] = Wrong(listed(_uploading("up", bucket)))

    (route,) = [fact for fact in gather(prod, ROW) if isinstance(fact, Route)]

    assert isinstance(route.to, Unread)


@pytest.mark.parametrize(
    "odd", [{"databaseVersion": "ORACLE_23"}, {"settings": 1}, {"settings": {"sqlServerAuditConfig": []}}]
)
def test_an_instance_that_is_told_of_oddly_is_in_doubt(google, prod, odd) -> None:
    google.answers[LIST] = Wrong(listed(instance("one", "sqlserver") | odd))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"instances/one": "unknown"}


def test_sinks_carry_no_audit_files(google, prod) -> None:
    everything = {
        "name": "all",
        "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
    }
    google.answers["/v2/projects/acme-prod/sinks"] = {"sinks": [everything]}
    google.answers[LIST] = listed(instance("bare", "sqlserver"))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"instances/bare": "gap not-routed"}


def test_a_partial_answer_leaves_doubt(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("bare", "sqlserver"), warnings=[{"code": "REGION_UNREACHABLE", "region": "asia-east1"}]
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {"instances/bare": "unknown", "*": "unknown"}


def test_where_the_api_is_off_there_are_no_instances(google, prod) -> None:
    google.answers[LIST] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = {"name": SERVICE.removeprefix("/v1/"), "state": "DISABLED"}

    assert [one.status for one in findings(prod, ROW, SOURCE)] == ["not-applicable"]


def test_a_project_that_is_being_deleted_has_none(google) -> None:
    session = session_on(google.endpoint, projects=("acme-old",))

    facts = gather(session, ROW)
    session.close()

    assert [one.not_applicable for one in facts if isinstance(one, Emitter)] == [
        "project is delete-requested"
    ]
