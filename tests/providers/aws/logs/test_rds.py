from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.groups import log_groups
from providers.aws.judging import findings, judged
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE, ROW = "aws.rds.log", "aws.rds"
IN_SYNC = "in-sync"


def instance(engine: str, *exports: str, **told: Any) -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": "prod",
        "Engine": engine,
        "EnabledCloudwatchLogsExports": list(exports),
        "DBParameterGroups": [{"DBParameterGroupName": "own", "ParameterApplyStatus": IN_SYNC}],
        "OptionGroupMemberships": [{"OptionGroupName": "own", "Status": IN_SYNC}],
        "IAMDatabaseAuthenticationEnabled": False,
        **told,
    }


def cluster(engine: str, *exports: str, **told: Any) -> dict[str, Any]:
    members = [{"DBInstanceIdentifier": "prod-1", "DBClusterParameterGroupStatus": IN_SYNC}]
    return {
        "DBClusterIdentifier": "prod",
        "Engine": engine,
        "EnabledCloudwatchLogsExports": list(exports),
        "DBClusterParameterGroup": "own",
        "DBClusterMembers": members,
        "IAMDatabaseAuthenticationEnabled": True,
        **told,
    }


def databases(
    stage: Stage,
    *instances: dict[str, Any],
    clusters: tuple[dict[str, Any], ...] = (),
    options: dict[str, dict[str, str]] | None = None,
    parameters: dict[str, str] | None = None,
    groups: tuple[str, ...] = (),
) -> None:
    """Databases, what their own option and parameter groups say, and the log groups that there are."""
    stage.tell("rds:DescribeDBInstances", {"DBInstances": list(instances)})
    stage.tell("rds:DescribeDBClusters", {"DBClusters": list(clusters)})
    told = [
        {
            "OptionName": name,
            "OptionSettings": [{"Name": key, "Value": value} for key, value in settings.items()],
        }
        for name, settings in (options or {}).items()
    ]
    stage.tell(
        "rds:DescribeOptionGroups", {"OptionGroupsList": [{"OptionGroupName": "own", "Options": told}]}
    )
    values = [{"ParameterName": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
    for call in ("rds:DescribeDBParameters", "rds:DescribeDBClusterParameters"):
        stage.tell(call, {"Parameters": values})
    log_groups(stage, *groups)


def verdicts(stage: Stage) -> dict[str, tuple[str, str | None]]:
    found = findings(stage.crawl(ROW), SOURCE)
    return {one.dimensions.get("log", "*"): (one.status, one.reason) for one in found}


# --- exports ----------------------------------------------------------------------------------------------


def test_each_log_of_the_engine_emits_with_the_tags_of_the_database(stage: Stage) -> None:
    databases(stage, instance("postgres", TagList=[{"Key": "env", "Value": "prod"}]))
    found = stage.crawl(ROW)
    assert {one.dimensions["log"] for one in found.all(Emitter)} == {
        "postgresql",
        "upgrade",
        "audit",
        "iam-db-auth-error",
    }
    assert {(one.resource, one.labels["env"]) for one in found.all(Emitter)} == {("db:prod", "prod")}
    for kind in ("database", "written", "export", "activity_stream"):
        assert found.listed(f"aws.rds.{kind}") == {(SCOPE, REGION)}


def test_an_exported_log_is_covered_and_another_one_a_gap(stage: Stage) -> None:
    databases(stage, instance("postgres", "postgresql"), groups=("/aws/rds/instance/prod/postgresql",))
    told = verdicts(stage)
    assert told["postgresql"] == ("covered", None)
    assert told["upgrade"] == ("gap", "route-disabled")


@pytest.mark.parametrize(
    ("engine", "log", "group"),
    [
        ("aurora-mysql", "error", "/aws/rds/cluster/prod/error"),
        ("aurora-postgresql", "postgresql", "/aws/rds/cluster/prod/postgresql"),
        ("postgres", "postgresql", "/aws/rds/cluster/prod/postgresql"),
        ("docdb", "audit", "/aws/docdb/prod/audit"),
        ("neptune", "audit", "/aws/neptune/prod/audit"),
    ],
)
def test_clusters_export_to_groups_of_their_service(stage: Stage, engine: str, log: str, group: str) -> None:
    member = instance(engine, DBInstanceIdentifier="prod-1", DBClusterIdentifier="prod")
    databases(stage, member, clusters=(cluster(engine, log),))
    found = stage.crawl(ROW)
    routes = [one for one in found.all(Route) if one.kind == "aws.rds.export"]
    (route,) = [one for one in routes if one.dimensions["log"] == log]
    assert (route.enabled, route.to) == (True, f"aws:logs/{REGION}/{HOME}/{group}")
    assert {one.resource for one in found.all(Emitter)} == {"cluster:prod"}


def test_an_instance_and_a_cluster_of_one_name_are_two(stage: Stage) -> None:
    databases(stage, instance("postgres"), clusters=(cluster("aurora-postgresql"),))
    assert {one.resource for one in stage.crawl(ROW).all(Emitter)} == {"db:prod", "cluster:prod"}


def test_without_iam_authentication_nothing_can_fail_in_it(stage: Stage) -> None:
    databases(stage, instance("postgres"), clusters=(cluster("aurora-postgresql"),))
    found = findings(stage.crawl(ROW), SOURCE)
    told = {one.resource: one.status for one in found if one.dimensions["log"] == "iam-db-auth-error"}
    assert told == {"db:prod": "not-applicable", "cluster:prod": "gap"}


def test_an_engine_that_is_not_known_is_unknown(stage: Stage) -> None:
    databases(stage, instance("custom-oracle-ee"))
    assert verdicts(stage) == {"*": ("unknown", "blind-spot")}


def test_a_log_that_the_table_lacks_counts_where_it_is_exported(stage: Stage) -> None:
    databases(stage, instance("postgres", "newlog"), groups=("/aws/rds/instance/prod/newlog",))
    assert verdicts(stage)["newlog"] == ("covered", None)


def test_an_agent_that_is_not_there_logs_nothing(stage: Stage) -> None:
    databases(stage, instance("oracle-ee"))
    assert verdicts(stage)["oemagent"][0] == "not-applicable"
    databases(stage, instance("oracle-ee"), options={"OEM_AGENT": {}})
    assert verdicts(stage)["oemagent"] == ("gap", "route-disabled")


# --- what is written --------------------------------------------------------------------------------------


PLUGIN = {"SERVER_AUDIT_EVENTS": "CONNECT,QUERY", "SERVER_AUDIT_EXCL_USERS": "rdsadmin"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("gap", "not-generated")),
        ({"MARIADB_AUDIT_PLUGIN": PLUGIN}, ("covered", None)),
        ({"MARIADB_AUDIT_PLUGIN": {}}, ("covered", None)),
        ({"MARIADB_AUDIT_PLUGIN": {"SERVER_AUDIT_EVENTS": "CONNECT"}}, ("gap", "partly-generated")),
        ({"MARIADB_AUDIT_PLUGIN": {"SERVER_AUDIT_EVENTS": "QUERY_DDL,QUERY"}}, ("gap", "partly-generated")),
        ({"MARIADB_AUDIT_PLUGIN": {"SERVER_AUDIT_LOGGING": "OFF"}}, ("gap", "not-generated")),
        ({"MARIADB_AUDIT_PLUGIN": {**PLUGIN, "SERVER_AUDIT_EXCL_USERS": "app"}}, ("unknown", "blind-spot")),
    ],
)
def test_mysql_audits_what_its_option_says(
    stage: Stage, options: dict[str, dict[str, str]], expected: tuple[str, str | None]
) -> None:
    databases(stage, instance("mysql", "audit"), options=options, groups=("/aws/rds/instance/prod/audit",))
    assert verdicts(stage)["audit"] == expected


