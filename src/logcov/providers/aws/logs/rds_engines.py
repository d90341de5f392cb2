"""Which logs the engines of RDS, Aurora, DocumentDB and Neptune have, and where they are exported to.

Sources: RDS API reference, CreateDBInstance and CreateDBCluster (`EnableCloudwatchLogsExports`); RDS and Aurora user
guides, "Publishing database logs to Amazon CloudWatch Logs"; DocumentDB developer guide, "Auditing" and "Profiling";
Neptune user guide, "Publishing Neptune logs to CloudWatch Logs".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

AUDIT = "audit"
IAM = "iam-db-auth-error"

Auditing = Literal[
    "plugin", "advanced", "pgaudit", "docdb", "neptune", "oracle", "SQLSERVER_AUDIT", "DB2_AUDIT"
]
"""How an engine is told to write audit records; in capitals, the option that sends them to a bucket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An engine's logs.

    Attributes:
        logs: its log types, `audit` among them where it can write audit records at all.
        start: of the names of its log groups.
        within: log → the exported log that its records are part of.
        auditing: what decides whether audit records are written; None where it has none.
    """

    logs: tuple[str, ...]
    start: str
    within: Mapping[str, str] = field(default_factory=dict)
    auditing: Auditing | None = None


INSTANCE, CLUSTER = "/aws/rds/instance/", "/aws/rds/cluster/"
MYSQL_LOGS = ("error", "general", "slowquery", IAM)
POSTGRES_LOGS = ("postgresql", "upgrade", AUDIT, IAM)
PGAUDIT = {AUDIT: "postgresql"}
"""pgaudit writes into PostgreSQL's own log."""

_MARIADB = Engine(logs=(AUDIT, *MYSQL_LOGS), start=INSTANCE, auditing="plugin")
_ORACLE = Engine(logs=("alert", AUDIT, "listener", "trace", "oemagent"), start=INSTANCE, auditing="oracle")
_SQLSERVER = Engine(logs=("agent", AUDIT, "error"), start=INSTANCE, auditing="SQLSERVER_AUDIT")
_DB2 = Engine(logs=(AUDIT, "diag.log", "notify.log", IAM), start=INSTANCE, auditing="DB2_AUDIT")
_AURORA_MYSQL = Engine(
    logs=(AUDIT, "error", "general", "instance", "slowquery", IAM), start=CLUSTER, auditing="advanced"
)

INSTANCES: Mapping[str, Engine] = {
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
    "postgres": Engine(logs=POSTGRES_LOGS, start=INSTANCE, within=PGAUDIT, auditing="pgaudit"),
    **dict.fromkeys(("oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb"), _ORACLE),
    **dict.fromkeys(
        ("sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web", "sqlserver-dev-ee"), _SQLSERVER
    ),
    **dict.fromkeys(("db2-ae", "db2-ce", "db2-se"), _DB2),
}
"""Engines of DB instances that belong to no cluster."""

CLUSTERS: Mapping[str, Engine] = {
    "aurora": _AURORA_MYSQL,
    "aurora-mysql": _AURORA_MYSQL,
    "aurora-postgresql": Engine(
        logs=("instance", "postgresql", AUDIT, IAM), start=CLUSTER, within=PGAUDIT, auditing="pgaudit"
    ),
    "mysql": Engine(logs=MYSQL_LOGS, start=CLUSTER),
    "postgres": Engine(logs=POSTGRES_LOGS, start=CLUSTER, within=PGAUDIT, auditing="pgaudit"),
    "docdb": Engine(logs=(AUDIT, "profiler"), start="/aws/docdb/", auditing="docdb"),
    "neptune": Engine(logs=(AUDIT, "slowquery"), start="/aws/neptune/", auditing="neptune"),
}
"""Engines of DB clusters: their exports are set for all instances at once."""

LOGS = tuple(sorted({log for engine in (*INSTANCES.values(), *CLUSTERS.values()) for log in engine.logs}))
"""Every log type that is known."""
