"""Audit files of SQL Server instances in Cloud SQL, which are uploaded to a storage bucket.

They do not go through Cloud Logging. Which audits there are is set inside of the instance, in SQL, so that an upload
proves nothing, and its absence that nothing is kept but on the instance's own disk.
Source: https://cloud.google.com/sql/docs/sqlserver/db-audit and sqladmin v1, `SqlServerAuditConfig`.
"""

import re
from collections.abc import Iterator

from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.fields import mapping, text
from logcov.providers.gcp.logs.sql_instances import Instance, instances
from logcov.providers.google import MalformedAnswerError

SOURCE = "gcp.sql.server_audit"
KIND = "gcp.sql_server_upload"
_BUCKET = re.compile(r"gs://(?P<bucket>[^/]+)/?(?P<prefix>.*)")


def observe_server_audit(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """An emitter for each SQL Server instance, and where its audit files are uploaded to.

    Raises:
        ReadFailure: not all instances could be read.
    """
    listed = instances(place)
    for one in listed.found:
        if one.engine not in {"sqlserver", "unknown"}:
            continue
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            resource=one.resource,
            not_applicable=one.outside,
            labels=one.labels,
            readings=listed.readings,
        )
        target = None if one.outside else _target(one)
        if target is None:
            continue
        to, prefix = (target, "") if isinstance(target, Unread) else target
        setting = f"gcp:sql/{place.container}/{one.resource}"
        yield Route(
            id=f"{setting}#audit-upload",
            kind=KIND,
            setting=setting,
            effect="carry",
            origin=scope.id,
            resource=one.resource,
            sources=(SOURCE,),
            enabled=one.about.unseen("audits", "which audits a SQL Server has is set inside of it"),
            to=to,
            prefix=prefix,
            readings=listed.readings,
            raw={"sqlServerAuditConfig": one.body.get("settings", {}).get("sqlServerAuditConfig")}
            if isinstance(one.body.get("settings", {}), dict)
            else {},
        )
    if listed.failure is not None:
        raise listed.failure
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


def _target(one: Instance) -> tuple[str, str] | Unread | None:
    """The destination and how the names of the objects in it begin; None where nothing is uploaded."""
    if one.engine == "unknown":
        return one.about.odd("databaseVersion", f"the engine is {one.body.get('databaseVersion')!r}")
    try:
        settings = mapping(one.body, "settings")
        bucket = text(mapping(settings, "sqlServerAuditConfig"), "bucket")
    except MalformedAnswerError as error:
        return one.about.odd("sqlServerAuditConfig", str(error))
    if not settings:
        return one.about.odd("settings", "it has no settings")
    if not bucket:
        return None
    found = _BUCKET.fullmatch(bucket)
    if found is None:
        return one.about.odd("sqlServerAuditConfig", f"{bucket!r} is no storage bucket")
    return f"gcp:storage/{found['bucket']}", found["prefix"]