def test_only_the_events_that_are_audited_count_for_a_policy_that_names_them(stage: Stage) -> None:
    databases(
        stage,
        instance("mariadb", "audit"),
        options={"MARIADB_AUDIT_PLUGIN": {"SERVER_AUDIT_EVENTS": "CONNECT"}},
        groups=("/aws/rds/instance/prod/audit",),
    )
    found = findings(stage.crawl(ROW), SOURCE, more=", only: {log: [audit], event: [connect]}")
    assert [one.status for one in found] == ["covered"]


ADVANCED = {"server_audit_logging": "1", "server_audit_events": "CONNECT,QUERY_DDL,QUERY_DML,QUERY_DCL"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("gap", "not-generated")),
        (ADVANCED, ("covered", None)),
        ({"server_audit_logging": "1"}, ("gap", "not-generated")),
        ({**ADVANCED, "server_audit_events": "CONNECT,QUERY_DDL"}, ("gap", "partly-generated")),
        ({**ADVANCED, "server_audit_incl_users": "app"}, ("unknown", "blind-spot")),
        ({**ADVANCED, "server_audit_logging": "perhaps"}, ("unknown", "blind-spot")),
    ],
)
def test_aurora_audits_what_its_parameters_say(
    stage: Stage, parameters: dict[str, str], expected: tuple[str, str | None]
) -> None:
    databases(
        stage,
        clusters=(cluster("aurora-mysql", "audit"),),
        parameters=parameters,
        groups=("/aws/rds/cluster/prod/audit",),
    )
    assert verdicts(stage)["audit"] == expected


