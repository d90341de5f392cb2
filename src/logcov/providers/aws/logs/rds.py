"""Databases of RDS, Aurora, DocumentDB and Neptune: which logs they write, and which of those are exported.

Sources: rds:DescribeDBInstances, DescribeDBClusters (all four services answer there), and the settings of
`rds_settings`: one call per parameter group that is not a default one, one for all option groups. Aurora user guide,
"Monitoring with Database Activity Streams": a stream takes audit records to Kinesis, whatever else is set; RDS user
guide, "Configuring unified auditing for Oracle Database", "Configuring auditing policy for Microsoft SQL Server".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.inventory import Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.rds_engines import AUDIT, CLUSTERS, IAM, INSTANCES, Engine
from logcov.providers.aws.logs.rds_settings import Read, Settings
from logcov.providers.aws.logs.rds_written import INSIDE, Database, Written, conditional, written
from logcov.providers.aws.tags import tags_of

SOURCE = "aws.rds.log"
DATABASE, WRITTEN, EXPORT = "aws.rds.database", "aws.rds.written", "aws.rds.export"
STREAM = "aws.rds.activity_stream"
LISTINGS = (DATABASE, WRITTEN, EXPORT, STREAM)
INSTANCE_LIST, CLUSTER_LIST = "rds:DescribeDBInstances", "rds:DescribeDBClusters"
NO_IAM = "IAM database authentication is off"
NO_AGENT = "no option group of the database has the OEM agent"
STREAMING = {"started": True, "stopped": False, None: False}
UNKNOWN = Engine(logs=(), start="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One account and region being read."""

    place: AwsPlace
    scope: Scope
    location: str | None
    settings: Settings
    readings: tuple[str, ...]

    def setting(self, database: Database) -> str:
        """The id of a database."""
        return f"aws:rds/{self.location}/{self.place.account}/{database.resource}"

    def route(
        self,
        database: Database,
        ending: str,
        kind: str,
        log: str,
        *,
        enabled: bool | Unread,
        to: str | Unread | None = None,
        condition: str | Unread | None = None,
        readings: tuple[str, ...] = (),
        raw: Mapping[str, Any] | None = None,
    ) -> Route:
        """A route of one log of a database; of all its logs, where `log` is empty."""
        setting = self.setting(database)
        return Route(
            id=f"{setting}#{ending}",
            kind=kind,
            setting=setting,
            effect="generate" if kind == WRITTEN else "carry",
            origin=self.scope.id,
            location=self.location,
            resource=database.resource,
            dimensions={"log": log} if log else {},
            sources=(SOURCE,),
            enabled=enabled,
            filter=condition,
            to=to,
            readings=tuple(dict.fromkeys((*self.readings, *readings))),
            raw=raw or {},
        )


