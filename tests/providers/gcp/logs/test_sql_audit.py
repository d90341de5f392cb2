"""Database audit records of Cloud SQL: a flag of the instance, and Data Access records, both have to be on."""

from typing import Any

import pytest

from logcov.inventory import Emitter, Listing, Route, Unread
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import findings, verdicts
from providers.gcp.sql_answers import LIST, POLICIES, SERVICE, audit_config, instance, listed

ROW, SOURCE = "gcp.sql_audit", "gcp.sql.audit"
PROJECT, FOLDER, UPPER, ORG = POLICIES
ALL = {"cloudsql.enable_pgaudit": "on", "pgaudit.log": "all"}
ONE = "instances/one"


@pytest.fixture
def prod(google):
    """A session on one project, in which reads and writes of Cloud SQL are recorded."""
    google.answers |= {path: {} for path in POLICIES}
    google.answers[PROJECT] = audit_config("DATA_READ", "DATA_WRITE")
    google.answers["/v2/organizations/123456789012/sinks"] = {}
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def judged_with(google, prod, flags: dict[str, str], more: str = "", **about: Any) -> str:
    """The status of one PostgreSQL instance with these flags."""
    google.answers[LIST] = listed(instance("one", flags=flags, **about))
    (only,) = findings(prod, ROW, SOURCE, more=more)
    return only.status