def test_aurora_may_upload_audit_records_without_an_export(stage: Stage) -> None:
    told = ADVANCED | {"server_audit_logs_upload": "1"}
    group = "/aws/rds/cluster/prod/audit"
    databases(stage, clusters=(cluster("aurora-mysql"),), parameters=told, groups=(group,))
    assert verdicts(stage)["audit"][0] == "unknown"


LOADED = {"shared_preload_libraries": "pg_stat_statements,pgaudit"}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"shared_preload_libraries": "pg_stat_statements"}, ("gap", "not-generated")),
        ({**LOADED, "pgaudit.log": "all"}, ("covered", None)),
        ({**LOADED, "pgaudit.log": "ddl, role"}, ("gap", "partly-generated")),
        ({**LOADED, "pgaudit.log": "all,-misc"}, ("gap", "partly-generated")),
        (LOADED, ("unknown", "blind-spot")),
        ({**LOADED, "pgaudit.log": "none"}, ("unknown", "blind-spot")),
    ],
)
def test_postgresql_audits_what_pgaudit_is_told(
    stage: Stage, parameters: dict[str, str], expected: tuple[str, str | None]
) -> None:
    group = "/aws/rds/instance/prod/postgresql"
    databases(stage, instance("postgres", "postgresql"), parameters=parameters, groups=(group,))
    assert verdicts(stage)["audit"] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ("gap", "not-generated")),
        ("disabled", ("gap", "not-generated")),
        ("enabled", ("gap", "partly-generated")),
        ("all", ("covered", None)),
        ("ddl,dml_read,dml_write", ("covered", None)),
        ("strange", ("unknown", "blind-spot")),
    ],
)
def test_documentdb_audits_what_its_parameter_says(
    stage: Stage, value: str | None, expected: tuple[str, str | None]
) -> None:
    databases(
        stage,
        clusters=(cluster("docdb", "audit"),),
        parameters={} if value is None else {"audit_logs": value},
        groups=("/aws/docdb/prod/audit",),
    )
    assert verdicts(stage)["audit"] == expected