def observe_databases(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The databases of one account and region: an emitter per log type, whether it is written, and where it goes.

    Raises:
        ReadFailure: instances or clusters could not be listed.
    """
    instances = place.pages("rds", "DescribeDBInstances", "DBInstances", token=("Marker", "Marker"))
    clusters = place.pages("rds", "DescribeDBClusters", "DBClusters", token=("Marker", "Marker"))
    readings = (instances.reading, clusters.reading)
    asked = Asked(place=place, scope=scope, location=location, settings=Settings(place), readings=readings)
    always: set[str] = set()
    for database in _databases(clusters.data, instances.data):
        if database.engine is UNKNOWN:
            yield from _unknown(asked, database)
            continue
        logs, exported = _logs(database)
        stream = _stream(asked, database)
        for log in logs:
            yield from _one(asked, database, log, stream, exported=log in exported)
            if not conditional(database, log):
                always.add(log)
        yield from stream
    for log in sorted(always):
        yield Route(
            id=f"aws:rds/{location}/{place.account}#{log}/written",
            kind=WRITTEN,
            setting="aws:rds",
            effect="generate",
            origin=scope.id,
            location=location,
            dimensions={"log": log},
            sources=(SOURCE,),
            readings=readings,
        )
    for kind in LISTINGS:
        yield Listing(kind=kind, at=scope.id, location=location, readings=readings)


def _databases(clusters: list[Mapping[str, Any]], instances: list[Mapping[str, Any]]) -> Iterator[Database]:
    """Clusters, with their instances, and the instances that belong to none."""
    members: dict[str, list[Mapping[str, Any]]] = {}
    for told in instances:
        cluster = told.get("DBClusterIdentifier")
        if cluster:
            members.setdefault(cluster, []).append(told)
            continue
        name = told.get("DBInstanceIdentifier")
        if not isinstance(name, str):
            raise unparseable(INSTANCE_LIST, "an instance without an identifier")
        engine = INSTANCES.get(str(told.get("Engine")), UNKNOWN)
        yield Database(name=name, clustered=False, engine=engine, told=told, members=(told,))
    for told in clusters:
        name = told.get("DBClusterIdentifier")
        if not isinstance(name, str):
            raise unparseable(CLUSTER_LIST, "a cluster without an identifier")
        engine = CLUSTERS.get(str(told.get("Engine")), UNKNOWN)
        yield Database(
            name=name, clustered=True, engine=engine, told=told, members=tuple(members.pop(name, ()))
        )
    for name, (first, *_) in members.items():
        # Instances of a cluster that is not listed: nothing is known of the cluster, its tags neither.
        unlisted = {"Engine": first.get("Engine"), "TagList": None}
        yield Database(name=name, clustered=True, engine=UNKNOWN, told=unlisted, members=())


def _logs(database: Database) -> tuple[list[str], frozenset[str]]:
    """The log types of a database, those that the table lacks and that are exported included; and those exported."""
    exports = frozenset(database.told.get("EnabledCloudwatchLogsExports", []))
    within = database.engine.within
    exported = exports | {log for log, outer in within.items() if outer in exports}
    return sorted({*database.engine.logs, *exports}), exported


def _emitter(asked: Asked, database: Database, log: str, not_applicable: str = "") -> Emitter:
    call = CLUSTER_LIST if database.clustered else INSTANCE_LIST
    return Emitter(
        source=SOURCE,
        scope=asked.scope.id,
        location=asked.location,
        resource=database.resource,
        dimensions={"log": log} if log else {},
        labels=tags_of(asked.place, call, database.told.get("TagList", []), database.name),
        not_applicable=not_applicable,
        readings=asked.readings,
    )


def _unknown(asked: Asked, database: Database) -> Iterator[Fact]:
    """A database of an engine that is not in the table, or a cluster that is not listed: nobody knows its logs."""
    call = CLUSTER_LIST if database.clustered else INSTANCE_LIST
    told = f"the logs of {database.resource}, of the engine {database.told.get('Engine')}, are not known"
    unread = asked.place.not_told(call, told, database.name)
    yield _emitter(asked, database, "")
    for kind in (WRITTEN, EXPORT):
        yield asked.route(
            database, f"?/{kind}", kind, "", enabled=unread, to=unread if kind == EXPORT else None
        )


def _idle(asked: Asked, database: Database, log: str) -> str:
    """Why no record of this log can exist; empty if some can."""
    if log == IAM and database.told.get("IAMDatabaseAuthenticationEnabled") is False:
        return NO_IAM
    if log == "oemagent":
        memberships = database.told.get("OptionGroupMemberships")
        agent = asked.settings.option("OEM_AGENT", memberships, database.name)
        return NO_AGENT if agent is None else ""
    return ""


def _one(
    asked: Asked,
    database: Database,
    log: str,
    stream: list[Route],
    *,
    exported: bool,
) -> Iterator[Fact]:
    """One log of a database."""
    idle = _idle(asked, database, log)
    yield _emitter(asked, database, log, idle)
    if idle:
        return
    told = written(asked.settings, database, log)
    condition = told.filter()
    if isinstance(condition, Filter):
        yield condition
    narrowed = condition.id if isinstance(condition, Filter) else condition
    if conditional(database, log):
        yield asked.route(
            database,
            f"{log}/written",
            WRITTEN,
            log,
            enabled=told.enabled,
            condition=narrowed,
            readings=told.readings,
            raw=told.raw,
        )
    streamed = bool(stream) and log == AUDIT
    if streamed:
        yield asked.route(
            database, f"{log}/streamed", WRITTEN, log, enabled=_streaming(asked, database, stream[0])
        )
    yield _export(asked, database, log, told, exported=exported, streamed=streamed, narrowed=narrowed)


def _export(
    asked: Asked,
    database: Database,
    log: str,
    told: Written,
    *,
    exported: bool,
    streamed: bool,
    narrowed: str | Unread | None,
) -> Route:
    """The export of one log. Beside a stream, only what the database writes into its own log is exported."""
    option = database.engine.auditing
    enabled: bool | Unread = exported
    to: str | Unread
    raw: dict[str, Any] = {
        "EnabledCloudwatchLogsExports": database.told.get("EnabledCloudwatchLogsExports", [])
    }
    if log == AUDIT and option in {"SQLSERVER_AUDIT", "DB2_AUDIT"}:
        found = asked.settings.option(str(option), database.told.get("OptionGroupMemberships"), database.name)
        enabled, to, raw = _by_option(asked, database, str(option), found)
    else:
        outer = database.engine.within.get(log, log)
        group = f"{database.engine.start}{database.name}/{outer}"
        to = f"aws:logs/{asked.location}/{asked.place.account}/{group}"
        upload = told.raw.get("server_audit_logs_upload")
        if option == "advanced" and log == AUDIT and not exported and upload not in {None, "0", "OFF"}:
            why = "server_audit_logs_upload is on, while audit is not among the exports"
            enabled = asked.place.not_told(CLUSTER_LIST, why, database.name)
    if streamed and enabled is not False:
        enabled = told.enabled
    return asked.route(
        database,
        log,
        EXPORT,
        log,
        enabled=enabled,
        to=to,
        condition=narrowed if streamed else None,
        readings=told.readings if streamed else (),
        raw=raw,
    )


def _by_option(
    asked: Asked, database: Database, option: str, found: Read | Unread | None
) -> tuple[bool | Unread, str | Unread, dict[str, Any]]:
    """Where an option sends audit records: a bucket, written to with a role."""
    if found is None:
        return False, asked.place.not_told("rds:DescribeOptionGroups", f"no {option}", database.name), {}
    if isinstance(found, Unread):
        return found, found, {}
    arn = found.values.get("s3_bucket_arn")
    told = destination_of(arn)
    if told is None:
        unread = asked.place.misread("rds:DescribeOptionGroups", f"{option} without a bucket", database.name)
        return True, unread, {}
    return True, told[0], {option: {"S3_BUCKET_ARN": arn}}


def _streaming(asked: Asked, database: Database, stream: Route) -> bool | Unread:
    """Whether a stream makes audit records: Aurora's does, an instance's takes what policies inside tell it to."""
    if stream.enabled is True and not database.clustered:
        return asked.place.not_told(INSTANCE_LIST, INSIDE, database.name)
    return stream.enabled


def _stream(asked: Asked, database: Database) -> list[Route]:
    """The database activity stream, if there is one: it takes audit records to Kinesis."""
    call = CLUSTER_LIST if database.clustered else INSTANCE_LIST
    status, name = (
        database.told.get("ActivityStreamStatus"),
        database.told.get("ActivityStreamKinesisStreamName"),
    )
    enabled: bool | Unread = (
        STREAMING[status]
        if status in STREAMING
        else asked.place.not_told(call, f"the activity stream is {status}", database.name)
    )
    if enabled is False:
        return []
    to = (
        f"aws:kinesis/{asked.location}/{asked.place.account}/{name}"
        if isinstance(name, str) and name
        else asked.place.misread(call, "an activity stream without a Kinesis stream", database.name)
    )
    raw = {
        key: database.told.get(key)
        for key in ("ActivityStreamStatus", "ActivityStreamKinesisStreamName", "ActivityStreamMode")
    }
    return [asked.route(database, "activity-stream", STREAM, AUDIT, enabled=enabled, to=to, raw=raw)]