def test_pgaudit_of_all_classes_is_covered_and_without_the_flag_nothing_is(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("one", flags=ALL),
        instance("bare"),
        instance("off", flags=ALL | {"cloudsql.enable_pgaudit": "off"}),
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {
        ONE: "covered",
        "instances/bare": "gap not-generated",
        "instances/off": "gap not-generated",
    }


@pytest.mark.parametrize(
    "words", ["ALL", "read,write,function,role,ddl,misc,misc_set", "none, all", "all,-none"]
)
def test_all_classes_can_be_named_in_many_ways(google, prod, words) -> None:
    assert judged_with(google, prod, ALL | {"pgaudit.log": words}) == "covered"


@pytest.mark.parametrize(
    ("words", "wanted", "status"),
    [
        ("ddl, role", "DDL", "covered"),
        ("ddl", "ROLE", "unknown"),
        ("all,-misc", "READ", "covered"),
        ("all,-misc", "MISC", "unknown"),
    ],
)
def test_classes_that_are_not_named_may_be_audited_by_settings_inside(
    google, prod, words, wanted, status
) -> None:
    flags = ALL | {"pgaudit.log": words}

    assert judged_with(google, prod, flags, more=f", only: {{class: {wanted}}}") == status


@pytest.mark.parametrize(
    "flags",
    [
        {"cloudsql.enable_pgaudit": "on"},
        ALL | {"pgaudit.log": "none"},
        ALL | {"pgaudit.log": "everything"},
        ALL | {"pgaudit.log_catalog": "off"},
        ALL | {"cloudsql.enable_pgaudit": "maybe"},
        ALL | {"cloudsql.enable_pgaudit": ""},
    ],
)
def test_flags_that_are_new_or_leave_it_to_the_inside_are_in_doubt(google, prod, flags) -> None:
    assert judged_with(google, prod, flags) == "unknown"


def test_without_data_access_records_nothing_is_written(google, prod) -> None:
    google.answers[PROJECT] = {}
    google.answers[LIST] = listed(instance("one", flags=ALL))

    (only,) = findings(prod, ROW, SOURCE)

    assert (only.status, only.reason) == ("gap", "not-generated")
    assert only.cause == "gcp:auditConfig/projects/acme-prod/cloudsql.googleapis.com"


@pytest.mark.parametrize("where", POLICIES)
@pytest.mark.parametrize("service", ["allServices", "cloudsql.googleapis.com"])
def test_data_access_records_may_be_on_at_any_level(google, prod, where, service) -> None:
    google.answers[PROJECT] = {}
    google.answers[where] = audit_config("DATA_READ", "DATA_WRITE", service=service)

    assert judged_with(google, prod, ALL) == "covered"


def test_log_types_of_several_levels_add_up(google, prod) -> None:
    google.answers[PROJECT] = audit_config("DATA_READ")
    google.answers[ORG] = audit_config("DATA_WRITE", "ADMIN_READ", service="allServices")

    assert judged_with(google, prod, ALL) == "covered"


def test_a_setting_without_effect_is_no_exemption(google, prod) -> None:
    google.answers[PROJECT] = Wrong(audit_config("DATA_READ", "DATA_WRITE", ignoreChildExemptions=True))

    assert judged_with(google, prod, ALL) == "covered"


@pytest.mark.parametrize("off", [audit_config("ADMIN_READ"), audit_config("DATA_READ", service="run")])
def test_other_types_and_services_have_no_queries_recorded(google, prod, off) -> None:
    google.answers[PROJECT] = off

    assert judged_with(google, prod, ALL) == "gap"


@pytest.mark.parametrize(
    "half",
    [
        audit_config("DATA_READ"),
        audit_config("DATA_WRITE"),
        audit_config("DATA_READ", "DATA_WRITE", exemptedMembers=["user:ci@acme.example"]),
        audit_config("DATA_READ", "DATA_WRITE", sampled=True),
        audit_config("DATA_READ", "DATA_EVERYTHING"),
        {"auditConfigs": {}},
        {"auditConfigs": [{"auditLogConfigs": []}]},
    ],
)
def test_audit_configuration_that_is_partial_exempts_or_is_odd_leaves_doubt(google, prod, half) -> None:
    google.answers[PROJECT] = Wrong(half)

    assert judged_with(google, prod, ALL) == "unknown"


@pytest.mark.parametrize("refused", [*POLICIES, "/v3/folders/11"])
def test_a_policy_that_cannot_be_read_leaves_doubt(google, prod, refused) -> None:
    google.answers[refused] = error(403, "no")

    assert judged_with(google, prod, ALL) == "unknown"


def test_policies_are_not_read_where_no_instance_audits(google, prod) -> None:
    google.answers[LIST] = listed(instance("one"))

    gather(prod, ROW)

    assert not set(google.paths()) & set(POLICIES)


def test_mysql_keeps_its_rules_inside_and_without_the_plugin_audits_nothing(google, prod) -> None:
    google.answers[LIST] = listed(
        instance("on", "mysql", {"cloudsql_mysql_audit": "ON"}),
        instance("forced", "mysql", {"cloudsql_mysql_audit": "FORCE"}),
        instance("off", "mysql", {"cloudsql_mysql_audit": "OFF"}),
        instance("bare", "mysql"),
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {
        "instances/on": "unknown",
        "instances/forced": "unknown",
        "instances/off": "gap not-generated",
        "instances/bare": "gap not-generated",
    }


@pytest.mark.parametrize("kind", ["READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE"])
def test_a_flag_that_a_replica_does_not_show_is_in_doubt(google, prod, kind) -> None:
    google.answers[LIST] = listed(
        instance("shown", flags=ALL, instanceType=kind),
        instance("off", flags={"cloudsql.enable_pgaudit": "off"}, instanceType=kind),
        instance("bare", instanceType=kind),
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {
        "instances/shown": "covered",
        "instances/off": "gap not-generated",
        "instances/bare": "unknown",
    }


def test_a_server_outside_of_google_cloud_writes_nothing_here(google, prod) -> None:
    outside = instance("one", instanceType="ON_PREMISES_INSTANCE", backendType="EXTERNAL")
    google.answers[LIST] = listed(outside)

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "not-applicable"}


@pytest.mark.parametrize("state", ["SUSPENDED", "MAINTENANCE", "PENDING_CREATE", "FAILED"])
def test_an_instance_is_judged_by_its_flags_whatever_state_it_is_in(google, prod, state) -> None:
    stopped = {"activationPolicy": "NEVER"}
    google.answers[LIST] = listed(
        instance("one", state=state, settings=stopped), instance("two", flags=ALL, settings=stopped)
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "gap not-generated", "instances/two": "covered"}


@pytest.mark.parametrize(
    "odd",
    [
        {"settings": "none"},
        {"settings": {}},
        {"settings": {"databaseFlags": {"name": "x"}}},
        {"settings": {"databaseFlags": [{"value": "on"}]}},
        {"settings": {"databaseFlags": [{"name": "cloudsql.enable_pgaudit", "value": True}]}},
        {"settings": {"databaseFlags": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}},
        {"databaseVersion": "ORACLE_23"},
        {"databaseVersion": 16},
        {"instanceType": "NEW_KIND"},
    ],
)
def test_an_instance_that_is_told_of_oddly_is_in_doubt(google, prod, odd) -> None:
    google.answers[LIST] = Wrong(listed(instance("one") | odd))

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "unknown"}


def test_a_sink_for_one_instance_takes_its_records_alone(google, prod) -> None:
    google.answers["/v2/projects/acme-prod/sinks"] = {
        "sinks": [
            {
                "name": "one",
                "destination": "logging.googleapis.com/projects/acme-prod/locations/global/buckets/_Default",
                "filter": 'resource.type="cloudsql_database" resource.labels.database_id="acme-prod:one" '
                'protoPayload.request.@type="type.googleapis.com/google.cloud.sql.audit.v1.PgAuditEntry"',
            }
        ]
    }
    google.answers[LIST] = listed(instance("one", flags=ALL), instance("two", flags=ALL))

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "covered", "instances/two": "gap filtered-out"}