def test_neptune_audits_what_its_parameter_says(stage: Stage) -> None:
    databases(
        stage,
        clusters=(cluster("neptune", "audit", "slowquery"),),
        parameters={"neptune_enable_audit_log": "1"},
        groups=("/aws/neptune/prod/audit",),
    )
    told = verdicts(stage)
    assert told["audit"] == ("covered", None)
    assert told["slowquery"] == ("gap", "not-generated")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ("gap", "not-generated")),
        ({"general_log": "1", "log_output": "FILE"}, ("covered", None)),
        ({"general_log": "1", "log_output": "TABLE"}, ("gap", "not-generated")),
        ({"general_log": "1"}, ("unknown", "blind-spot")),
    ],
)
def test_the_general_log_is_written_to_a_file_or_not(
    stage: Stage, parameters: dict[str, str], expected: tuple[str, str | None]
) -> None:
    group = "/aws/rds/instance/prod/general"
    databases(stage, instance("mysql", "general"), parameters=parameters, groups=(group,))
    assert verdicts(stage)["general"] == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"profiler": "enabled"}, "covered"),
        ({"profiler": "enabled", "profiler_sampling_rate": "1.0"}, "covered"),
        ({"profiler": "enabled", "profiler_sampling_rate": "0.1"}, "unknown"),
    ],
)
def test_a_profiler_that_takes_samples_is_not_the_whole(
    stage: Stage, parameters: dict[str, str], expected: str
) -> None:
    group = "/aws/docdb/prod/profiler"
    databases(stage, clusters=(cluster("docdb", "profiler"),), parameters=parameters, groups=(group,))
    assert verdicts(stage)["profiler"][0] == expected


@pytest.mark.parametrize(("limit", "expected"), [("1", "covered"), ("20", "unknown")])
def test_a_slow_query_log_may_take_samples(stage: Stage, limit: str, expected: str) -> None:
    told = {"slow_query_log": "1", "log_output": "FILE", "log_slow_rate_limit": limit}
    group = "/aws/rds/instance/prod/slowquery"
    databases(stage, instance("mariadb", "slowquery"), parameters=told, groups=(group,))
    assert verdicts(stage)["slowquery"][0] == expected


def test_an_instance_whose_cluster_is_not_listed_does_not_vanish(stage: Stage) -> None:
    databases(stage, instance("aurora-mysql", DBInstanceIdentifier="lost-1", DBClusterIdentifier="lost"))
    assert [one.resource for one in stage.crawl(ROW).all(Emitter)] == ["cluster:lost"]
    assert verdicts(stage) == {"*": ("unknown", "blind-spot")}


def test_instances_of_a_cluster_may_not_agree(stage: Stage) -> None:
    shared = {"Engine": "aurora-mysql", "DBClusterIdentifier": "prod"}
    default = [{"DBParameterGroupName": "default.aurora-mysql8.0", "ParameterApplyStatus": IN_SYNC}]
    databases(
        stage,
        instance(**shared, engine="aurora-mysql", DBInstanceIdentifier="prod-1"),
        instance(**shared, engine="aurora-mysql", DBInstanceIdentifier="prod-2", DBParameterGroups=default),
        clusters=(cluster("aurora-mysql", "general", DBClusterParameterGroup="default.aurora-mysql8.0"),),
        parameters={"general_log": "1", "log_output": "FILE"},
        groups=("/aws/rds/cluster/prod/general",),
    )
    assert verdicts(stage)["general"] == ("unknown", "blind-spot")
    assert stage.asked("rds:DescribeDBParameters") == 1
    assert stage.asked("rds:DescribeDBClusterParameters") == 0


def test_what_waits_for_a_reboot_is_not_in_effect(stage: Stage) -> None:
    waiting = [{"DBParameterGroupName": "own", "ParameterApplyStatus": "pending-reboot"}]
    databases(
        stage,
        instance("postgres", "postgresql", DBParameterGroups=waiting),
        parameters={**LOADED, "pgaudit.log": "all"},
        groups=("/aws/rds/instance/prod/postgresql",),
    )
    assert verdicts(stage)["audit"][0] == "unknown"


