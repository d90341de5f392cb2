"""Databases of RDS, Aurora, DocumentDB and Neptune in the catalogue."""

from logcov.inventory import Dimension, Field, HopKind, LogSource
from logcov.providers.aws import scopes
from logcov.providers.aws.logs.rds import (
    CLUSTER_LIST,
    DATABASE,
    EXPORT,
    INSTANCE_LIST,
    LISTINGS,
    SOURCE,
    STREAM,
    WRITTEN,
    observe_databases,
)
from logcov.providers.aws.logs.rds_engines import LOGS
from logcov.providers.aws.logs.rds_settings import CLUSTER_PARAMETERS, INSTANCE_PARAMETERS, OPTION_GROUPS
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

RDS_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Logs of a database in RDS, Aurora, DocumentDB or Neptune, by type",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="log", optional=False),
                Field(name="event", case="insensitive"),
            ),
            dimensions=(Dimension(name="log", closed=True, examples=LOGS),),
            needs=(WRITTEN, EXPORT, STREAM),
            emitters=DATABASE,
            per_location=True,
            limits=(
                "`event` is the class of an audit record as its engine's setting names it: CONNECT, QUERY, DDL …",
                "TABLE events of MySQL and MariaDB are details of queries, and not counted as lost.",
                "PostgreSQL's audit records are those that pgaudit writes into the log `postgresql`.",
                "Audit settings of single roles and databases of PostgreSQL are not seen.",
                "What Oracle, SQL Server and Db2 audit is set inside of the database: attest to it.",
                "For Aurora MySQL, a role that an older cluster needs to export its logs is not judged.",
                "RDS makes a log group at the first record; until then, a missing group decides nothing.",
                "Records of an activity stream are encrypted; whether a consumer can decrypt them is not seen.",
            ),
            documentation="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=WRITTEN,
            title="What a database is told to log",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=EXPORT,
            title="Log export of a database",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:logs/*", "aws:s3/*"),
        ),
        HopKind(
            id=STREAM,
            title="Database activity stream",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:kinesis/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.rds",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(observe_databases, service="rds", sources=(SOURCE,), listings=LISTINGS),
            listings=LISTINGS,
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        INSTANCE_LIST: "database instances and the logs they export",
                        CLUSTER_LIST: "database clusters and the logs they export",
                        f"rds:{INSTANCE_PARAMETERS}": "which logs an instance is told to write",
                        f"rds:{CLUSTER_PARAMETERS}": "which logs a cluster is told to write",
                        OPTION_GROUPS: "whether databases have audit options, and where these send records",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
