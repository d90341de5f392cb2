"""Storage buckets: where the log of their requests goes, and whether Google may write it there."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing, Route, Unread
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, judged, verdicts

ROW, SOURCE = "gcp.storage_usage", "gcp.storage.usage"
BUCKETS = "/storage/v1/b"
STORE = "/storage/v1/b/acme-logs"
WRITER = "group:cloud-storage-analytics@google.com"


def _bucket(name: str, to: str | None = "acme-logs", **logging: Any) -> dict[str, Any]:
    bucket: dict[str, Any] = {"kind": "storage#bucket", "name": name, "projectNumber": "1001"}
    return bucket | ({"logging": {"logBucket": to} | logging} if to else {})


def _buckets(*buckets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": "storage#buckets", "items": list(buckets)} | more


def _policy(role: str, *members: str) -> dict[str, Any]:
    return {"kind": "storage#policy", "bindings": [{"role": role, "members": list(members)}]}


@pytest.fixture
def prod(google):
    """A session on one project, with a bucket for logs that Google may write to."""
    google.answers[STORE] = {"kind": "storage#bucket", "name": "acme-logs", "projectNumber": "1001"}
    google.answers[f"{STORE}/iam"] = _policy("roles/storage.objectCreator", WRITER)
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def test_a_bucket_with_usage_logs_is_covered_and_others_are_not(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(
        _bucket("web"), _bucket("data", None), _bucket("new") | {"logging": {}}
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {
        "web": "covered",
        "data": "gap not-routed",
        "new": "gap not-routed",
    }


def test_sinks_carry_no_usage_logs(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("data", None))
    google.answers["/v2/projects/acme-prod/sinks"] = {
        "sinks": [
            {
                "name": "everything",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
            }
        ]
    }

    assert verdicts(findings(prod, ROW, SOURCE)) == {"data": "gap not-routed"}


@pytest.mark.parametrize("role", ["roles/storage.legacyBucketWriter", "roles/storage.objectAdmin"])
def test_other_roles_let_google_write_as_well(google, prod, role) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web"))
    google.answers[f"{STORE}/iam"] = _policy(role, WRITER)

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "covered"}


def test_without_a_grant_nothing_arrives(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web"))
    google.answers[f"{STORE}/iam"] = {"kind": "storage#policy"}

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "gap writer-denied"}


def test_that_a_grant_is_missing_is_not_known_where_policies_were_not_read(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web"))
    google.answers[f"{STORE}/iam"] = error(403, "no")

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "unknown"}


def test_a_bucket_for_logs_that_is_gone_takes_none(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web", "acme-gone"))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "gap destination-missing"}


def test_names_of_log_objects_begin_with_the_prefix_or_else_the_buckets_name(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web"), _bucket("data", logObjectPrefix="logs/data"))

    routes = {fact.resource: fact.prefix for fact in gather(prod, ROW) if isinstance(fact, Route)}

    assert routes == {"web": "web_usage_", "data": "logs/data_usage_"}


@pytest.mark.parametrize(
    "odd",
    ["on", {"logBucket": 1}, {"logObjectPrefix": "x"}, {"logBucket": "acme-logs", "paused": True}],
)
def test_logging_that_is_odd_or_new_is_in_doubt(google, prod, odd) -> None:
    google.answers[BUCKETS] = Wrong(_buckets(_bucket("web") | {"logging": odd}))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "unknown"}


@pytest.mark.parametrize(
    ("service", "status"), [("storage.googleapis.com", "covered"), ("run.googleapis.com", "gap")]
)
def test_data_access_records_of_the_bucket_can_stand_in(google, prod, service, status) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("data", None))
    types = [{"logType": kind} for kind in ("ADMIN_READ", "DATA_READ", "DATA_WRITE")]
    google.answers["/v3/folders/11:getIamPolicy"] = {}
    google.answers[f"/v2/{ORG}/sinks"] = {}
    google.answers["/v3/projects/acme-prod:getIamPolicy"] = {
        "auditConfigs": [{"service": service, "auditLogConfigs": types}]
    }
    facts = gather(prod, ROW, "gcp.sinks", "gcp.audit_logs", "gcp.audit_configs")
    instead = "[{logs: gcp.audit.data_access, only: {service: storage.googleapis.com}}]"

    line = f'{{id: line, title: a line, logs: {SOURCE}, reach: "*", instead: {instead}}}'
    found = judged(prod, facts, f"require: [{line}]\n").findings

    assert [one.status for one in found] == [status]


def test_labels_are_known_and_odd_ones_are_unread(google, prod) -> None:
    google.answers[BUCKETS] = Wrong(
        _buckets(_bucket("web") | {"labels": {"tier": "web"}}, _bucket("data") | {"labels": {"tier": 1}})
    )

    emitters = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter)]

    assert emitters[0].labels == {"tier": "web"}
    assert isinstance(emitters[1].labels, Unread)
    assert [one.store for one in emitters] == ["gcp:storage/web", "gcp:storage/data"]


def test_buckets_that_were_not_reached_leave_doubt(google, prod) -> None:
    google.answers[BUCKETS] = _buckets(_bucket("web"), unreachable=["projects/_/buckets/far"])

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "covered", "*": "unknown"}
    (asked,) = [one for one in google.asked if one.path == BUCKETS]
    assert asked.query["returnPartialSuccess"] == "true"
    assert any("projects/_/buckets/far" in spot.detail for spot in prod.ledger.blind_spots())


def test_all_pages_are_read(google, prod) -> None:
    google.answers[BUCKETS] = Pages("items", [[_bucket("web")], [], [_bucket("data", None)]])

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "covered", "data": "gap not-routed"}


def test_a_list_that_is_cut_short_keeps_what_came(google, prod) -> None:
    google.answers[BUCKETS] = Wrong(_buckets(_bucket("web"), nextPageToken=7))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "covered", "*": "unknown"}


@pytest.mark.parametrize("refused", [error(403, "no"), error(403, "off", reason="SERVICE_DISABLED")])
def test_where_the_list_is_refused_or_the_api_is_off_there_may_be_buckets(google, prod, refused) -> None:
    google.answers[BUCKETS] = refused

    assert verdicts(findings(prod, ROW, SOURCE)) == {"*": "unknown"}


def test_a_project_that_is_being_deleted_has_none(google) -> None:
    session = session_on(google.endpoint, projects=("acme-old",))

    facts = gather(session, ROW)
    session.close()

    assert [one.not_applicable for one in facts if isinstance(one, Emitter)] == [
        "project is delete-requested"
    ]
    assert google.count(BUCKETS) == 0


@pytest.mark.parametrize("broken", [{"items": {}}, {"items": ["web"]}, {"items": [], "unreachable": "far"}])
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[BUCKETS] = Wrong(broken)

    assert not [fact for fact in gather(prod, ROW) if isinstance(fact, Listing) and fact.kind == SOURCE]


def test_a_bucket_without_a_name_hides_none_of_the_others(google, prod) -> None:
    google.answers[BUCKETS] = Wrong(_buckets({"logging": {}}, _bucket("web")))

    assert verdicts(findings(prod, ROW, SOURCE)) == {"web": "covered", "*": "unknown"}
