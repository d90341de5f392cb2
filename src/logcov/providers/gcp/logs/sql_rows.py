"""The rows of Cloud SQL: audit records, uploads of SQL Server, and connections."""

from collections.abc import Sequence

from logcov.inventory import Dimension, Field, HopKind, LogSource, Shape
from logcov.providers.gcp import apis
from logcov.providers.gcp.log_entries import ENTRY_FIELDS, entry_field
from logcov.providers.gcp.logs import sql_audit, sql_connections, sql_data_access, sql_server_audit
from logcov.providers.gcp.logs.audit_rows import AUDIT_FIELDS
from logcov.providers.gcp.logs.sql_instances import INSTANCES_LIST
from logcov.providers.gcp.operations import Method, operations
from logcov.providers.rows import Family, Observe, ObserverRow

EVENTS = tuple(sql_connections.EVENTS)

_DATABASE = (
    entry_field("resource.labels.database_id", "database"),
    entry_field("resource.labels.region"),
)
_OF_DATABASE = Shape(field="resource.type", op="=", value="cloudsql_database")


def _row(name: str, observe: Observe, source: str, kind: str, methods: Sequence[Method] = ()) -> ObserverRow:
    return ObserverRow(
        name=name,
        provider="gcp",
        scope_kinds=("gcp.project",),
        observe=apis.where_on(
            observe,
            api="sqladmin.googleapis.com",
            title="Cloud SQL Admin API",
            sources=(source,),
            listings=(source, kind),
        ),
        listings=(source, kind),
        sources=(source,),
        operations=(*operations(INSTANCES_LIST, *methods), *apis.OPERATIONS),
    )


SQL_FAMILY = Family(
    sources=(
        LogSource(
            id=sql_audit.SOURCE,
            title="Statements that PostgreSQL and MySQL databases of Cloud SQL audit",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *AUDIT_FIELDS,
                *_DATABASE,
                entry_field("protoPayload.request.@type"),
                Field(
                    name=sql_audit.CLASS,
                    aliases=("class",),
                    kind="finite",
                    values=sql_audit.CLASSES,
                    optional=False,
                    case="insensitive",
                ),
                entry_field("protoPayload.request.command", "command"),
                entry_field("protoPayload.request.user", "database_user"),
            ),
            dimensions=(Dimension(name="class", examples=sql_audit.CLASSES),),
            shape=(
                Shape(field="logName", op="suffix", value="/logs/cloudaudit.googleapis.com%2Fdata_access"),
                Shape(
                    field="protoPayload.@type",
                    op="=",
                    value="type.googleapis.com/google.cloud.audit.AuditLog",
                ),
                Shape(field="protoPayload.serviceName", op="=", value=sql_data_access.SERVICE),
                Shape(field="protoPayload.methodName", op="=", value="cloudsql.instances.query"),
                _OF_DATABASE,
            ),
            needs=(sql_audit.KIND, "gcp.sink"),
            emitters=sql_audit.SOURCE,
            limits=(
                "These are Data Access audit logs: the same entries are part of gcp.audit.data_access.",
                "That the extension pgaudit was created in a database (CREATE EXTENSION) is not seen.",
                "That a user or database of PostgreSQL has auditing switched off for itself is not seen.",
                "Which statements MySQL audits is set inside of it: attest to it.",
                "SQL Server's audit files are the log source gcp.sql.server_audit.",
            ),
            documentation="https://cloud.google.com/sql/docs/postgres/pg-audit",
        ),
        LogSource(
            id=sql_connections.SOURCE,
            title="Connections to databases of Cloud SQL, and their end",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                *ENTRY_FIELDS,
                *_DATABASE,
                Field(name="event", kind="finite", values=EVENTS, optional=False),
            ),
            dimensions=(Dimension(name="event", closed=True, examples=EVENTS),),
            shape=(_OF_DATABASE,),
            needs=(sql_connections.KIND, "gcp.sink"),
            emitters=sql_connections.SOURCE,
            limits=(
                "Connections to MySQL are told by its general log only, which a session may switch off for itself.",
                "Which logins SQL Server logs is set inside of it: attest to it.",
                "Other flags (log_statement, log_min_messages, log_error_verbosity …) are not judged by themselves.",
            ),
            documentation="https://cloud.google.com/sql/docs/postgres/flags",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=sql_audit.KIND,
            title="Audit flags of a Cloud SQL instance",
            effects=("generate",),
            origins=("gcp.project",),
        ),
        HopKind(
            id=sql_connections.KIND,
            title="Connection flags of a Cloud SQL instance",
            effects=("generate",),
            origins=("gcp.project",),
        ),
    ),
    observers=(
        _row(
            "gcp.sql_audit",
            sql_audit.observe_audit,
            sql_audit.SOURCE,
            sql_audit.KIND,
            sql_data_access.METHODS,
        ),
        _row(
            "gcp.sql_connections",
            sql_connections.observe_connections,
            sql_connections.SOURCE,
            sql_connections.KIND,
        ),
    ),
)

SQL_SERVER_FAMILY = Family(
    sources=(
        LogSource(
            id=sql_server_audit.SOURCE,
            title="Audit files of SQL Server instances of Cloud SQL",
            provider="gcp",
            scope_kinds=("gcp.project",),
            fields=(
                Field(name="action_id"),
                Field(name="server_principal_name", aliases=("user",)),
                Field(name="database_name", aliases=("database",)),
                Field(name="statement"),
            ),
            needs=(sql_server_audit.KIND,),
            emitters=sql_server_audit.SOURCE,
            limits=(
                "Which audits a SQL Server has is set inside of it: attest to it.",
                "Whether the instance may write to the bucket, and how long it keeps files itself, is not judged.",
            ),
            documentation="https://cloud.google.com/sql/docs/sqlserver/db-audit",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=sql_server_audit.KIND,
            title="The upload of audit files of a SQL Server instance",
            effects=("carry",),
            origins=("gcp.project",),
            leads_to=("gcp:storage/*",),
        ),
    ),
    observers=(
        _row(
            "gcp.sql_server_audit",
            sql_server_audit.observe_server_audit,
            sql_server_audit.SOURCE,
            sql_server_audit.KIND,
        ),
    ),
)
"""Its records are no log entries."""
