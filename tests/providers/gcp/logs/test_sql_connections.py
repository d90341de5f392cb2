"""Connections to Cloud SQL databases: flags of PostgreSQL and MySQL have them logged."""

from collections.abc import Sequence
from typing import Any

import pytest

from logcov.findings import Finding
from logcov.inventory import Emitter, Listing
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts
from providers.gcp.sql_answers import LIST, SERVICE, instance, listed

ROW, SOURCE = "gcp.sql_connections", "gcp.sql.connection"
BOTH = {"log_connections": "on", "log_disconnections": "on"}
SINKS = "/v2/projects/acme-prod/sinks"


@pytest.fixture
def prod(google):
    """A session on one project."""
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def by_event(found: Sequence[Finding]) -> dict[str, str]:
    """Resource and event → status."""
    return {f"{one.resource} {one.dimensions['event']}": one.status for one in found}


def events_of(google, prod, one: Any) -> list[str]:
    """The status of connecting and of disconnecting, of one instance."""
    google.answers[LIST] = Wrong(listed(one))
    found = {str(each.dimensions["event"]): each.status for each in findings(prod, ROW, SOURCE)}
    return [found["CONNECT"], found["DISCONNECT"]]


def test_postgresql_has_a_flag_for_each_event_both_off_by_default(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("both", flags=BOTH),
        instance("half", flags={"log_connections": "on", "log_disconnections": "off"}),
        instance("bare"),
    )

    assert by_event(findings(prod, ROW, SOURCE)) == {
        "instances/both CONNECT": "covered",
        "instances/both DISCONNECT": "covered",
        "instances/half CONNECT": "covered",
        "instances/half DISCONNECT": "gap",
        "instances/bare CONNECT": "gap",
        "instances/bare DISCONNECT": "gap",
    }


@pytest.mark.parametrize("value", ["receipt", "", "sometimes"])
def test_a_value_that_is_not_known_is_in_doubt(google, prod, value) -> None:
    flags = BOTH | {"log_connections": value}

    assert events_of(google, prod, instance("one", flags=flags)) == ["unknown", "covered"]


def test_a_flag_without_a_value_is_in_doubt(google, prod) -> None:
    bare = instance("one", settings={"databaseFlags": [{"name": "log_connections"}]})

    assert events_of(google, prod, bare) == ["unknown", "gap"]


@pytest.mark.parametrize(
    ("level", "status"), [("panic", "unknown"), ("fatal", "unknown"), ("error", "covered")]
)
def test_a_high_level_of_messages_may_keep_connections_out(google, prod, level, status) -> None:
    flags = BOTH | {"log_min_messages": level}

    assert events_of(google, prod, instance("one", flags=flags)) == [status, status]


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ({"general_log": "on", "log_output": "FILE"}, "covered"),
        ({"general_log": "on", "log_output": "FILE,TABLE"}, "covered"),
        ({"general_log": "on", "log_output": "TABLE"}, "gap"),
        ({"general_log": "on", "log_output": "FILE,NONE"}, "gap"),
        ({"general_log": "on"}, "unknown"),
        ({"general_log": "on", "log_output": "CLOUD"}, "unknown"),
        ({"general_log": "off", "log_output": "FILE"}, "gap"),
        ({}, "gap"),
        ({"general_log": "sometimes", "log_output": "FILE"}, "unknown"),
    ],
)
def test_mysql_tells_of_connections_in_its_general_log_if_that_is_a_file(google, prod, flags, status) -> None:
    assert events_of(google, prod, instance("one", "mysql", flags)) == [status, status]


@pytest.mark.parametrize(
    "one",
    [
        instance("one", "sqlserver"),
        instance("one") | {"databaseVersion": "ORACLE_23"},
        instance("one") | {"settings": []},
        instance("one", instanceType="READ_REPLICA_INSTANCE"),
    ],
)
def test_what_is_set_inside_odd_or_perhaps_inherited_is_in_doubt(google, prod, one) -> None:
    assert events_of(google, prod, one) == ["unknown", "unknown"]


def test_each_engine_has_a_log_of_its_own(google, prod) -> None:
    google.answers[SINKS] = {
        "sinks": [
            {
                "name": "postgres",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
                "filter": 'log_id("cloudsql.googleapis.com/postgres.log")',
            }
        ]
    }
    general = {"general_log": "on", "log_output": "FILE"}
    google.answers[LIST] = listed(instance("one", flags=BOTH), instance("two", "mysql", general))

    assert by_event(findings(prod, ROW, SOURCE)) == {
        "instances/one CONNECT": "covered",
        "instances/one DISCONNECT": "covered",
        "instances/two CONNECT": "gap",
        "instances/two DISCONNECT": "gap",
    }


def test_a_server_outside_of_google_cloud_writes_nothing_here(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("one", instanceType="ON_PREMISES_INSTANCE", backendType="EXTERNAL")
    )

    assert {one.status for one in findings(prod, ROW, SOURCE)} == {"not-applicable"}


def test_a_partial_answer_leaves_doubt(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("one", flags=BOTH), warnings=[{"code": "REGION_UNREACHABLE", "region": "asia-east1"}]
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {"instances/one": "covered", "*": "unknown"}


def test_where_the_api_is_off_there_are_no_instances(google, prod) -> None:
    google.answers[LIST] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = {"name": SERVICE.removeprefix("/v1/"), "state": "DISABLED"}

    assert {one.status for one in findings(prod, ROW, SOURCE)} == {"not-applicable"}


def test_a_list_that_is_refused_leaves_a_blind_spot(google, prod) -> None:
    google.answers[LIST] = error(403, "no")

    assert {one.status for one in findings(prod, ROW, SOURCE)} == {"unknown"}
    assert "cloudsql.instances.list" in {spot.permission for spot in prod.ledger.blind_spots()}


def test_all_families_of_cloud_sql_share_one_list(google, prod) -> None:
    google.answers[LIST] = listed(instance("one"), instance("two", "sqlserver"))

    facts = gather(prod, ROW, "gcp.sql_audit", "gcp.sql_server_audit")

    assert {fact.source for fact in facts if isinstance(fact, Emitter)} == {
        SOURCE,
        "gcp.sql.audit",
        "gcp.sql.server_audit",
    }
    assert google.count(LIST) == 1
    assert len([fact for fact in facts if isinstance(fact, Listing) and fact.kind.startswith("gcp.sql")]) == 6
