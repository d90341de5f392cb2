"""Amazon Redshift in the catalogue."""

from logcov.inventory import Dimension, Field, HopKind, LogSource
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.logs.redshift import (
    CLUSTERS,
    LISTINGS,
    LOGGING,
    LOGS,
    NAMESPACES,
    PARAMETERS,
    SOURCE,
    STATUS,
    WORKGROUPS,
    WRITTEN,
    observe_databases,
)
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

REDSHIFT_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Connections, users and queries of a Redshift cluster or serverless namespace",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="log", kind="finite", values=LOGS, optional=False),
                Field(name="event"),
                Field(name="username"),
                Field(name="dbname"),
            ),
            dimensions=(Dimension(name="log", closed=True, examples=LOGS),),
            needs=(WRITTEN, LOGGING),
            emitters=LISTINGS[0],
            per_location=True,
            limits=(
                "Whether a bucket lets Redshift write is told by its last deliveries, not by the bucket's policy.",
                "Redshift makes a log group at the first record; until then, a missing group decides nothing.",
                "Logs that are published as tables (S3 Tables) are not followed.",
            ),
            documentation="https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=WRITTEN,
            title="What a Redshift database writes logs of",
            effects=("generate",),
            origins=("aws.account",),
            per_location=True,
        ),
        HopKind(
            id=LOGGING,
            title="Audit logging of a Redshift database",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.redshift",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_databases, service="redshift", sources=(SOURCE,), listings=LISTINGS
            ),
            listings=LISTINGS,
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *resource_tags.OPERATIONS,
                *reads(
                    {
                        CLUSTERS: "clusters and their parameter groups",
                        STATUS: "where a cluster's audit logs go",
                        PARAMETERS: "whether queries are logged",
                        NAMESPACES: "serverless namespaces and the logs they export",
                        WORKGROUPS: "whether queries of a serverless namespace are logged",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