@pytest.mark.parametrize("engine", ["oracle-ee", "sqlserver-se", "db2-se"])
def test_what_is_audited_inside_must_be_attested(stage: Stage, engine: str) -> None:
    stage.moto("s3").create_bucket(
        Bucket="acme-audit", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    option = {"S3_BUCKET_ARN": "arn:aws:s3:::acme-audit/db"}
    databases(
        stage,
        instance(engine, "audit" if engine == "oracle-ee" else "error"),
        options={"SQLSERVER_AUDIT": option, "DB2_AUDIT": option},
        groups=("/aws/rds/instance/prod/audit",),
    )
    assert verdicts(stage)["audit"][0] == "unknown"
    policy = f"""\
require: [{{id: line, title: a line, logs: {SOURCE}, only: {{log: [audit]}}, reach: "*"}}]
attestations:
  - id: word
    logs: {SOURCE}
    by: owner@example.com
    evidence: seen in the database
    from: 2026-06-01
    expires: 2027-05-01
"""
    (one,) = judged(stage.crawl(ROW), policy).findings
    assert (one.status, one.basis) == ("covered", "attested")


def test_sql_server_without_the_option_audits_nothing(stage: Stage) -> None:
    databases(stage, instance("sqlserver-se"))
    assert verdicts(stage)["audit"] == ("gap", "not-generated")


# --- activity streams -------------------------------------------------------------------------------------


STREAM = {"ActivityStreamStatus": "started", "ActivityStreamKinesisStreamName": "das"}


def test_an_activity_stream_takes_audit_records_to_kinesis(stage: Stage) -> None:
    databases(stage, clusters=(cluster("aurora-mysql", "audit", **STREAM),))
    found = stage.crawl(ROW)
    (route,) = [one for one in found.all(Route) if one.kind == "aws.rds.activity_stream"]
    assert (route.to, route.enabled) == (f"aws:kinesis/{REGION}/{HOME}/das", True)
    (written,) = [one for one in found.all(Route) if one.id.endswith("audit/streamed")]
    assert written.enabled is True


def test_a_stream_does_not_fill_the_log_of_a_database_that_audits_nothing(stage: Stage) -> None:
    databases(
        stage,
        clusters=(cluster("aurora-mysql", "audit", **STREAM),),
        groups=("/aws/rds/cluster/prod/audit",),
    )
    found = stage.crawl(ROW)
    (export,) = [
        one
        for one in found.all(Route)
        if (one.kind, one.dimensions.get("log")) == ("aws.rds.export", "audit")
    ]
    assert export.enabled is False
    # Whoever reads the stream may put its records anywhere.
    reach = f'"aws:logs/{REGION}/{HOME}/*"'
    told = findings(found, SOURCE, reach=reach, more=", only: {log: [audit]}")
    assert [one.status for one in told] == ["unknown"]


def test_beside_a_stream_the_log_takes_what_the_database_itself_audits(stage: Stage) -> None:
    databases(
        stage,
        clusters=(cluster("aurora-mysql", "audit", **STREAM),),
        parameters={**ADVANCED, "server_audit_events": "CONNECT"},
        groups=("/aws/rds/cluster/prod/audit",),
    )
    found = findings(stage.crawl(ROW), SOURCE, more=", only: {log: [audit], event: [connect]}")
    assert [one.status for one in found] == ["covered"]
    assert verdicts(stage)["audit"][0] == "unknown"


@pytest.mark.parametrize("engine", ["oracle-ee", "sqlserver-ee"])
def test_what_a_stream_of_an_instance_tells_is_set_inside(stage: Stage, engine: str) -> None:
    databases(stage, instance(engine, **STREAM))
    (written,) = [one for one in stage.crawl(ROW).all(Route) if one.id.endswith("audit/streamed")]
    assert isinstance(written.enabled, Unread)


def test_a_stream_that_is_starting_is_not_known_to_run(stage: Stage) -> None:
    told = STREAM | {"ActivityStreamStatus": "starting"}
    databases(stage, clusters=(cluster("aurora-mysql", **told),))
    assert verdicts(stage)["audit"][0] == "unknown"


def test_a_stream_that_was_stopped_is_none(stage: Stage) -> None:
    databases(stage, clusters=(cluster("aurora-mysql", ActivityStreamStatus="stopped"),))
    found = stage.crawl(ROW)
    assert not [one for one in found.all(Route) if one.kind == "aws.rds.activity_stream"]


# --- what may not be read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["rds:DescribeDBInstances", "rds:DescribeDBClusters"])
def test_databases_that_may_not_be_listed_leave_no_listing(stage: Stage, call: str) -> None:
    databases(stage, instance("postgres"))
    stage.deny(call)
    found = stage.crawl(ROW)
    (spot,) = found.spots(call)
    assert len(spot.hides) == 4
    assert found.listed("aws.rds.database") == set()
    assert {one.status for one in findings(found, SOURCE)} == {"unknown"}


@pytest.mark.parametrize(
    ("call", "engine", "log"),
    [
        ("rds:DescribeOptionGroups", "mysql", "audit"),
        ("rds:DescribeDBParameters", "mysql", "general"),
    ],
)
def test_settings_that_may_not_be_read_leave_what_is_written_open(
    stage: Stage, call: str, engine: str, log: str
) -> None:
    groups = (f"/aws/rds/instance/prod/{log}", "/aws/rds/instance/prod/error")
    databases(stage, instance(engine, log, "error"), groups=groups)
    stage.deny(call)
    told = verdicts(stage)
    assert told[log][0] == "unknown"
    assert told["error"] == ("covered", None)


def test_a_log_that_is_not_exported_is_a_gap_whatever_may_be_written(stage: Stage) -> None:
    databases(stage, instance("mysql"))
    stage.deny("rds:DescribeOptionGroups")
    stage.deny("rds:DescribeDBParameters")
    told = verdicts(stage)
    assert {told[log][0] for log in ("audit", "general", "slowquery", "error")} == {"gap"}


def test_a_default_parameter_group_is_not_asked(stage: Stage) -> None:
    default = [{"DBParameterGroupName": "default.postgres16", "ParameterApplyStatus": IN_SYNC}]
    group = "/aws/rds/instance/prod/postgresql"
    databases(stage, instance("postgres", "postgresql", DBParameterGroups=default), groups=(group,))
    assert verdicts(stage)["audit"] == ("gap", "not-generated")
    assert stage.asked("rds:DescribeDBParameters") == 0


def test_a_database_without_its_groups_is_unread(stage: Stage) -> None:
    told = instance("mysql", "audit", "general")
    del told["DBParameterGroups"], told["OptionGroupMemberships"]
    databases(stage, told, groups=("/aws/rds/instance/prod/audit", "/aws/rds/instance/prod/general"))
    written = [one for one in stage.crawl(ROW).all(Route) if one.id.endswith("/written") and one.resource]
    assert all(isinstance(one.enabled, Unread) for one in written)
    assert {verdicts(stage)[log][0] for log in ("audit", "general")} == {"unknown"}


def test_it_reads_what_moto_says_of_databases(stage: Stage) -> None:
    stage.moto("rds").create_db_instance(
        DBInstanceIdentifier="prod",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        EnableCloudwatchLogsExports=["postgresql"],
        Tags=[{"Key": "env", "Value": "prod"}],
    )
    found = stage.crawl(ROW)
    assert {one.labels["env"] for one in found.all(Emitter)} == {"prod"}
    exported = {
        one.dimensions["log"]
        for one in found.all(Route)
        if one.kind == "aws.rds.export" and one.enabled is True
    }
    assert exported == {"postgresql", "audit"}