def test_sql_server_is_left_to_another_log_source(google, prod) -> None:
    google.answers[LIST] = listed(instance("one", "sqlserver"))

    assert findings(prod, ROW, SOURCE) == []


def test_labels_are_known_and_odd_ones_are_unread(google, prod) -> None:
    google.answers[LIST] = Wrong(
        listed(
            instance("one", settings={"userLabels": {"tier": "gold"}}),
            instance("two", settings={"userLabels": [1]}),
        )
    )

    emitters = [fact for fact in gather(prod, ROW) if isinstance(fact, Emitter)]

    assert emitters[0].labels == {"tier": "gold"}
    assert isinstance(emitters[1].labels, Unread)


@pytest.mark.parametrize("code", ["REGION_UNREACHABLE", "INTERNAL_STATE_FAILURE"])
def test_an_answer_with_a_warning_may_not_be_complete(google, prod, code) -> None:
    google.answers[LIST] = listed(
        instance("one", flags=ALL), warnings=[{"code": code, "region": "asia-east1", "message": "later"}]
    )

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "covered", "*": "unknown"}
    assert any("asia-east1" in spot.detail for spot in prod.ledger.blind_spots())


def test_all_pages_are_read(google, prod) -> None:
    google.answers[LIST] = Pages("items", [[instance("one", flags=ALL)], [], [instance("two")]])

    assert verdicts(findings(prod, ROW, SOURCE)) == {ONE: "covered", "instances/two": "gap not-generated"}


@pytest.mark.parametrize(
    "broken", [{"items": {}}, {"items": ["one"]}, {"items": [{}]}, {"items": [], "warnings": "late"}]
)
def test_an_odd_answer_is_no_empty_list(google, prod, broken) -> None:
    google.answers[LIST] = Wrong(broken)

    assert not [fact for fact in gather(prod, ROW) if isinstance(fact, Listing) and fact.kind == SOURCE]


def test_where_the_api_is_off_there_are_no_instances(google, prod) -> None:
    google.answers[LIST] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = {"name": SERVICE.removeprefix("/v1/"), "state": "DISABLED"}

    assert [one.status for one in findings(prod, ROW, SOURCE)] == ["not-applicable"]


@pytest.mark.parametrize("said", [{"state": "ENABLED"}, {}, error(403, "no")])
def test_that_an_api_is_off_is_believed_only_if_service_usage_agrees(google, prod, said) -> None:
    google.answers[LIST] = error(403, "off", reason="SERVICE_DISABLED")
    google.answers[SERVICE] = said

    assert verdicts(findings(prod, ROW, SOURCE)) == {"*": "unknown"}


def test_a_project_that_is_being_deleted_has_none(google) -> None:
    session = session_on(google.endpoint, projects=("acme-old",))

    facts = gather(session, ROW)
    session.close()

    assert [one.not_applicable for one in facts if isinstance(one, Emitter)] == [
        "project is delete-requested"
    ]
    assert google.count("/v1/projects/acme-old/instances") == 0


def test_evidence_shows_the_flags_that_decide_and_no_others(google, prod) -> None:
    google.answers[LIST] = listed(instance("one", flags=ALL | {"max_connections": "100"}))

    (route,) = [fact for fact in gather(prod, ROW) if isinstance(fact, Route)]

    assert route.raw["databaseFlags"] == ALL
    assert route.raw["dataAccessLogTypes"] == ["DATA_READ", "DATA_WRITE"]
