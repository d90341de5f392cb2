"""Database audit records of Cloud SQL: what PostgreSQL's pgAudit and MySQL's audit plugin write.

They are Data Access records of the method `cloudsql.instances.query`, so two things have to be on: a flag of the instance,
and Data Access records of Cloud SQL. Sources: https://cloud.google.com/sql/docs/postgres/pg-audit (flags
`cloudsql.enable_pgaudit`, `pgaudit.log`, whose default is `none`), https://cloud.google.com/sql/docs/mysql/db-audit (flag
`cloudsql_mysql_audit`; rules are kept inside of the database), https://www.pgaudit.org (classes).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from logcov.inventory import Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.client import GcpPlace
from logcov.providers.gcp.filters import canonical, filter_of
from logcov.providers.gcp.log_entries import log_name
from logcov.providers.gcp.logs.sql_data_access import SERVICE, data_access
from logcov.providers.gcp.logs.sql_instances import Instance, instances

SOURCE = "gcp.sql.audit"
KIND = "gcp.sql_audit_flags"
CLASS = "protoPayload.request.auditClass"
CLASSES = ("READ", "WRITE", "FUNCTION", "ROLE", "DDL", "MISC", "MISC_SET")

PGAUDIT, PGAUDIT_LOG, CATALOG = "cloudsql.enable_pgaudit", "pgaudit.log", "pgaudit.log_catalog"
MYSQL_AUDIT = "cloudsql_mysql_audit"
_ENTRY_TYPE = "type.googleapis.com/google.cloud.sql.audit.v1.PgAuditEntry"


def observe_audit(place: GcpPlace, scope: Scope, location: str | None) -> Iterator[Fact]:  # noqa: ARG001 - an observer
    """An emitter for each instance of PostgreSQL and MySQL, and what has its audit records written.

    Raises:
        ReadFailure: not all instances could be read.
    """
    listed = instances(place)
    project = place.container.removeprefix("projects/")
    for one in listed.found:
        if one.engine == "sqlserver":
            continue
        fields = {
            "logName": log_name(place.container, "cloudaudit.googleapis.com/data_access"),
            "resource.labels.database_id": f"{project}:{one.name}",
        }
        if one.engine == "postgres":
            fields["protoPayload.request.@type"] = _ENTRY_TYPE
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            resource=one.resource,
            fields=fields,
            not_applicable=one.outside,
            labels=one.labels,
            readings=listed.readings,
        )
        if not one.outside:
            yield from _routes(place, scope, one, listed.readings)
    if listed.failure is not None:
        raise listed.failure
    for kind in (SOURCE, KIND):
        yield Listing(kind=kind, at=scope.id, readings=listed.readings)


@dataclass(frozen=True, slots=True)
class _Switch:
    """Some of the records, and whether they are written. `setting`: what decides, if it is not the instance."""

    enabled: bool | Unread
    filter: Filter | Unread | None = None
    setting: str = ""
    readings: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)


def _routes(place: GcpPlace, scope: Scope, one: Instance, readings: tuple[str, ...]) -> Iterator[Fact]:
    instance = f"gcp:sql/{place.container}/{one.resource}"
    for number, switch in enumerate(_switches(place, one)):
        if isinstance(switch.filter, Filter):
            yield switch.filter
        yield Route(
            id=f"{instance}#{number}",
            kind=KIND,
            setting=switch.setting or instance,
            effect="generate",
            origin=scope.id,
            resource=one.resource,
            sources=(SOURCE,),
            enabled=switch.enabled,
            filter=switch.filter.id if isinstance(switch.filter, Filter) else switch.filter,
            readings=(*readings, *switch.readings),
            raw=one.shown(PGAUDIT, PGAUDIT_LOG, CATALOG, MYSQL_AUDIT) | switch.raw,
        )


def _switches(place: GcpPlace, one: Instance) -> Iterator[_Switch]:
    if one.engine == "unknown":
        yield _Switch(one.about.odd("databaseVersion", f"the engine is {one.body.get('databaseVersion')!r}"))
        return
    postgres = one.engine == "postgres"
    on = one.switch(PGAUDIT) if postgres else one.switch(MYSQL_AUDIT, "force", "force_plus_permanent")
    if on is not True:
        yield _Switch(on)
        return
    access = data_access(place)
    raw = {"dataAccessLogTypes": list(access.types)}
    if access.written is not True:
        setting = f"gcp:auditConfig/{place.container}/{SERVICE}"
        yield _Switch(access.written, setting=setting, readings=access.readings, raw=raw)
        return
    if postgres:
        for enabled, what in _classes(one):
            yield _Switch(enabled, what, readings=access.readings, raw=raw)
        return
    inside = one.about.unseen("audit rules", "which statements MySQL audits is set inside of the database")
    yield _Switch(inside, readings=access.readings, raw=raw)


def _classes(one: Instance) -> Iterator[tuple[bool | Unread, Filter | Unread | None]]:
    """The classes of statements that the instance audits, and a doubt over all others."""
    chosen = _chosen(one)
    if isinstance(chosen, Unread):
        yield True, chosen
        return
    if len(chosen) == len(CLASSES):
        yield True, None
        return
    if chosen:
        yield True, filter_of("fields", canonical({CLASS: list(chosen)}))
    yield (
        one.about.unseen(PGAUDIT_LOG, "what single databases and users have audited is set inside of them"),
        None,
    )


def _chosen(one: Instance) -> tuple[str, ...] | Unread:
    """What `pgaudit.log` names: classes, `all` or `none`, and with a minus what is taken off again."""
    words, catalog = one.flag(PGAUDIT_LOG), one.shown(CATALOG)["databaseFlags"]
    if isinstance(words, Unread):
        return words
    if catalog and one.switch(CATALOG) is not True:
        return one.about.unseen(CATALOG, "statements on the system catalogue alone may be left out")
    chosen: set[str] = set()
    for word in (words or "none").split(","):
        name = word.strip().upper()
        named = set(CLASSES) if name.removeprefix("-") == "ALL" else {name.removeprefix("-")} - {"NONE"}
        if named - set(CLASSES):
            return one.about.odd(PGAUDIT_LOG, f"{PGAUDIT_LOG} is {words!r}")
        chosen = chosen - named if name.startswith("-") else chosen | named
    return tuple(name for name in CLASSES if name in chosen)
